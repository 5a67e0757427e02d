"""How the tests of the link layer read one header, and the octets that they read.

Every entry of `OCTETS` was put together by hand from the document that defines the header; what
each field must be stands in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netanatomy.layers.header import Field, HeaderReader, Value
from netanatomy.layers.protocol import Next, registry


@dataclass(frozen=True, slots=True)
class Reading:
    """What one header gave: its fields, and what it says comes next."""

    fields: tuple[Field, ...]
    step: Next | None
    position: int

    def __getitem__(self, name: str) -> Value:
        """The value of the first field of that name."""
        return self.field(name).value

    def field(self, name: str) -> Field:
        """The first field of that name."""
        return next(field for field in self.fields if field.name == name)

    def all(self, name: str) -> list[Value]:
        """The values of all fields of that name."""
        return [field.value for field in self.fields if field.name == name]

    @property
    def columns(self) -> dict[str, Value]:
        """What goes into the packet table."""
        return {field.column: field.value for field in self.fields if field.column}


def read(protocol: str, octets: bytes | str, preceding: tuple[str, ...] = ()) -> Reading:
    """Read a header from its first octet on."""
    octets = bytes.fromhex(octets) if isinstance(octets, str) else octets
    reader = HeaderReader(octets, 0, len(octets), protocol, preceding=preceding)
    step = registry().by_name[protocol].parse(reader)
    return Reading(tuple(reader.fields), step, reader.position)


MAC_A, MAC_B, MAC_C = "02 00 00 00 00 0a", "02 00 00 00 00 0b", "02 00 00 00 00 0c"
IPV4 = "45 00 00 1c 00 01 00 00 40 11 f6 cc c0 00 02 01 c0 00 02 02 00 09 00 09 00 08 00 00"
"""IPv4 from 192.0.2.1 to 192.0.2.2 with UDP from the discard port to the discard port."""
IPV6 = (
    "60 00 00 00 00 08 11 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01"
    "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02 00 09 00 09 00 08 00 00"
)
LLC_IPV4 = f"aa aa 03 00 00 00 08 00 {IPV4}"

OCTETS: Mapping[str, str] = {
    "ethernet": f"{MAC_A} {MAC_B} 08 00 {IPV4}",
    "vlan": f"a0 64 08 00 {IPV4}",
    "llc": LLC_IPV4,
    "snap": f"00 00 00 08 00 {IPV4}",
    "arp": f"00 01 08 00 06 04 00 01 {MAC_A} c0 00 02 01 00 00 00 00 00 00 c0 00 02 02",
    "stp": (
        "00 00 02 02 7c 80 01 02 00 00 00 00 0a 00 00 4e 20 90 02 02 00 00 00 00 0b"
        "80 03 01 00 14 00 02 00 0f 00 00"
    ),
    "lldp": (
        f"02 07 04 {MAC_A} 04 05 05 65 74 68 30 06 02 00 78 0a 02 73 77 0e 04 00 14 00 04"
        "10 0c 05 01 c0 00 02 01 02 00 00 00 07 00 fe 05 00 80 c2 01 2a 00 00"
    ),
    "cdp": (
        "02 b4 00 00 00 01 00 06 72 31 00 02 00 11 00 00 00 01 01 01 cc 00 04 c0 00 02 01"
        "00 04 00 08 00 00 00 09 00 0a 00 06 00 64 00 0b 00 05 01"
    ),
    "eapol": "02 00 00 09 01 07 00 09 01 62 6f 62 31",
    "eap": "02 07 00 08 01 62 6f 62",
    "mpls": f"00 01 50 40 00 02 a3 3f {IPV4}",
    "pppoe": f"11 00 00 0b 00 1e 00 21 {IPV4}",
    "ppp": f"ff 03 00 21 {IPV4}",
    "lcp": "01 05 00 0e 01 04 05 d4 05 06 12 34 56 78",
    "ipcp": "02 06 00 0a 03 06 c0 00 02 01",
    "ipv6cp": "01 01 00 0e 01 0a 02 00 00 ff fe 00 00 01",
    "ccp": "01 01 00 0a 12 06 01 00 00 60",
    "pap": "01 02 00 0d 03 62 6f 62 04 70 61 73 73",
    "chap": "01 03 00 0b 04 de ad be ef 72 31",
    "cisco-hdlc": f"0f 00 08 00 {IPV4}",
    "slarp": "00 00 00 02 00 00 00 05 00 00 00 04 ff ff",
    "frame-relay": f"18 41 03 cc {IPV4}",
    "osi": "83 1b 01 00 12 01 00 00",
    "is-is": "83 1b 01 00 12 01 00 00",
    "es-is": "82 10 01 00 02 00 1e 00 00",
    "clnp": "81 33 01 40 dc 00 40 00 00 02 49 01 02 49 02",
    "linux-sll": f"00 04 00 01 00 06 {MAC_A} 00 00 08 00 {IPV4}",
    "linux-sll2": f"08 00 00 00 00 00 00 07 00 01 00 06 {MAC_A} 00 00 {IPV4}",
    "loopback": f"02 00 00 00 {IPV4}",
    "raw-ip": IPV4,
    "nflog": f"02 00 00 05 08 00 01 00 08 00 03 00 05 00 0a 00 41 00 00 00 20 00 09 00 {IPV4}",
    "radiotap": (
        f"00 00 0f 00 2e 00 00 00 10 02 6c 09 a0 00 c8 08 02 00 00 {MAC_A} {MAC_B} {MAC_C}"
        f"30 12 {LLC_IPV4} de ad be ef"
    ),
    "ieee80211": f"08 02 2c 00 {MAC_A} {MAC_B} {MAC_C} 35 12 {LLC_IPV4}",
    "ieee80211-padded": f"88 02 2c 00 {MAC_A} {MAC_B} {MAC_C} 30 12 00 00 00 00 {LLC_IPV4}",
    "prism": (
        "44 00 00 00 24 00 00 00 77 6c 61 6e 30 00 00 00 00 00 00 00 00 00 00 00"
        f"44 30 00 00 00 00 04 00 06 00 00 00 d4 00 00 00 {MAC_A}"
    ),
    "avs": (
        "80 21 10 01 00 00 00 40 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 02 00 00 00 04"
        "00 00 09 6c 00 00 00 6e 00 00 00 00 00 00 00 00 00 00 00 03 ff ff ff c8 ff ff ff a1"
        f"00 00 00 01 00 00 00 02 d4 00 00 00 {MAC_A}"
    ),
    "ppi": (
        "00 00 20 00 69 00 00 00 02 00 14 00 01 00 00 00 00 00 00 00 01 00 02 00"
        f"6c 09 a0 00 00 00 c8 a0 d4 00 00 00 {MAC_A} de ad be ef"
    ),
    "macsec": f"20 00 00 00 00 01 {MAC_A} 00 01 08 00 {IPV4} {'00 ' * 16}",
    "mac-control": "00 01 ff ff",
    "slow-protocols": (
        f"01 01 01 14 80 00 {MAC_A} 00 21 80 00 00 02 3d 00 00 00"
        f"02 14 00 00 {MAC_B} 00 01 00 ff 00 01 01 00 00 00 03 10 00 00 {'00 ' * 12} 00 00"
    ),
    "pktap": (
        f"6c 00 00 00 01 00 00 00 0c 00 00 00 75 74 75 6e 30 {'00 ' * 19} 01 00 00 00 02 00 00 00"
        f"00 00 00 00 00 00 00 00 2a 00 00 00 63 75 72 6c {'00 ' * 16} 00 00 00 00 01 00 00 00"
        f"2a 00 00 00 63 75 72 6c {'00 ' * 16} {IPV4}"
    ),
    "ipnet": f"01 02 00 00 00 00 00 1c 00 00 00 02 00 00 00 00 00 00 00 00 ff ff ff ff {IPV4}",
    "arcnet": f"01 02 d4 00 00 07 {IPV4}",
    "arcnet-linux": f"01 02 00 00 f0 {IPV4}",
    "fddi": f"50 {MAC_A} {MAC_B} {LLC_IPV4}",
    "token-ring": f"10 40 {MAC_A} 82 00 00 00 00 0b 06 30 00 11 00 20 {LLC_IPV4}",
    "juniper-ethernet": f"4d 47 43 81 00 06 01 01 05 02 02 aa bb {MAC_A} {MAC_B} 08 00 {IPV4}",
    "provider-backbone": f"20 00 01 00 {MAC_A} {MAC_B} 08 00 {IPV4}",
    "cisco-metadata": f"01 01 00 01 00 64 08 00 {IPV4}",
    "fabricpath": f"00 60 {MAC_A} {MAC_B} 08 00 {IPV4}",
    "arista-timestamp": f"00 01 00 20 00 2a 00 00 00 07 08 00 {IPV4}",
    "dsa": f"{MAC_A} {MAC_B} c0 18 60 64 08 00 {IPV4}",
    "edsa": f"{MAC_A} {MAC_B} da da 00 00 c0 18 60 64 08 00 {IPV4}",
    "brcm-tag": f"{MAC_A} {MAC_B} 00 00 00 04 08 00 {IPV4}",
    "brcm-tag-prepend": f"00 00 00 04 {MAC_A} {MAC_B} 08 00 {IPV4}",
    "pflog": (
        f"3d 02 01 00 65 6d 30 {'00 ' * 13} {'00 ' * 16} 00 00 00 03 ff ff ff ff"
        f"{'00 ' * 16} 01 00 00 00 {IPV4}"
    ),
    "enc": f"02 00 00 00 00 00 10 01 00 00 00 03 {IPV4}",
    "ip-over-fibre-channel": f"10 00 {MAC_A} 10 00 {MAC_B} {LLC_IPV4}",
    "rfc1483": LLC_IPV4,
    "sunatm": f"82 00 00 20 {LLC_IPV4}",
    "ppp-direction": f"01 ff 03 00 21 {IPV4}",
    "vtp": f"01 01 00 03 6c 61 62 {'00 ' * 29} 00 00 00 05 c0 00 02 01 {'30 ' * 12} {'aa ' * 16}",
    "dtp": f"01 00 01 00 08 6c 61 62 00 00 02 00 05 03 00 04 00 0a {MAC_A}",
    "udld": "21 00 be ef 00 01 00 06 72 31 00 02 00 07 45 74 30",
    "pagp": f"01 05 {f'{MAC_A} 02 80 00 00 00 01 00 01 00 01 00 00 00 02' * 2}",
    "ptp": f"00 02 00 2c 00 00 02 00 {'00 ' * 8} 00 00 00 00 {'ab ' * 10} 00 07 00 fd",
    "ethernet-loopback": f"00 00 02 00 {MAC_A} 01 00 07 00",
    "wake-on-lan": f"ff ff ff ff ff ff {f'{MAC_A} ' * 16}",
    "aoe": "18 00 00 05 02 00 00 00 00 2a",
    "cfm": "a0 01 84 46",
    "profinet": "fe fe 05 00",
    "ethercat": "0e 10 00",
}
