"""Kernels of the link layer against the slow reading: headers whole, cut off, damaged, or mere octets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netanatomy.decode.headers import WALKED
from netanatomy.layers.protocol import Carried, Carrier, registry
from tests.decode.agreement import Frame, decoded, disagreements
from tests.layers.link.reading import IPV4, LLC_IPV4, OCTETS

ADDRESSES = "02 00 00 00 00 0a 02 00 00 00 00 0b"
ETHERNET, PPP, RADIOTAP, AVS = 1, 9, 127, 163
LINK_TYPES = sorted(
    carried.number for carried in registry().by_carrier if carried.carrier is Carrier.LINK_TYPE
)


def ways(protocol: str) -> Iterator[tuple[int, str]]:
    """Frames that lead to a protocol: its own link type, or Ethernet, LLC, SNAP, PPP before it."""
    octets = OCTETS[protocol]
    for carrier, number in (
        (carried.carrier, carried.number) for carried in registry().by_name[protocol].carried_by
    ):
        if carrier is Carrier.LINK_TYPE:
            yield number, octets
        elif carrier is Carrier.ETHERTYPE:
            yield ETHERNET, f"{ADDRESSES} {number:04x} {octets}"
        elif carrier is Carrier.LLC_SAP:
            yield ETHERNET, f"{ADDRESSES} 00ff {number:02x} {number:02x} 03 {octets}"
        elif carrier is Carrier.SNAP:
            yield ETHERNET, f"{ADDRESSES} 00ff aaaa03 {number:010x} {octets}"
        elif carrier is Carrier.PPP:
            yield PPP, f"ff03 {number:04x} {octets}"


FRAMES = [
    Frame(bytes.fromhex(octets), link_type) for protocol in OCTETS for link_type, octets in ways(protocol)
]
FRAMES += [
    Frame(bytes.fromhex(f"{ADDRESSES} 0024 {LLC_IPV4} 0000"), ETHERNET),
    Frame(bytes.fromhex(f"{ADDRESSES} 0003 ffff 00"), ETHERNET),
    Frame(bytes.fromhex(f"{ADDRESSES} 88a8 a00a 8100 3014 9100 001e 0800 {IPV4}"), ETHERNET),
    Frame(bytes.fromhex(f"{ADDRESSES} 8847 00015140 00000007 {ADDRESSES} 0800 {IPV4}"), ETHERNET),
    Frame(bytes.fromhex(f"00 00 09 00 02 00 00 00 20 {OCTETS['ieee80211-padded']}"), RADIOTAP),
    Frame(bytes.fromhex(f"8f 00 80 35 {OCTETS['slarp']}"), 104),
    *(Frame(bytes.fromhex(f"0f 00 fe fe 03 {OCTETS[name]}"), 104) for name in ("is-is", "es-is", "clnp")),
]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: f"{frame.link_type}-{frame.octets[:20].hex()}")
def test_whole_frames(frame: Frame) -> None:
    assert not disagreements([frame])
    assert all(row["stop_reason"] in (None, "encrypted") for row in decoded([frame])[0])


@pytest.mark.parametrize("cut", [False, True])
def test_every_truncation(cut: bool) -> None:
    taken = [
        Frame(frame.octets[:end], frame.link_type, len(frame.octets) if cut else end)
        for frame in FRAMES
        for end in range(1, len(frame.octets))
    ]
    assert not disagreements(taken)
    reasons = {row["stop_reason"] for rows in decoded(taken) for row in rows}
    assert reasons == {None, "captured-short" if cut else "truncated"}


def test_every_kernel_is_reached() -> None:
    """No header of the layer that has a kernel is missing in the frames above."""
    reached = {name for rows in decoded(FRAMES) for row in rows for name in str(row["protocols"]).split(":")}
    walked = {name for name in WALKED if name in OCTETS}
    assert walked <= reached


@given(st.sampled_from(LINK_TYPES), st.binary(max_size=120), st.booleans())
@settings(max_examples=150)
def test_any_octets_on_any_link(link_type: int, octets: bytes, cut: bool) -> None:
    frame = Frame(octets, link_type, len(octets) + cut)
    assert not disagreements([frame])


@given(st.sampled_from(FRAMES), st.data())
@settings(max_examples=250)
def test_damaged_frames(frame: Frame, data: st.DataObject) -> None:
    octets = bytearray(frame.octets)
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    assert not disagreements([Frame(bytes(octets), frame.link_type)])


def row(link_type: int, octets: str) -> dict[str, object]:
    return decoded([Frame(bytes.fromhex(octets), link_type)])[0][-1]


def test_signals_of_avs_that_fit_no_column_stay_out() -> None:
    octets = OCTETS["avs"]
    assert row(AVS, octets)["radio_signal"] == -56
    assert row(AVS, octets.replace("ff ff ff c8", "ff ff fe c8"))["radio_signal"] is None
    assert row(AVS, octets.replace("00 00 09 6c", "00 00 00 06"))["radio_frequency"] is None


def test_ethernet_over_mpls_is_a_tunnel() -> None:
    frame = Frame(bytes.fromhex(f"{ADDRESSES} 8847 00015140 00000007 {ADDRESSES} 0800 {IPV4}"), ETHERNET)
    outer, inner = decoded([frame])[0]
    assert (outer["protocols"], outer["mpls_label"], outer["tunnel"]) == ("ethernet:mpls", 21, None)
    assert (inner["depth"], inner["tunnel"]) == (1, "ethernet-over-mpls")
    assert inner["protocols"] == "ethernet:mpls:ethernet:ipv4:udp"


def test_encrypted_frames_say_so() -> None:
    wlan = "08 41 00 00 02 00 00 00 00 0a 02 00 00 00 00 0b 02 00 00 00 00 0c 00 00 01 00 00 20 00 00 00 00"
    assert row(105, wlan)["stop_reason"] == "encrypted"
    assert row(ETHERNET, f"{ADDRESSES} 88e5 2c 00 00 00 00 01 {'00' * 30}")["stop_reason"] == "encrypted"


def test_link_type_in_a_header_leads_on() -> None:
    assert Carried(Carrier.LINK_TYPE, 192) in registry().by_carrier
    inner = f"00 00 08 00 01 00 00 00 {ADDRESSES} 08 00 {IPV4}"
    assert row(192, inner)["protocols"] == "ppi:ethernet:ipv4:udp"
