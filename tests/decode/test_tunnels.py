"""What the packet table says of tunnels: a row for each packet, and which tunnel carried it."""

from __future__ import annotations

import pytest

from netanatomy.decode.headers import MAXIMUM_DEPTH
from tests.decode.agreement import Frame, decoded
from tests.decode.test_carried import RAW_IPV4, in_gre, in_ipv4, in_ipv6, in_udp
from tests.layers.upper import A4, ETHERNET, IPV4, OCTETS, checksummed, over_ipv4

IN_FRAME = "ethernet:ipv4:udp"
REGISTER = b"\x21" + bytes(7)


def octets(name: str) -> bytes:
    return bytes.fromhex(OCTETS[name])


@pytest.mark.parametrize(
    ("frame", "outer", "inner", "tunnel", "number"),
    [
        (in_ipv4(4, bytes.fromhex(IPV4)), "ipv4", "ipv4:udp", "ip-in-ip", None),
        (in_ipv6(4, bytes.fromhex(IPV4)), "ipv6", "ipv4:udp", "4in6", None),
        (in_ipv4(41, octets("ipv6")), "ipv4", "ipv6:udp", "6in4", None),
        (in_ipv6(41, octets("ipv6")), "ipv6", "ipv6:udp", "6in6", None),
        (in_ipv4(47, octets("gre")), "ipv4:gre", "ipv4:udp", "gre", 42),
        (in_ipv4(47, b"\0\0\x08\0" + bytes.fromhex(IPV4)), "ipv4:gre", "ipv4:udp", "gre", None),
        (in_ipv4(47, b"\0\0\x88\xbe" + bytes.fromhex(ETHERNET)), "ipv4:gre", IN_FRAME, "erspan-1", None),
        (in_ipv4(47, in_gre(0x88BE, octets("erspan"))), "ipv4:gre:erspan", IN_FRAME, "erspan-2", 42),
        (in_ipv4(47, in_gre(0x22EB, octets("erspan3"))), "ipv4:gre:erspan3", IN_FRAME, "erspan-3", 42),
        (in_ipv4(97, octets("etherip")), "ipv4:etherip", IN_FRAME, "etherip", None),
        (in_ipv4(17, in_udp(4789, octets("vxlan"))), "ipv4:udp:vxlan", IN_FRAME, "vxlan", 0x1234),
        (
            in_ipv4(17, in_udp(4790, octets("vxlan-gpe"))),
            "ipv4:udp:vxlan-gpe",
            "ipv4:udp",
            "vxlan-gpe",
            0x1234,
        ),
        (in_ipv4(17, in_udp(6081, octets("geneve"))), "ipv4:udp:geneve", IN_FRAME, "geneve", 0x1234),
        (in_ipv4(17, in_udp(2152, octets("gtp-u"))), "ipv4:udp:gtp-u", "ipv4:udp", "gtp-u", 0x1234),
        (in_ipv4(17, in_udp(3544, octets("teredo"))), "ipv4:udp:teredo", "ipv6:udp", "teredo", None),
        (in_ipv4(17, in_udp(5072, octets("ayiya"))), "ipv4:udp:ayiya", "ipv6:udp", "ayiya", None),
        (
            in_ipv4(17, in_udp(5072, bytes.fromhex(f"21 00 03 04 00 00 00 01 c0 00 02 01 {IPV4}"))),
            "ipv4:udp:ayiya",
            "ipv4:udp",
            "ayiya",
            None,
        ),
        (in_ipv4(115, octets("l2tpv3")), "ipv4:l2tpv3", IN_FRAME, "l2tpv3", 77),
        (
            in_ipv4(17, in_udp(1701, bytes.fromhex(f"0002 0007 0009 ff03 0021 {IPV4}"))),
            "ipv4:udp:l2tp",
            "ppp:ipv4:udp",
            "l2tpv2",
            None,
        ),
        (
            in_ipv4(103, b"\x21" + bytes(7) + bytes.fromhex(IPV4)),
            "ipv4:pim",
            "ipv4:udp",
            "pim-register",
            None,
        ),
        (in_ipv4(137, b"\0\0\x11\x40" + bytes.fromhex(IPV4)), "ipv4", "mpls:ipv4:udp", "mpls-in-ip", None),
        (
            in_ipv4(17, in_udp(6635, b"\0\0\x11\x40" + bytes.fromhex(IPV4))),
            "ipv4:udp",
            "mpls:ipv4:udp",
            "mpls-in-udp",
            None,
        ),
    ],
)
def test_two_rows(frame: Frame, outer: str, inner: str, tunnel: str, number: int | None) -> None:
    rows = decoded([frame])[0]
    assert [row["depth"] for row in rows] == [0, 1]
    assert rows[0]["protocols"] == outer
    assert rows[1]["protocols"] == f"{outer}:{inner}"
    assert (rows[0]["tunnel"], rows[0]["tunnel_id"]) == (None, None)
    assert (rows[1]["tunnel"], rows[1]["tunnel_id"]) == (tunnel, number)
    assert rows[1]["source_port"] is not None
    assert rows[1]["stop_reason"] is None


