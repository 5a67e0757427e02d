"""snoop: the capture format of Solaris (RFC 1761), and Shomiti Surveyor's variant of it.

Everything is big-endian. Shomiti numbered its link types differently and put a trailer into the
padding of each record; as Wireshark does, a file is taken for Shomiti's when the first record has
room for that trailer.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from netanatomy.capture.columns import Alike, Columns, room_for
from netanatomy.capture.formats import Format
from netanatomy.capture.formats.snoop_scan import FULL, WRONG, scan
from netanatomy.capture.ledger import Ledger
from netanatomy.capture.limits import MAXIMUM_FRAME_LENGTH
from netanatomy.capture.stream import OctetStream
from netanatomy.errors import CaptureError, NotACaptureError
from netanatomy.schema.capture import FileInformation, InterfaceInformation
from netanatomy.schema.frames import FrameBatch

MAGIC = b"snoop\0\0\0"
"""Identification pattern (RFC 1761, "File Header")."""

FILE_HEADER_LENGTH = 16
RECORD_HEADER_LENGTH = 24

VERSIONS = range(2, 6)
"""2 is RFC 1761's; Shomiti's hardware wrote 3 to 5."""

SHOMITI_TRAILER_LENGTH = 16
"""Octets of Shomiti's trailer: no snoop pads so much."""

LINK_TYPES = {
    0: 1,  # IEEE 802.3 → LINKTYPE_ETHERNET
    2: 6,  # IEEE 802.5 Token Ring → LINKTYPE_IEEE802_5
    4: 1,  # Ethernet
    8: 10,  # FDDI → LINKTYPE_FDDI
    9: 0,  # other, written for loopback → LINKTYPE_NULL
    14: 0,  # software loopback
    16: 122,  # Fibre Channel → LINKTYPE_IP_OVER_FC
    18: 123,  # ATM, classical IP → LINKTYPE_SUNATM
    26: 242,  # InfiniBand → LINKTYPE_IPOIB
    0x8000_0005: 226,  # Solaris' ipnet → LINKTYPE_IPNET
}
"""LINKTYPE_ numbers by snoop's data link types (RFC 1761; IANA registry "snoop Datalink Types")."""

SHOMITI_WIRELESS = 18

SHOMITI_LINK_TYPES = {
    0: 1,  # IEEE 802.3
    2: 6,  # IEEE 802.5
    4: 1,  # Ethernet
    8: 10,  # FDDI
    10: 1,  # Fast Ethernet
    11: 6,  # 4 Mbit/s Token Ring
    12: 1,  # Gigabit Ethernet
    13: 6,  # Shomiti's Token Ring
    14: 6,  # Shomiti's 4 Mbit/s Token Ring
    SHOMITI_WIRELESS: 105,  # IEEE 802.11 behind a radio header → LINKTYPE_IEEE802_11
    19: 1,  # 10 Gigabit Ethernet
}
"""LINKTYPE_ numbers by Shomiti's."""

SHOMITI_FCS_LENGTH = 4
"""Shomiti's frames end in their frame check sequence."""


def recognises(head: bytes) -> bool:
    """Whether a file that begins so is snoop."""
    return head.startswith(MAGIC)


def read(stream: OctetStream, ledger: Ledger, file: FileInformation) -> Iterator[FrameBatch]:
    """The frames of a snoop file.

    Raises:
        NotACaptureError: the file ends within its header.
        CaptureError: its version or its data link type is not known.
    """
    if not stream.available(FILE_HEADER_LENGTH):
        count = stream.end - stream.position
        raise NotACaptureError(
            f"{file.name}: ends within the snoop file header ({count} of {FILE_HEADER_LENGTH} octets)"
        )
    head = stream.octets[stream.position : stream.position + FILE_HEADER_LENGTH].tobytes()
    version, network = struct.unpack_from(">II", head, 8)
    stream.position += FILE_HEADER_LENGTH
    if version not in VERSIONS:
        raise CaptureError(f"{file.name}: snoop version {version} is not known")
    shomiti = _is_shomiti(stream)
    file.format = "snoop (Shomiti)" if shomiti else "snoop"
    link_type = (SHOMITI_LINK_TYPES if shomiti else LINK_TYPES).get(network)
    if link_type is None:
        raise CaptureError(f"{file.name}: {file.format} data link type {network} is not known")
    interface = ledger.interface(
        InterfaceInformation(
            number=0,
            file=file.number,
            section=ledger.section(file, "big").number,
            link_type=link_type,
            fcs_length=SHOMITI_FCS_LENGTH if shomiti else None,
        )
    )
    if interface is None:
        raise CaptureError(f"{file.name}: the capture has more interfaces than are kept apart")
    wireless = shomiti and network == SHOMITI_WIRELESS
    return _frames(stream, ledger, file, interface, wireless)


def _frames(
    stream: OctetStream,
    ledger: Ledger,
    file: FileInformation,
    interface: InterfaceInformation,
    wireless: bool,
) -> Iterator[FrameBatch]:
    alike = Alike(interface.link_type, interface.number)
    rows = 0
    while True:
        columns = Columns(room_for(stream.end - stream.position, RECORD_HEADER_LENGTH, rows))
        rows, stream.position, status, losses = scan(
            stream.octets.data,
            stream.position,
            stream.end,
            wireless,
            MAXIMUM_FRAME_LENGTH,
            columns.time,
            columns.offset,
            columns.captured,
            columns.original,
        )
        if rows:
            # Cumulative drops: the last record tells them all.
            interface.dropped = losses
            yield columns.batch(rows, stream, alike)
        if status == WRONG:
            reason = "the lengths of a record contradict each other or are beyond all frames"
            ledger.damage("capture-damaged", reason, file, stream.offset)
            return
        if status != FULL and not stream.refill():
            break
    ledger.end(stream, file, "record")


def _is_shomiti(stream: OctetStream) -> bool:
    """Whether the first record is padded by as much as Shomiti's trailer takes."""
    if not stream.available(RECORD_HEADER_LENGTH):
        return False
    header = stream.octets[stream.position : stream.position + RECORD_HEADER_LENGTH].tobytes()
    _, captured, record = struct.unpack_from(">III", header)
    return int(record) - RECORD_HEADER_LENGTH - int(captured) >= SHOMITI_TRAILER_LENGTH


FORMAT = Format("snoop", recognises, read)
