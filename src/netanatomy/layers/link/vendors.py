"""MAC addresses: how they are written, who made the card, and what the special ones mean.

Vendors come from the package `aiooui` (MIT), which carries the IEEE's list of 24-bit blocks (MA-L) in one
file that is searched where it lies. That file is read here as the package's README lays it out: its own
interface is for asyncio, whose import costs fifty times as much, and is used only where the layout is
another one. The file is read at the first look-up, never before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netanatomy.errors import NetanatomyError, UsageError
from netanatomy.schema.frozen import frozen

if TYPE_CHECKING:
    import pyarrow as pa

MAC_LENGTH = 6
BROADCAST = b"\xff" * MAC_LENGTH
GROUP_BIT = 0x01  # IEEE 802 section 8.2: of the first octet
LOCAL_BIT = 0x02  # IEEE 802 section 8.2: of the first octet
OUI_MAGIC = b"OUI1"
NO_VENDORS = frozenset({"Private", "IEEE Registration Authority"})
"""What the IEEE lists where it names nobody: a secret owner, and blocks that it divides among many."""

WELL_KNOWN = {
    "ff:ff:ff:ff:ff:ff": "broadcast: every station on the link",
    "00:00:00:00:00:00": "no address: not known yet, or an interface without any, such as loopback",
    "01:80:c2:00:00:00": "STP: spanning tree of customer bridges (IEEE 802.1D); also nearest customer bridge",
    "01:80:c2:00:00:01": "PAUSE: Ethernet flow control (IEEE 802.3 annex 31B)",
    "01:80:c2:00:00:02": "slow protocols: LACP, Marker, OAM, ESMC (IEEE 802.3 annex 57A)",
    "01:80:c2:00:00:03": "nearest non-TPMR bridge: LLDP or 802.1X (IEEE 802.1X)",
    "01:80:c2:00:00:07": "E-LMI: Ethernet local management (MEF 16)",
    "01:80:c2:00:00:08": "STP of provider bridges (IEEE 802.1ad)",
    "01:80:c2:00:00:0d": "MVRP of provider bridges (IEEE 802.1ad)",
    "01:80:c2:00:00:0e": "LLDP: nearest bridge (IEEE 802.1AB); also PTP peer delay (IEEE 1588)",
    "01:80:c2:00:00:14": "IS-IS: all level 1 routers (ISO 10589)",
    "01:80:c2:00:00:15": "IS-IS: all level 2 routers (ISO 10589)",
    "01:80:c2:00:00:20": "MMRP (IEEE 802.1Q)",
    "01:80:c2:00:00:21": "MVRP (IEEE 802.1Q)",
    "01:1b:19:00:00:00": "PTP: Precision Time Protocol (IEEE 1588)",
    "01:00:0c:cc:cc:cc": "Cisco: CDP, VTP, DTP, PAgP or UDLD",
    "01:00:0c:cc:cc:cd": "Cisco: PVST+, a spanning tree for each VLAN",
    "01:00:0c:cd:cd:cd": "Cisco: spanning tree UplinkFast",
    "01:00:0c:dd:dd:dd": "Cisco: CGMP, multicast for switches",
    "01:00:81:00:01:00": "Nortel discovery (SONMP)",
    "01:e0:52:cc:cc:cc": "Foundry: FDP",
    "00:e0:2b:00:00:00": "Extreme: EDP",
    "01:0e:cf:00:00:00": "PROFINET: DCP identification",
    "01:10:18:01:00:01": "FCoE: all nodes (FIP)",
    "01:10:18:01:00:02": "FCoE: all forwarders (FIP)",
    "09:00:2b:00:00:0f": "DEC: LAT terminals",
    "09:00:07:ff:ff:ff": "AppleTalk broadcast",
    "ab:00:00:01:00:00": "DECnet: MOP, asking for a program to boot",
    "ab:00:00:02:00:00": "DECnet: MOP, remote console",
    "ab:00:00:03:00:00": "DECnet: all routers",
    "ab:00:00:04:00:00": "DECnet: all hosts",
    "cf:00:00:00:00:00": "loopback test of an Ethernet card (Ethernet Configuration Testing Protocol)",
}


@frozen
class MacBlock:
    """A block of MAC addresses that a protocol uses.

    Attributes:
        prefix: how its addresses begin.
        bits: how many bits of that count.
        meaning: what it is for; `{…}` stands for a part that the protocol fills in, see `_parts`.
    """

    prefix: str
    bits: int
    meaning: str

    def holds(self, mac: bytes) -> bool:
        """Whether an address lies in the block."""
        prefix = bytes.fromhex(self.prefix.replace(":", "")).ljust(MAC_LENGTH, b"\0")
        shift = 8 * MAC_LENGTH - self.bits
        return int.from_bytes(mac, "big") >> shift == int.from_bytes(prefix, "big") >> shift


BLOCKS = (
    # The first block that holds an address speaks for it, so narrow ones stand before wide ones.
    MacBlock(
        "01:80:c2:00:00:00", 44, "between neighbouring bridges; never forwarded (IEEE 802.1Q table 8-1)"
    ),
    MacBlock("01:80:c2:00:00:30", 45, "CFM: continuity checks of level {level} (IEEE 802.1ag)"),
    MacBlock("01:80:c2:00:00:38", 45, "CFM: link traces of level {level} (IEEE 802.1ag)"),
    MacBlock("01:80:c2", 24, "a protocol of IEEE 802"),
    MacBlock("01:00:0c:00:00", 40, "Cisco: ISL trunk"),
    MacBlock("01:0c:cd:01", 32, "GOOSE: events of a substation (IEC 61850)"),
    MacBlock("01:0c:cd:02", 32, "GSSE: states of a substation (IEC 61850)"),
    MacBlock("01:0c:cd:04", 32, "sampled values of a substation (IEC 61850)"),
    MacBlock("01:0e:cf", 24, "PROFINET"),
    MacBlock("00:00:5e:00:01", 40, "VRRP for IPv4, or CARP: virtual router {octet} (RFC 9568)"),
    MacBlock("00:00:5e:00:02", 40, "VRRP for IPv6: virtual router {octet} (RFC 9568)"),
    MacBlock("00:00:5e:00:53", 40, "for examples in documents (RFC 9542)"),
    MacBlock("00:00:5e", 24, "a protocol to which IANA assigned it (RFC 9542)"),
    MacBlock("01:00:5e:00:00:00", 25, "IPv4 multicast: {ipv4} or one of 31 groups that share it (RFC 1112)"),
    MacBlock("01:00:5e:80:00:00", 28, "MPLS multicast: label {label} (RFC 5332)"),
    MacBlock("01:00:5e:90:10", 40, "for examples in documents (RFC 9542)"),
    MacBlock("01:00:5e", 24, "a protocol to which IANA assigned it (RFC 9542)"),
    MacBlock("33:33:ff", 24, "IPv6 neighbour discovery: hosts whose address ends in {low} (RFC 4291)"),
    MacBlock("33:33", 16, "IPv6 multicast: groups that end in {group} (RFC 2464)"),
    MacBlock("00:00:0c:07:ac", 40, "HSRP version 1: virtual router of group {octet} (RFC 2281)"),
    MacBlock("00:00:0c:9f:f0", 36, "HSRP version 2 for IPv4: virtual router of group {twelve}"),
    MacBlock("00:05:73:a0:00", 36, "HSRP version 2 for IPv6: virtual router of group {twelve}"),
    MacBlock("00:07:b4:00", 30, "GLBP: forwarder {octet} of group {ten}"),
    MacBlock("02:bf", 16, "Microsoft network load balancing: cluster {last_four}, unicast"),
    MacBlock("03:bf", 16, "Microsoft network load balancing: cluster {last_four}, multicast"),
    MacBlock("02:42", 16, "locally administered; by custom a Docker container, then {last_four}"),
    MacBlock("52:54:00", 24, "locally administered; by custom a virtual machine of QEMU or KVM"),
    MacBlock("aa:00:04:00", 32, "DECnet phase IV: node {decnet}"),
)


def mac_text(mac: bytes) -> str:
    """How a MAC address is written.

    Raises:
        UsageError: it has not 6 octets.

    >>> mac_text(bytes.fromhex("00005e005301"))
    '00:00:5e:00:53:01'
    """
    return _checked(mac).hex(":")


def mac_texts(macs: NDArray[np.uint8]) -> pa.StringArray:
    """How many MAC addresses are written: each different one is written once.

    Args:
        macs: (n, 6) octets.

    Returns:
        (n,) strings.

    Raises:
        UsageError: the array has another shape.

    >>> mac_texts(np.array([[0, 0, 0x5E, 0, 0x53, 1]], dtype=np.uint8)).to_pylist()
    ['00:00:5e:00:53:01']
    """
    import pyarrow as pa

    packed = pa.py_buffer(np.ascontiguousarray(_checked_rows(macs)))
    different = pa.Array.from_buffers(pa.binary(MAC_LENGTH), len(macs), [None, packed]).dictionary_encode()
    written = pa.array([mac.hex(":") for mac in different.dictionary.to_pylist()], pa.string())
    return written.take(different.indices)


def is_group(mac: bytes) -> bool:
    """Whether frames to it are for several stations (multicast or broadcast) and not for one.

    >>> is_group(BROADCAST), is_group(bytes.fromhex("00005e005301"))
    (True, False)
    """
    return bool(_checked(mac)[0] & GROUP_BIT)


def is_local(mac: bytes) -> bool:
    """Whether software chose it (locally administered) and not the maker of the card.

    >>> is_local(bytes.fromhex("0242ac110002")), is_local(bytes.fromhex("00005e005301"))
    (True, False)
    """
    return bool(_checked(mac)[0] & LOCAL_BIT)


def mac_meaning(mac: bytes) -> str:
    """What an address is, as far as the address itself tells, in a few plain words.

    Raises:
        UsageError: it has not 6 octets.

    >>> mac_meaning(bytes.fromhex("00005e000107"))
    'VRRP for IPv4, or CARP: virtual router 7 (RFC 9568)'
    >>> mac_meaning(bytes.fromhex("01005e0000fb"))
    'IPv4 multicast: 224.0.0.251 or one of 31 groups that share it (RFC 1112)'
    """
    known = WELL_KNOWN.get(mac_text(mac))
    if known is not None:
        return known
    for block in BLOCKS:
        if block.holds(mac):
            return block.meaning.format(**_parts(mac))
    if is_group(mac):
        return "group address, locally administered" if is_local(mac) else "group address"
    if is_local(mac):
        return "locally administered: chosen by software, often at random so that nobody is recognised"
    return "globally unique: given to the card by its maker"


def vendor(mac: bytes) -> str | None:
    """Who bought the block of addresses that this one lies in, or `None` where the IEEE names nobody.

    A group address tells whose protocol it belongs to. Blocks smaller than 24 bits are not known, so
    the many small makers that share one block have no name.

    Raises:
        UsageError: it has not 6 octets.
        NetanatomyError: the package `aiooui` is missing or damaged.

    >>> vendor(bytes.fromhex("00000c123456"))
    'Cisco Systems, Inc'
    >>> vendor(bytes.fromhex("0242ac110002")) is None
    True
    """
    octets = _checked(mac)
    return _owner((octets[0] & ~GROUP_BIT) << 16 | octets[1] << 8 | octets[2])


def vendors(macs: NDArray[np.uint8]) -> pa.StringArray:
    """Who bought the blocks of many addresses: each different block is looked up once.

    Args:
        macs: (n, 6) octets.

    Returns:
        (n,) strings, null where the IEEE names nobody.

    Raises:
        UsageError: the array has another shape.
        NetanatomyError: the package `aiooui` is missing or damaged.

    >>> vendors(np.array([[0, 0, 0x0C, 1, 2, 3], [2, 0x42, 0, 0, 0, 1]], dtype=np.uint8)).to_pylist()
    ['Cisco Systems, Inc', None]
    """
    import pyarrow as pa

    first = _checked_rows(macs)[:, :3].astype(np.uint32)
    blocks = (first[:, 0] & ~np.uint32(GROUP_BIT)) << 16 | first[:, 1] << 8 | first[:, 2]
    different, rows = np.unique(blocks, return_inverse=True)
    return pa.array([_owner(int(block)) for block in different], pa.string()).take(pa.array(rows))


def _owner(block: int) -> str | None:
    """Who bought a block of 24 bits, if the IEEE says so."""
    name = _registered_name()(block)
    return None if name in NO_VENDORS else name


def _parts(mac: bytes) -> dict[str, str]:
    """What the protocols of `BLOCKS` write into their addresses."""
    number = int.from_bytes(mac, "big")
    decnet = mac[4] | mac[5] << 8  # least significant octet first; 6 bits of area, 10 of node
    return {
        "octet": str(mac[5]),
        "level": str(mac[5] & 0x07),
        "ten": str(number >> 8 & 0x3FF),
        "twelve": str(number & 0xFFF),
        "label": str(number & 0xFFFFF),
        "ipv4": f"224.{mac[3] & 0x7F}.{mac[4]}.{mac[5]}",
        "last_four": ".".join(map(str, mac[2:])),
        "low": f"{mac[3]:x}:{number & 0xFFFF:x}",
        "group": f"{number >> 16 & 0xFFFF:x}:{number & 0xFFFF:x}",
        "decnet": f"{decnet >> 10}.{decnet & 0x3FF}",
    }


def _checked(mac: bytes) -> bytes:
    if len(mac) != MAC_LENGTH:
        message = f"a MAC address has {MAC_LENGTH} octets, not {len(mac)}"
        raise UsageError(message)
    return mac


def _checked_rows(macs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if macs.ndim != 2 or macs.shape[1] != MAC_LENGTH:
        message = f"MAC addresses are (n, {MAC_LENGTH}) octets, not {macs.shape}"
        raise UsageError(message)
    return macs


@frozen
class _OuiTable:
    """The file of `aiooui`: blocks in ascending order, where their names begin, and the names."""

    blocks: NDArray[np.uint32]
    offsets: NDArray[np.uint32]
    names: bytes

    def name(self, block: int) -> str | None:
        """Who bought a block of 24 bits."""
        index = int(np.searchsorted(self.blocks, np.uint32(block)))
        if index == len(self.blocks) or int(self.blocks[index]) != block:
            return None
        start = int(self.offsets[index])
        return self.names[start : self.names.index(b"\n", start)].decode()


@cache
def _registered_name() -> Callable[[int], str | None]:
    """The function that names the owner of a block; the table is read once, 40,000 blocks in 1 MB."""
    package = find_spec("aiooui")  # does not import it
    if package is None or package.origin is None:
        message = "the package aiooui, which knows the makers of network cards, is not installed"
        raise NetanatomyError(message)
    file = Path(package.origin).with_name("oui.data")
    octets = file.read_bytes() if file.exists() else b""
    count = int.from_bytes(octets[4:8], "little")
    if not octets.startswith(OUI_MAGIC) or len(octets) < 8 + 8 * count or not octets.endswith(b"\n"):
        return _interface_of_aiooui()
    return _OuiTable(
        np.frombuffer(octets, "<u4", count, offset=8),
        np.frombuffer(octets, "<u4", count, offset=8 + 4 * count),
        octets[8 + 8 * count :],
    ).name


def _interface_of_aiooui() -> Callable[[int], str | None]:
    """The same by the package's own interface: slow to start, but right for any layout of its file."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    import aiooui

    with ThreadPoolExecutor(1) as thread:  # in this one an event loop may be running already
        try:
            thread.submit(asyncio.run, aiooui.async_load()).result()
        except RuntimeError as error:
            message = f"the package aiooui cannot read its own table: {error}"
            raise NetanatomyError(message) from error
    return lambda block: aiooui.get_vendor(f"{block:06X}")
