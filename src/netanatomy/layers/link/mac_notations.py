"""The ways to write a MAC address, read and written."""

from __future__ import annotations

import re
from collections.abc import Mapping

from netanatomy.layers.link.vendors import is_group, is_local, mac_meaning, mac_text, vendor
from netanatomy.schema.frozen import frozen

HEX = "[0-9a-fA-F]"
FORMS = (
    re.compile(rf"{HEX}{{1,2}}(?::{HEX}{{1,2}}){{5}}"),  # colons; macOS and busybox drop leading zeros
    re.compile(rf"{HEX}{{2}}(?:-{HEX}{{2}}){{5}}(?:-{HEX}{{2}}-{HEX}{{2}})?"),  # IEEE 802 section 8.1
    re.compile(rf"{HEX}{{4}}(?:\.{HEX}{{4}}){{2,3}}"),  # Cisco
    re.compile(rf"{HEX}{{6}}-{HEX}{{6}}"),  # HP
    re.compile(rf"{HEX}{{12}}"),
)
"""The forms with 6 octets, and those with 8 (EUI-64) that cannot be taken for an IPv6 address."""

EUI64_FILLING = b"\xff\xfe"  # RFC 4291 appendix A: between maker and number


@frozen
class MacFacts:
    """What a MAC address tells.

    Attributes:
        octets: its 6 octets.
        text: as it is mostly written.
        vendor: who bought the block that it lies in, or None where the IEEE names nobody.
        group: whether frames to it are for several stations (I/G bit).
        local: whether software chose it and not the maker of the card (U/L bit).
        meaning: what it is, in a few plain words.
    """

    octets: bytes
    text: str
    vendor: str | None
    group: bool
    local: bool
    meaning: str


def read_mac(text: str) -> bytes | None:
    """The six octets of a MAC address in any of the usual forms, or `None` if it is none.

    An EUI-64 that was made of a MAC address gives that one.

    >>> [read_mac(text).hex() for text in ("0:0:c:1:2:3", "00-00-0C-01-02-03", "0000.0c01.0203")]
    ['00000c010203', '00000c010203', '00000c010203']
    >>> read_mac("00-00-0C-FF-FE-01-02-03").hex(), read_mac("00:00:0c") is None
    ('00000c010203', True)
    """
    if not any(form.fullmatch(text) for form in FORMS):
        return None
    parts = re.split("[:.-]", text)
    octets = bytes.fromhex("".join(part.zfill(2) for part in parts))
    if len(octets) == 8:
        return octets[:3] + octets[5:] if octets[3:5] == EUI64_FILLING else None
    return octets


def mac_facts(mac: bytes) -> MacFacts:
    """What a MAC address tells.

    Raises:
        UsageError: it has not 6 octets.
        NetanatomyError: the package `aiooui` is missing or damaged.

    >>> facts = mac_facts(bytes.fromhex("00000c010203"))
    >>> facts.vendor, facts.local, facts.group
    ('Cisco Systems, Inc', False, False)
    """
    return MacFacts(mac, mac_text(mac), vendor(mac), is_group(mac), is_local(mac), mac_meaning(mac))


def mac_notations(mac: bytes) -> Mapping[str, str]:
    """The other ways to write a MAC address, by name.

    >>> mac_notations(bytes.fromhex("00000c010203"))["cisco"]
    '0000.0c01.0203'
    """
    digits = mac.hex()
    return {
        "ieee_802": mac.hex("-").upper(),
        "cisco": ".".join(digits[at : at + 4] for at in (0, 4, 8)),
        "bare": digits,
        "integer": str(int.from_bytes(mac, "big")),
        "bits_as_sent": " ".join(f"{octet:08b}"[::-1] for octet in mac),  # least significant bit first
    }
