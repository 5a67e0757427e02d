"""Tunnels: GRE and what it mirrors, frames in UDP, and how each numbers itself."""

from __future__ import annotations

import pytest

from netanatomy.errors import MalformedError, TruncatedError
from netanatomy.layers.protocol import Carrier, registry
from tests.decode.oracle import ones_complement
from tests.layers.link.reading import IPV6
from tests.layers.upper import ETHERNET, IPV4, OCTETS, over_ipv4, read


def fits(protocol: str, octets: bytes | str) -> bool:
    test = registry().by_name[protocol].fits
    assert test is not None
    return test(bytes.fromhex(octets) if isinstance(octets, str) else octets)


def test_gre_with_checksum_key_and_sequence() -> None:
    octets = bytes.fromhex(OCTETS["gre"])
    total = 0xFFFF - ones_complement(octets)
    octets = octets[:4] + total.to_bytes(2, "big") + octets[6:]
    reading = read("gre", octets)
    assert reading.columns == {
        "gre_flags": 0xB000,
        "gre_protocol": 0x0800,
        "gre_key": 42,
        "tunnel_id": 42,
    }
    assert reading["Checksum status"] == "good"
    assert reading["Sequence Number"] == 7
    assert (reading.step.carrier, reading.step.number, reading.step.tunnel) == (
        Carrier.ETHERTYPE,
        0x0800,
        "gre",
    )
    assert read("gre", octets, over_ipv4(octets, 47, 999))["Checksum status"] == "unverified"


def test_gre_of_point_to_point_tunnelling() -> None:
    # RFC 2637 §4.1: key, sequence and acknowledgment; a payload of six octets.
    reading = read("gre", "30 81 88 0b 00 06 00 07 00 00 00 01 00 00 00 02 ff 03 c0 21 01 01 de ad")
    assert reading["Call ID"] == 7
    assert reading["Acknowledgment Number"] == 2
    assert (reading.step.name, reading.step.end) == ("ppp", 22)
    acknowledgment = read("gre", "20 81 88 0b 00 00 00 07 00 00 00 02")
    assert acknowledgment.step is None


def test_gre_with_a_source_route() -> None:
    routing = "08 00 00 04 c0 00 02 01 00 00 00 00"
    reading = read("gre", f"40 00 08 00 00 00 00 00 {routing} {IPV4}")
    assert reading["Routing Information"] == bytes([192, 0, 2, 1])
    assert reading.position == 20


@pytest.mark.parametrize("protocol", ["82 00", "82 40", "83 f0"])
def test_gre_of_access_points(protocol: str) -> None:
    assert read("gre", f"00 00 {protocol}").step.name == "ieee80211"


def test_gre_of_an_unknown_version() -> None:
    with pytest.raises(MalformedError, match="version"):
        read("gre", "00 02 08 00")


@pytest.mark.parametrize("redirect", ["", "00 01 02 03"])
def test_gre_of_a_web_cache(redirect: str) -> None:
    reading = read("gre", f"00 00 88 3e {redirect} {IPV4}")
    assert reading.step.name == "ipv4"
    assert reading.position == 4 + len(bytes.fromhex(redirect))


def test_mirrors() -> None:
    first = read("gre", f"00 00 88 be {ETHERNET}")
    assert (first.step.name, first.step.tunnel) == ("ethernet", "erspan-1")
    second = read("gre", f"10 00 88 be 00 00 00 01 {OCTETS['erspan']}")
    assert (second.step.carrier, second.step.number, second.step.tunnel) == (Carrier.GRE, 0x88BE, "")
    header = read("erspan", OCTETS["erspan"])
    assert header.columns == {"tunnel_id": 42}
    assert header["VLAN"] == 100
    assert (header.step.name, header.step.tunnel) == ("ethernet", "erspan-2")


def test_mirrors_with_time_stamps() -> None:
    header = read("erspan3", OCTETS["erspan3"])
    assert header.columns == {"tunnel_id": 42}
    assert header["Timestamp"] == 256
    assert header["SGT"] == 7
    assert header.position == 20
    packet = read("erspan3", f"20 64 a8 2a 00 00 01 00 00 07 88 00 {IPV6}")
    assert packet.step.name == "ipv6"


def test_ethernet_in_ip() -> None:
    assert read("etherip", OCTETS["etherip"]).step.tunnel == "etherip"
    with pytest.raises(MalformedError):
        read("etherip", "40 00")


