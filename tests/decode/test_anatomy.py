"""The slow walk: it tells what it read, where it ended and why, and never raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanatomy.decode import anatomy
from netanatomy.decode.anatomy import dissect
from netanatomy.errors import TruncatedError
from netanatomy.layers.link.link_types import LINK_TYPES
from tests.wire import ACK, PSH, ethernet, icmp, ipv4, tcp_frame, udp

ETHERNET = 1


def test_headers_lie_behind_one_another_and_every_octet_has_its_place() -> None:
    frame = tcp_frame(PSH | ACK, 40000, 9, payload=b"hello")
    found = dissect(frame, ETHERNET)
    assert found.protocols == "ethernet:ipv4:tcp"
    assert [(header.start, header.end) for header in found.headers] == [(0, 14), (14, 34), (34, 54)]
    assert found.payload == b"hello"
    assert found.stop is None
    fields = {field.name: field for header in found.headers for field in header.fields}
    assert fields["Time to Live"].value == 64
    assert fields["Time to Live"].bit_offset == 8 * 22


def test_padding_is_no_payload() -> None:
    found = dissect(ethernet(ipv4(udp(b"", 50000, 50001), protocol=17)) + bytes(18), ETHERNET)
    assert found.payload == b""
    assert found.payload_end == 42


@pytest.mark.parametrize("length", range(54))
def test_every_truncation_keeps_what_was_read(length: int) -> None:
    frame = tcp_frame(ACK)
    whole = dissect(frame, ETHERNET)
    cut = dissect(frame[:length], ETHERNET)
    assert cut.stop is not None
    assert isinstance(cut.stop, TruncatedError)
    assert cut.stop.offset <= length
    kept = [(field.name, field.value) for header in cut.headers for field in header.fields if not field.note]
    full = [
        (field.name, field.value) for header in whole.headers for field in header.fields if not field.note
    ]
    # The length of an IPv4 packet that was cut says more than there is; nothing else may differ.
    assert kept == full[: len(kept)]


def test_a_quoted_packet_is_marked_and_may_be_cut_short() -> None:
    quoted = tcp_frame(ACK)[14 : 14 + 28]
    found = dissect(ethernet(ipv4(icmp(3, 1, bytes(4) + quoted), protocol=1)), ETHERNET)
    assert found.protocols == "ethernet:ipv4:icmp"
    assert [(header.protocol, header.quoted) for header in found.headers[3:]] == [
        ("ipv4", True),
        ("tcp", True),
    ]
    assert found.stop is not None
    assert "quoted" in found.ending


def test_a_quotation_in_a_quotation_is_not_opened() -> None:
    packet = tcp_frame(ACK)[14:]
    for _ in range(10):
        packet = ipv4(icmp(3, 1, bytes(4) + packet), protocol=1)
    found = dissect(ethernet(packet), ETHERNET)
    assert sum(header.protocol == "icmp" for header in found.headers) == 2


def test_tunnels_in_tunnels_end() -> None:
    packet = ipv4(b"")
    for _ in range(100):
        packet = ipv4(packet, protocol=4)
    found = dissect(ethernet(packet), ETHERNET)
    assert max(header.depth for header in found.headers) < anatomy.MAXIMUM_DEPTH
    assert "inside one another" in found.ending


def test_chains_of_tags_end() -> None:
    found = dissect(ethernet(b"\x00\x01\x81\x00" * 1000, 0x8100), ETHERNET)
    assert len(found.headers) <= anatomy.MAXIMUM_HEADERS
    assert found.ending


def test_a_fragment_has_no_header_behind_it_but_its_datagram_has() -> None:
    datagram = udp(b"payload", 53000, 53001)
    frame = ethernet(ipv4(datagram[8:], protocol=17, fragment=1))
    assert dissect(frame, ETHERNET).protocols == "ethernet:ipv4"
    found = dissect(frame, ETHERNET, datagram)
    assert found.protocols == "ethernet:ipv4:udp"
    assert found.headers[-1].in_datagram
    assert (found.headers[-1].start, found.payload) == (0, b"payload")


def test_an_unknown_link_type_is_told() -> None:
    found = dissect(b"abc", 60000)
    assert not found.headers
    assert "60000" in found.ending
    assert found.payload == b"abc"


LINKS = st.sampled_from([1, 101, 113, 276, 105, 127, 9, 0, 228, 229, *LINK_TYPES])
STARTS = st.sampled_from(
    [b"", tcp_frame(ACK), tcp_frame(ACK)[14:], ethernet(ipv4(udp(b"", 4789, 4789), protocol=17))]
)


@given(LINKS, STARTS, st.binary(max_size=200), st.one_of(st.none(), st.binary(max_size=60)))
def test_no_octets_make_it_raise(link_type: int, start: bytes, rest: bytes, datagram: bytes | None) -> None:
    found = dissect(start + rest, link_type, datagram)
    assert found.ending
    position = 0
    for header in found.headers:
        if not header.in_datagram:
            assert position == header.start <= header.end <= len(start + rest)
            position = header.end
        for field in header.fields:
            assert field.bit_offset >= 8 * header.start


@given(st.integers(0, 0xFFFF), st.binary(max_size=120))
def test_no_ethertype_makes_it_raise(ethertype: int, rest: bytes) -> None:
    assert dissect(ethernet(rest, ethertype), ETHERNET).ending


@given(st.integers(0, 255), st.binary(max_size=120))
def test_no_ip_protocol_makes_it_raise(protocol: int, rest: bytes) -> None:
    assert dissect(ethernet(ipv4(rest, protocol=protocol)), ETHERNET).ending


@given(st.integers(0, 0xFFFF), st.binary(max_size=120))
def test_no_udp_port_makes_it_raise(port: int, rest: bytes) -> None:
    assert dissect(ethernet(ipv4(udp(rest, port, port), protocol=17)), ETHERNET).ending
