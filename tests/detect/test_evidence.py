"""From a column to the octets of the frame, by the slow reading."""

from __future__ import annotations

from netanatomy.decode.anatomy import dissect
from netanatomy.detect.detector import PAYLOAD, Proof
from netanatomy.detect.evidence import evidence, unlocated
from netanatomy.schema.findings import Evidence
from tests.detect.link.frames import bpdu
from tests.wire import ethernet, ipv4, tcp, tcp_frame, udp

SYN = tcp_frame(2)
DATAGRAM = ethernet(ipv4(udp(b"hello", 5000, 53), protocol=17))


def of(frame: bytes, *proofs: Proof) -> list[Evidence]:
    return list(evidence(proofs, dissect(frame, 1)))


def place(frame: bytes, column: str) -> tuple[str, str, int | None, int]:
    (found,) = of(frame, Proof(1, 0, column, "role"))
    return found.layer, found.field, found.offset, found.length


def test_fields_of_every_layer() -> None:
    assert place(SYN, "eth_source") == ("link", "Source", 6, 6)
    assert place(SYN, "ip_ttl") == ("internet", "Time to Live", 22, 1)
    assert place(SYN, "ip_source") == ("internet", "Source Address", 26, 4)
    assert place(SYN, "destination_port") == ("transport", "Destination Port", 36, 2)
    # Flags are nine bits of the two octets that begin with the data offset (RFC 9293 section 3.1).
    assert place(SYN, "tcp_flags") == ("transport", "Flags", 46, 2)


def test_flags_are_found_whatever_options_follow() -> None:
    # The kind of the option that follows, MSS, has the same value as the flags: 2.
    segment = bytearray(tcp(2) + bytes([2, 4, 5, 0xB4]))
    segment[12] = 0x60
    with_mss = ethernet(ipv4(bytes(segment)))
    assert place(with_mss, "tcp_flags") == ("transport", "Flags", 46, 2)
    assert place(tcp_frame(0), "tcp_flags") == ("transport", "Flags", 46, 2)


def test_the_payload() -> None:
    (found,) = of(DATAGRAM, Proof(1, 0, PAYLOAD, "question"))
    assert (found.layer, found.offset, found.length, found.value) == ("application", 42, 5, b"hello".hex(" "))
    assert found.role == "question"


def test_a_known_place_gets_its_name() -> None:
    (found,) = of(SYN, Proof(1, 0, "anything", "odd", offset=38, length=4))
    assert (found.layer, found.field, found.offset, found.length) == ("transport", "Sequence Number", 38, 4)


def test_what_the_frame_has_not_is_told_without_a_place() -> None:
    (found,) = of(SYN, Proof(1, 0, "arp_operation", "role", value="1"))
    assert (found.offset, found.value, found.field) == (None, "1", "arp_operation")
    (found,) = of(SYN, Proof(1, 3, "ip_ttl", "role"))
    assert found.offset is None


def test_a_frame_that_cannot_be_read_again() -> None:
    (found,) = unlocated([Proof(9, 0, "ip_ttl", "role")])
    assert (found.frame, found.offset, found.role) == (9, None, "role")


def test_any_octets_give_evidence_and_no_exception() -> None:
    for end in range(len(SYN)):
        (found,) = of(SYN[:end], Proof(1, 0, "tcp_flags", "role"))
        assert found.offset in (None, 46)
        (found,) = of(SYN[:end], Proof(1, 0, "x", "role", offset=50, length=9))
        assert found.offset == 50


def test_a_noted_field_lies_where_its_parts_lie() -> None:
    """A bridge identifier is 4 bits of priority, 12 of the tree, and an address, which may be all of it."""
    for identifier in (0x8001_001B21000010, 0x001B21000010, 0):
        octets = identifier.to_bytes(8, "big")
        frame = bpdu(octets, octets, "02:00:00:00:00:01")
        assert place(frame, "stp_root") == ("link", "Root Identifier", 22, 8)


def test_what_is_noted_of_a_whole_header_is_the_header() -> None:
    assert place(SYN, "ip_checksum_status") == ("internet", "Checksum status", 14, 20)


def test_a_field_in_another_piece_is_shown_by_the_piece_at_hand() -> None:
    piece = ethernet(ipv4(bytes(range(16)), fragment=2))
    (found,) = of(piece, Proof(1, 0, "destination_port", "probe"))
    assert (found.layer, found.field, found.offset, found.length) == ("internet", "payload", 34, 16)
    assert found.role == "probe, the piece that completes it"


def test_a_proof_may_say_what_its_field_says() -> None:
    (found,) = of(SYN, Proof(1, 0, "ip_ttl", "role", value="few"))
    assert (found.offset, found.value) == (22, "few")


def test_octets_of_a_payload_have_a_layer() -> None:
    (found,) = of(DATAGRAM, Proof(1, 0, "anything", "odd", offset=43, length=2))
    assert (found.layer, found.value) == ("application", b"el".hex(" "))