def test_vxlan() -> None:
    reading = read("vxlan", OCTETS["vxlan"])
    assert reading.columns == {"tunnel_id": 0x1234}
    assert (reading.step.name, reading.step.tunnel) == ("ethernet", "vxlan")
    assert fits("vxlan", "88 00 00 07 00 12 34 00")
    assert not fits("vxlan", "00 00 00 00 00 12 34 00")
    # RFC 7348 section 5: the reserved bits are ignored on receipt.
    assert fits("vxlan", "18 00 00 00 00 12 34 00")


@pytest.mark.parametrize(
    ("flags", "following", "name"),
    [(0x0C, 1, "ipv4"), (0x0C, 4, "nsh"), (0x0C, 5, "mpls"), (0x08, 1, "ethernet")],
)
def test_vxlan_with_a_next_protocol(flags: int, following: int, name: str) -> None:
    reading = read("vxlan-gpe", bytes([flags, 0, 0, following, 0, 0, 7, 0]))
    assert (reading.step.name, reading.step.tunnel) == (name, "vxlan-gpe")
    assert reading.columns == {"tunnel_id": 7}


def test_service_header() -> None:
    reading = read("nsh", OCTETS["nsh"])
    assert reading["TTL"] == 63
    assert reading["Service Path Identifier"] == 42
    assert reading["Service Index"] == 255
    assert reading.step.name == "ethernet"
    with pytest.raises(MalformedError):
        read("nsh", "0f c1 01 03 00 00 2a ff")


def test_geneve() -> None:
    reading = read("geneve", OCTETS["geneve"])
    assert reading.columns == {"tunnel_id": 0x1234}
    assert reading["C"] == 1
    assert reading["Critical"] == 1
    assert reading["Option Data"] == bytes.fromhex("cafebabe")
    assert (reading.step.number, reading.step.tunnel, reading.step.fault) == (0x6558, "geneve", None)


def test_broken_options_of_geneve_do_not_hide_the_frame() -> None:
    reading = read("geneve", f"01 00 65 58 00 12 34 00 01 02 80 1f {ETHERNET}")
    assert reading.position == 12
    assert isinstance(reading.step.fault, MalformedError)


def test_user_data_of_mobile_networks() -> None:
    reading = read("gtp-u", OCTETS["gtp-u"])
    assert reading.columns == {"tunnel_id": 0x1234}
    assert reading["QoS Flow Identifier"] == 9
    assert reading.field("PDU Type").meaning == "uplink"
    assert (reading.step.name, reading.step.end) == ("ipv4", 44)
    assert read("gtp-u", "30 01 00 00 00 00 00 00").step is None
    assert read("gtp-u", f"30 ff 00 30 00 00 00 01 {IPV6}").step.name == "ipv6"
    assert read("gtp-u", "30 ff 00 04 00 00 00 01 ff 03 00 21").step.name == "ppp"
    with pytest.raises(MalformedError, match="length zero"):
        read("gtp-u", "34 ff 00 08 00 00 00 01 00 00 00 85 00 00 00 00")


def test_teredo_behind_a_nat() -> None:
    reading = read("teredo", OCTETS["teredo"])
    assert reading["Client Identifier"] == b"ab"
    assert reading["Authentication Value"] == b"c"
    # RFC 4380 §4 example: port 40000 and 192.0.2.45, each bit inverted.
    assert reading.field("Origin Port").meaning == "obfuscated: port 40000"
    assert reading.field("Origin IPv4 Address").meaning == "obfuscated: 192.0.2.45"
    assert (reading.step.name, reading.step.tunnel) == ("ipv6", "teredo")
    assert read("teredo", IPV6).position == 0
    assert fits("teredo", IPV6)
    assert not fits("teredo", "45" + "00" * 39)


def test_tunnelled_lines() -> None:
    control = read("l2tp", OCTETS["l2tp"])
    assert control.field("Message Type").meaning == "SCCRQ: start control connection request"
    assert control["Attribute Value"] == "lac-1"
    assert control.step is None
    data = read("l2tp", "42 02 00 12 00 07 00 09 00 02 de ad ff 03 c0 21 01 01")
    assert (data["Tunnel ID"], data["Session ID"], data["Offset pad"]) == (7, 9, b"\xde\xad")
    assert (data.step.name, data.step.tunnel, data.step.end) == ("ppp", "l2tpv2", 18)
    with pytest.raises(MalformedError, match="shorter"):
        read("l2tp", "40 02 00 04 00 07 00 09")


def test_what_is_no_tunnelled_line() -> None:
    assert fits("l2tp", "00 02 00 07 00 09 ff 03")
    assert fits("l2tp", OCTETS["l2tp"])
    assert not fits("l2tp", "80 02 00 07 00 09 ff 03")
    assert not fits("l2tp", "00 01 00 07 00 09 ff 03")