def test_service_chains_nest_twice() -> None:
    chain = bytes.fromhex("0c 00 00 04 00 12 34 00") + octets("nsh")
    rows = decoded([in_ipv4(17, in_udp(4790, chain))])[0]
    assert [row["tunnel"] for row in rows] == [None, "vxlan-gpe", "nsh"]
    assert rows[2]["protocols"] == "ipv4:udp:vxlan-gpe:nsh:ethernet:ipv4:udp"
    assert rows[2]["tunnel_id"] == 42


@pytest.mark.parametrize("port", [4789, 4790, 6081, 2152, 3544, 5072, 1701, 500])
def test_what_does_not_fit_stays_plain(port: int) -> None:
    row = decoded([in_ipv4(17, in_udp(port, b"\xf7" * 60))])[0][0]
    assert row["protocols"] == "ipv4:udp"
    assert row["payload_length"] == 60
    assert row["stop_reason"] is None


def test_a_bottomless_nest_ends() -> None:
    frame = bytes.fromhex(IPV4)
    for _ in range(MAXIMUM_DEPTH + 4):
        frame = in_ipv4(4, frame).octets
    rows = decoded([Frame(frame, RAW_IPV4)])[0]
    assert len(rows) == MAXIMUM_DEPTH
    assert rows[-1]["stop_reason"] == "nesting-too-deep"


def test_the_authentication_header_belongs_to_the_chain() -> None:
    chain = bytes.fromhex(
        "33 00 01 04 00 00 00 00 3c 01 00 00 00 00 00 07 00 00 00 09 11 00 01 04 00 00 00 00"
    )
    row = decoded([in_ipv6(0, chain + in_udp(9, b"abcd"))])[0][0]
    assert row["ip_extension_headers"] == "hop-by-hop,ah,destination-options"
    assert row["protocols"] == "ipv6:ah:udp"
    assert (row["ipsec_spi"], row["ipsec_sequence"]) == (7, 9)
    assert (row["ip_header_length"], row["transport_offset"], row["ip_protocol"]) == (68, 68, 17)


def test_the_outer_of_two_security_headers_counts() -> None:
    nested = octets("ah")[:24].replace(b"\x06\x04", b"\x32\x04", 1) + octets("esp")
    row = decoded([in_ipv4(51, nested)])[0][0]
    assert row["protocols"] == "ipv4:ah:esp"
    assert row["ipsec_spi"] == 0x1001
    assert row["stop_reason"] == "encrypted"


def test_key_exchange() -> None:
    row = decoded([in_ipv4(17, in_udp(4500, bytes(4) + octets("ike")))])[0][0]
    assert row["protocols"] == "ipv4:udp:esp-in-udp:ike"
    assert row["ike_initiator_spi"] == 0x0102030405060708
    assert (row["ike_version"], row["ike_exchange_type"]) == (0x20, 34)


def test_carp_is_not_taken_for_vrrp() -> None:
    carp = bytes.fromhex("21 01 00 07 00 01 00 00" + "11" * 28)
    assert decoded([in_ipv4(112, carp)])[0][0]["vrrp_priority"] is None
    assert decoded([in_ipv4(112, octets("vrrp"))])[0][0]["vrrp_priority"] == 100


@pytest.mark.parametrize(("name", "protocol"), [("udplite", 136), ("sctp", 132), ("dccp", 33)])
def test_rarer_transports_have_ports(name: str, protocol: int) -> None:
    row = decoded([in_ipv4(protocol, octets(name))])[0][0]
    assert (row["source_port"], row["destination_port"]) == (1234, 5678)
    assert row["transport_checksum_status"] in ("bad", "partial")


def test_the_end_of_a_source_route_counts_for_the_checksum() -> None:
    # Checked with tshark 4.0, which agrees: the sum is over 192.0.2.1, to which the route leads back.
    datagram = in_udp(9, b"abcd")
    total = checksummed(datagram, 6, over_ipv4(datagram, 17)._replace(destination=A4))
    going = in_ipv4(17, total, b"\x83\x07\x04" + A4 + b"\x00")
    arrived = in_ipv4(17, total, b"\x83\x07\x08" + A4 + b"\x00")
    assert decoded([going])[0][0]["transport_checksum_status"] == "good"
    assert decoded([arrived])[0][0]["transport_checksum_status"] == "bad"
