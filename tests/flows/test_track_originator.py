"""Who began: by handshake, port, request or first word, and the column that says by which rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import wire
from tests.flows.following import CLIENT, SERVER, USUAL, at, datagram, echo, follow, other, packed, segment
from tests.wire import ACK, PSH, RST, SYN


def tcp(flags: int, source_port: int, destination_port: int, back: bool = False, sequence: int = 5) -> bytes:
    source, destination = (SERVER, CLIENT) if back else (CLIENT, SERVER)
    octets = segment(
        flags,
        sequence,
        9 if flags & ACK else 0,
        source=source,
        destination=destination,
        source_port=source_port,
        destination_port=destination_port,
    )
    macs = (wire.BOB, wire.ALICE) if back else (wire.ALICE, wire.BOB)
    return wire.ethernet(wire.ipv4(octets, source, destination), 0x0800, *macs)


@pytest.mark.parametrize(
    ("flags", "source_port", "destination_port", "turned", "rule"),
    [
        # a handshake outdoes every port
        (SYN, 80, 40000, False, "syn"),
        (SYN | PSH, 22, 50000, False, "syn"),
        (SYN | ACK, 40000, 80, True, "syn-ack"),
        (SYN | ACK, 80, 40000, True, "syn-ack"),
        # a server's port, registered with IANA or well known
        (ACK, 40000, 80, False, "registered-service"),
        (ACK, 80, 40000, True, "registered-service"),
        (PSH | ACK, 443, 1024, True, "registered-service"),
        (RST, 22, 40000, True, "registered-service"),
        (ACK, 3306, 52000, True, "registered-service"),
        (ACK, 8443, 33000, True, "registered-service"),
        # a SYN-ACK that resets is none (Zeek's rule needs a SYN-ACK)
        (SYN | ACK | RST, 80, 40000, True, "registered-service"),
        # two server ports: the lower serves
        (ACK, 443, 80, False, "port-range"),
        (ACK, 80, 443, True, "port-range"),
        # neither is a server's: system, registered, lent to clients
        (ACK, 10_001, 40_000, True, "port-range"),
        (ACK, 40_000, 10_001, False, "port-range"),
        (ACK, 4, 2_000, True, "port-range"),
        # both are of one range
        (ACK, 40_000, 50_000, False, "first-speaker"),
        (ACK, 50_000, 40_000, False, "first-speaker"),
        (PSH | ACK, 10_002, 10_001, False, "first-speaker"),
    ],
)
def test_tcp(flags: int, source_port: int, destination_port: int, turned: bool, rule: str) -> None:
    row = follow([at(0, tcp(flags, source_port, destination_port))]).only
    assert row["originator_rule"] == rule
    assert row["id.orig_h"] == packed(SERVER if turned else CLIENT)
    assert row["id.resp_h"] == packed(CLIENT if turned else SERVER)
    ports = (destination_port, source_port) if turned else (source_port, destination_port)
    assert (row["id.orig_p"], row["id.resp_p"]) == ports
    assert (row["orig_pkts"], row["resp_pkts"]) == ((0, 1) if turned else (1, 0))
    assert row["history"].startswith("^") == turned
    # the link-layer addresses turn with the rest
    assert row["orig_l2_addr"] == bytes.fromhex((wire.BOB if turned else wire.ALICE).replace(":", ""))


@pytest.mark.parametrize("source_port", [40_000, 10_001])
def test_the_second_packet_does_not_change_the_roles(source_port: int) -> None:
    frames = [at(0, tcp(ACK, source_port, 443)), at(1, tcp(ACK, 443, source_port, back=True))]
    for order in (frames, [(a, b) for (a, _), (_, b) in zip(frames, frames[::-1], strict=True)]):
        row = follow(order).only
        assert (row["id.orig_h"], row["id.resp_p"]) == (packed(CLIENT), 443)
        assert (row["orig_pkts"], row["resp_pkts"]) == (1, 1)


def test_syn_ack_before_its_syn() -> None:
    """Two interfaces whose packets came in the wrong order."""
    frames = [
        at(0, tcp(SYN | ACK, 6000, 40_000, back=True, sequence=8)),
        at(0.1, tcp(SYN, 40_000, 6000, sequence=8)),
    ]
    row = follow(frames).only
    assert row["id.orig_h"] == packed(CLIENT)
    assert (row["orig_pkts"], row["resp_pkts"]) == (1, 1)
    assert row["originator_rule"] in ("syn-ack", "reversed")


def test_roles_that_were_taken_wrongly_are_changed_back() -> None:
    """A dropped packet made the server the originator; then come its SYN-ACK and the SYN that it answers."""
    broken = bytearray(tcp(ACK, 40_001, 40_000, back=True))
    broken[-1] ^= 1
    frames = [
        at(0, bytes(broken)),
        at(0.1, tcp(SYN | ACK, 40_001, 40_000, back=True, sequence=700)),
        at(0.2, tcp(SYN, 40_000, 40_001, sequence=8)),
        at(0.3, tcp(PSH | ACK, 40_000, 40_001, sequence=9)),
    ]
    row = follow(frames).only
    assert row["originator_rule"] == "reversed"
    assert (row["id.orig_h"], row["id.orig_p"]) == (packed(CLIENT), 40_000)
    assert (row["orig_pkts"], row["resp_pkts"], row["conn_state"]) == (2, 1, "S1")
    assert row["history"] == "CHs^A"  # what was written before the turn stays as it is
    assert (row["orig_l2_addr"], row["resp_l2_addr"]) == (
        bytes.fromhex(wire.ALICE.replace(":", "")),
        bytes.fromhex(wire.BOB.replace(":", "")),
    )


def test_a_syn_ack_to_a_broadcast_is_not_turned() -> None:
    answer = segment(SYN | ACK, 700, 300, source=SERVER, destination="255.255.255.255", source_port=80)
    row = follow([at(0, wire.ethernet(wire.ipv4(answer, SERVER, "255.255.255.255")))]).only
    assert (row["originator_rule"], row["id.orig_h"]) == ("syn-ack", packed(SERVER))


@pytest.mark.parametrize(
    ("source_port", "destination_port", "turned", "rule"),
    [
        (40_000, 53, False, "registered-service"),
        (53, 40_000, True, "registered-service"),
        (5353, 5353, False, "first-speaker"),
        (123, 123, False, "first-speaker"),
        (1900, 50_000, True, "registered-service"),
        (10_000, 40_000, False, "first-speaker"),  # ranges are for TCP alone, as with Zeek
        (40_000, 10_000, False, "first-speaker"),
        (67, 68, False, "first-speaker"),
    ],
)
def test_udp(source_port: int, destination_port: int, turned: bool, rule: str) -> None:
    row = follow([at(0, datagram(source_port=source_port, destination_port=destination_port))]).only
    assert row["originator_rule"] == rule
    assert row["id.orig_h"] == packed(SERVER if turned else CLIENT)
    assert row["conn_state"] == ("SHR" if turned else "S0")
    assert row["history"] == ("^d" if turned else "D")


def test_nobody_answers_from_a_broadcast() -> None:
    row = follow(
        [at(0, datagram(destination="255.255.255.255", source_port=53, destination_port=40_000))]
    ).only
    assert (row["id.orig_h"], row["history"]) == (packed(CLIENT), "D")


def test_server_ports_that_were_given_are_the_only_ones() -> None:
    options = replace(USUAL, server_ports=frozenset({(17, 40_000), (6, 7777)}))
    row = follow([at(0, datagram(source_port=40_000, destination_port=53))], options).only
    assert (row["originator_rule"], row["id.resp_p"]) == ("registered-service", 40_000)
    row = follow([at(0, datagram(source_port=53, destination_port=9))], options).only
    assert (row["originator_rule"], row["id.resp_p"]) == ("first-speaker", 9)
    row = follow([at(0, tcp(ACK, 7777, 80))], options).only
    assert (row["originator_rule"], row["id.resp_p"]) == ("registered-service", 7777)
    row = follow([at(0, tcp(ACK, 10, 40_000))], options).only  # then ranges tell nothing either
    assert row["originator_rule"] == "first-speaker"


@pytest.mark.parametrize(
    ("kind", "rule", "ports"),
    [
        (8, "request", (8, 0)),
        (0, "first-speaker", (0, 8)),  # a reply whose request was not seen
        (13, "request", (13, 14)),
        (14, "first-speaker", (14, 13)),
        (17, "request", (17, 18)),
        (10, "request", (10, 9)),
        (3, "first-speaker", (3, 0)),  # an error answers nothing that is ICMP
        (11, "first-speaker", (11, 0)),
        (5, "first-speaker", (5, 0)),
    ],
)
def test_icmp(kind: int, rule: str, ports: tuple[int, int]) -> None:
    row = follow([at(0, echo(kind, size=40))]).only
    assert (row["originator_rule"], (row["id.orig_p"], row["id.resp_p"])) == (rule, ports)
    assert (row["id.orig_h"], row["proto"], row["conn_state"]) == (packed(CLIENT), "icmp", "OTH")


def test_request_and_reply_are_one() -> None:
    row = follow([at(0, echo(8, size=56)), at(0.1, echo(0, SERVER, CLIENT, size=56)), at(1, echo(8))]).only
    assert (row["orig_pkts"], row["resp_pkts"], row["conn_state"]) == (2, 1, "OTH")
    assert (row["orig_bytes"], row["resp_bytes"]) == (64, 56)


def test_requests_of_both_ends_are_two() -> None:
    rows = follow([at(0, echo(8)), at(0.1, echo(8, SERVER, CLIENT))]).by_time()
    assert [row["id.orig_h"] for row in rows] == [packed(CLIENT), packed(SERVER)]


def test_errors_of_either_end_are_two() -> None:
    rows = follow([at(0, echo(3)), at(0.1, echo(3, SERVER, CLIENT)), at(0.2, echo(3))]).by_time()
    assert [row["orig_pkts"] for row in rows] == [2, 1]
    assert [row["resp_pkts"] for row in rows] == [0, 0]


def test_other_protocols_pair_by_their_addresses() -> None:
    row = follow([at(0, other(89)), at(0.1, other(89, SERVER, CLIENT, b"abcdefgh"))]).only
    assert (row["proto"], row["ip_proto"], row["originator_rule"]) == (
        "unknown_transport",
        89,
        "first-speaker",
    )
    assert (row["orig_pkts"], row["resp_pkts"]) == (1, 1)
    assert (row["orig_ip_bytes"], row["resp_ip_bytes"]) == (24, 28)


def test_one_host_that_talks_to_itself() -> None:
    """Source and destination address are the same: the ports tell the sides."""
    frames = [
        at(0, datagram(b"ask", CLIENT, CLIENT, 40_000, 53)),
        at(0.1, datagram(b"answer", CLIENT, CLIENT, 53, 40_000)),
    ]
    row = follow(frames).only
    assert (row["orig_bytes"], row["resp_bytes"], row["conn_state"]) == (3, 6, "SF")
    # and without ports nothing does
    row = follow([at(0, other(89, CLIENT, CLIENT)), at(1, other(89, CLIENT, CLIENT))]).only
    assert (row["orig_pkts"], row["resp_pkts"]) == (2, 0)