@pytest.mark.parametrize("before", ["", "01 02 03 04", "01 02 03 04 05 06 07 08", "11 " * 12])
def test_frames_of_the_third_version_are_recognised(before: str) -> None:
    reading = read("l2tpv3", f"00 00 00 4d {before} {ETHERNET}")
    assert reading.columns == {"tunnel_id": 77}
    assert (reading.step.name, reading.step.tunnel) == ("ethernet", "l2tpv3")
    assert reading.position == 4 + len(bytes.fromhex(before))
    over_udp = read("l2tp", f"00 03 00 00 00 00 00 4d {before} {ETHERNET}")
    assert over_udp.step.name == "ethernet"


def test_what_is_not_recognised_stays_data() -> None:
    damaged = ETHERNET.replace("f6 cc", "f6 cd")
    assert read("l2tpv3", f"00 00 00 4d {damaged}").step is None


def test_control_messages_of_the_third_version() -> None:
    reading = read("l2tpv3", "00 00 00 00 c8 03 00 14 00 00 00 07 00 01 00 02 80 08 00 00 00 00 00 06")
    assert reading["Control Connection ID"] == 7
    assert reading.field("Message Type").meaning == "HELLO"


def test_compressed_payloads_are_told() -> None:
    reading = read("ipcomp", OCTETS["ipcomp"])
    assert reading.field("Compression Parameter Index").meaning == "DEFLATE"
    assert reading.step is None


def test_a_key_that_is_promised_must_be_there() -> None:
    with pytest.raises(TruncatedError):
        read("gre", "20 00 08 00 00 00")


def test_anything_in_anything() -> None:
    reading = read("ayiya", OCTETS["ayiya"])
    assert reading.field("Identity Length").meaning == "16 octets"
    assert reading.field("Identity").shown == "2001:db8::1"
    assert reading.field("Hash Method").meaning == "SHA-1"
    assert reading.field("Operation Code").meaning == "forward what follows"
    # tshark 4.0 shows the same octets as Nov 8, 2009 04:41:33 UTC.
    assert reading.field("Epoch Time").meaning == "2009-11-08T04:41:33+00:00"
    assert reading["Signature"] == b"\x5a" * 20
    assert (reading.step.name, reading.step.tunnel, reading.position) == ("ipv6", "ayiya", 44)


@pytest.mark.parametrize(
    ("header", "inside"),
    [
        ("20 00 01 04", "ipv4"),
        ("20 00 03 29", "ipv6"),  # an echo request that is forwarded too
        ("20 00 00 29", None),  # a heartbeat
        ("20 00 02 29", None),  # an echo request
        ("20 00 01 3b", None),  # nothing follows
        ("20 00 01 06", None),
    ],
)
def test_what_anything_is(header: str, inside: str | None) -> None:
    reading = read("ayiya", f"{header} 00 00 00 00 c0 00 02 01")
    assert reading["Identity"] == bytes([192, 0, 2, 1])
    assert (reading.step.name if reading.step else None) == inside


def test_a_name_of_anything() -> None:
    assert read("ayiya", "22 00 00 3b 00 00 00 00 61 62 63 64")["Identity"] == "abcd"


@pytest.mark.parametrize(
    ("octets", "is_one"),
    [
        ("20 00 00 3b 00 00 00 00 c0 00 02 01", True),
        ("20 00 00 3b 00 00 00 00 c0 00 02", False),
        ("20 11 00 3b 00 00 00 00 c0 00 02 01 5a 5a 5a 5a", True),
        ("20 11 00 3b 00 00 00 00 c0 00 02 01 5a 5a 5a", False),
        ("20 10 00 3b 00 00 00 00 c0 00 02 01 5a 5a 5a 5a", False),
        ("00 01 00 00 21 12 a4 42 00 00 00 00 00 00 00 00 00 00 00 00", False),  # STUN, RFC 8489
        ("23 00 00 3b 00 00 00 00 c0 00 02 01", False),
        ("20 14 00 3b 00 00 00 00 c0 00 02 01 5a 5a 5a 5a", False),
        ("20 00 30 3b 00 00 00 00 c0 00 02 01", False),
        ("20 00 08 3b 00 00 00 00 c0 00 02 01", False),
        ("f0 00 00 3b" + "00" * 100, False),
    ],
)
def test_what_fits_anything(octets: str, is_one: bool) -> None:
    assert fits("ayiya", octets) == is_one
