"""pcap: the file format of libpcap, and the variants of it that Wireshark reads too.

A file header of 24 octets (magic number, version, snap length, link type), then records: a header
of 16 octets (seconds, microseconds or nanoseconds, captured and original length) and the frame.
See draft-ietf-opsawg-pcap. Some writers kept the magic number and changed the record header; which
of them wrote a file is found as Wireshark does it: read the first records in each way and take
the way in which the fewest things look wrong.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from netanatomy.capture.columns import Alike, Columns, room_for
from netanatomy.capture.formats import Format
from netanatomy.capture.formats.pcap_scan import FULL, TOO_LONG, scan
from netanatomy.capture.ledger import Ledger
from netanatomy.capture.limits import maximum_frame_length
from netanatomy.capture.stream import OctetStream
from netanatomy.errors import CaptureError, NotACaptureError
from netanatomy.layers.link.link_types import linktype_of
from netanatomy.schema.capture import FileInformation, InterfaceInformation
from netanatomy.schema.frames import FrameBatch
from netanatomy.schema.frozen import frozen

FILE_HEADER_LENGTH = 24
"""Octets of the file header (draft-ietf-opsawg-pcap section 4)."""

RECORDS_TO_TRY = 3
"""Records by which the variant is guessed (wiretap's libpcap.c, MAX_RECORDS_TO_TRY)."""

PLAUSIBLE_ORIGINAL_LENGTH = 128 * 1024 * 1024
"""Octets beyond which an original length looks wrong (as above)."""

PLAUSIBLE_INTERFACE_INDEX = 10_000
"""Linux interface index beyond which one looks wrong (as above)."""


@frozen
class Variant:
    """One way to lay out a record.

    Attributes:
        name: as the information about a capture shows it.
        nanoseconds: nanoseconds in a unit of the time stamp's fraction.
        record_header: octets of the record header.
        file_trailer: octets behind the file header that are skipped.
    """

    name: str
    nanoseconds: int
    record_header: int = 16
    file_trailer: int = 0


STANDARD = Variant("pcap", 1000)
NANOSECOND = Variant("pcap (nanoseconds)", 1)
# AIX writes nanoseconds under the standard magic number.
AIX = Variant("pcap (AIX)", 1)
# Record headers with interface index, protocol and packet type, from Linux patches of 1999.
SS990417 = Variant("pcap (modified 1999-04-17)", 1000, 24)
SS990915 = Variant("pcap (modified 1999-09-15)", 1000, 28)
SS991029 = Variant("pcap (modified 1999-10-29)", 1000, 24)
NOKIA = Variant("pcap (Nokia)", 1000, 20)
# IXIA's hardware and software captures: the total size of the records follows the file header.
IXIA_NANOSECOND = Variant("pcap (IXIA, nanoseconds)", 1, file_trailer=4)
IXIA_MICROSECOND = Variant("pcap (IXIA)", 1000, file_trailer=4)

MAGIC_NUMBERS: dict[int, tuple[Variant, ...]] = {
    0xA1B2C3D4: (STANDARD, SS990417, NOKIA),
    0xA1B23C4D: (NANOSECOND,),
    0xA1B2CD34: (SS991029, SS990915),
    0x1C0001AC: (IXIA_NANOSECOND,),
    0x1C0001AB: (IXIA_MICROSECOND,),
}
"""What a magic number may announce, the likeliest first."""

PACKET_OUTGOING = 4
"""The highest packet type that Linux knew when the modified variants were written."""

AIX_LINK_TYPES = {6: 1, 9: 6, 15: 10, 24: 0}
"""AIX writes IANA ifType numbers: Ethernet, Token Ring, FDDI and loopback, as LINKTYPE_ numbers."""

AIX_FDDI_PADDING = 3
"""Octets that AIX puts before an FDDI frame, and counts."""

NOKIA_ATM = 13
"""The link type under which Nokia's IPSO writes ATM frames, with the header of LINKTYPE_SUNATM."""

LINKTYPE_FDDI = 10
LINKTYPE_SUNATM = 123

VERSIONS = {(2, 0), (2, 1), (2, 2), (2, 3), (2, 4), (543, 0)}
"""Versions that libpcap reads; the last is DG/UX's."""

RESERVED = 0x03FF_0000
"""Bits of the link type field that must be zero: libpcap and Wireshark refuse the file if not."""

FCS_LENGTH_PRESENT = 0x0400_0000
"""Set in the link type field when its highest four bits tell the FCS length, in units of two
octets (draft-ietf-opsawg-pcap section 4)."""


def recognises(head: bytes) -> bool:
    """Whether a file that begins so is pcap."""
    magic = head[:4]
    return len(magic) == 4 and (
        int.from_bytes(magic, "little") in MAGIC_NUMBERS or int.from_bytes(magic, "big") in MAGIC_NUMBERS
    )


def read(stream: OctetStream, ledger: Ledger, file: FileInformation) -> Iterator[FrameBatch]:
    """The frames of a pcap file.

    Raises:
        NotACaptureError: the file ends within its header.
        CaptureError: its version is not known, or its link type field says what nobody knows.
    """
    whole = stream.available(FILE_HEADER_LENGTH)
    head = stream.octets[stream.position : stream.end][:FILE_HEADER_LENGTH].tobytes()
    if not whole:
        raise NotACaptureError(
            f"{file.name}: ends within the pcap file header ({len(head)} of {FILE_HEADER_LENGTH} octets)"
        )
    big_endian = int.from_bytes(head[:4], "big") in MAGIC_NUMBERS
    # Magic number, version, two reserved fields, snap length, link type.
    magic, major, minor, _, _, snap_length, network = struct.unpack(
        ">IHHIIII" if big_endian else "<IHHIIII", head
    )
    if (major, minor) not in VERSIONS:
        raise CaptureError(f"{file.name}: pcap version {major}.{minor} is not known")
    if network & RESERVED:
        raise CaptureError(f"{file.name}: the reserved bits of the pcap link type are set ({network:#010x})")
    link_type = linktype_of(network & 0xFFFF)
    variants = MAGIC_NUMBERS[magic]
    padding = 0
    stream.position += FILE_HEADER_LENGTH + variants[0].file_trailer
    if magic == 0xA1B2C3D4 and (major, minor) == (2, 2) and network in AIX_LINK_TYPES:
        variants = (AIX,)
        link_type = AIX_LINK_TYPES[network]
        padding = AIX_FDDI_PADDING if link_type == LINKTYPE_FDDI else 0
    elif (major == 2 and minor <= 3) or major == 543:
        # So old that no variant under the same magic number had been made yet.
        variants = variants[:1]
    variant = _likeliest(variants, stream, big_endian, maximum_frame_length(link_type), snap_length)
    if variant is NOKIA and network == NOKIA_ATM:
        link_type = LINKTYPE_SUNATM
    file.format = variant.name
    section = ledger.section(file, "big" if big_endian else "little")
    interface = ledger.interface(
        InterfaceInformation(
            number=0,
            file=file.number,
            section=section.number,
            link_type=link_type,
            snap_length=snap_length,
            timestamp_units=1_000_000_000 // variant.nanoseconds,
            fcs_length=2 * (network >> 28) if network & FCS_LENGTH_PRESENT else None,
        )
    )
    if interface is None:
        raise CaptureError(f"{file.name}: the capture has more interfaces than are kept apart")
    layout = _Layout(variant, big_endian, padding, _swapped_lengths(major, minor))
    return _frames(stream, ledger, file, interface, layout)


@frozen
class _Layout:
    """What the kernel must know about records."""

    variant: Variant
    big_endian: bool
    padding: int
    swapped_lengths: int


def _frames(
    stream: OctetStream,
    ledger: Ledger,
    file: FileInformation,
    interface: InterfaceInformation,
    layout: _Layout,
) -> Iterator[FrameBatch]:
    header = layout.variant.record_header
    maximum = maximum_frame_length(interface.link_type)
    alike = Alike(interface.link_type, interface.number)
    rows = 0
    while True:
        columns = Columns(room_for(stream.end - stream.position, header, rows))
        rows, stream.position, status = scan(
            stream.octets.data,
            stream.position,
            stream.end,
            layout.big_endian,
            header,
            layout.padding,
            layout.variant.nanoseconds,
            layout.swapped_lengths,
            maximum,
            columns.time,
            columns.offset,
            columns.captured,
            columns.original,
        )
        if rows:
            yield columns.batch(rows, stream, alike)
        if status == TOO_LONG:
            reason = f"a record claims a frame that is no frame of this link type (at most {maximum} octets)"
            ledger.damage("capture-damaged", reason, file, stream.offset)
            return
        if status != FULL and not stream.refill():
            break
    ledger.end(stream, file, "record")


def _likeliest(
    variants: tuple[Variant, ...], stream: OctetStream, big_endian: bool, maximum: int, snap_length: int
) -> Variant:
    """The variant in which the first records look least wrong; the first of equals."""
    if len(variants) == 1:
        return variants[0]
    # Records that have not come yet (a live pipe) speak for no variant; those that end do.
    while stream.end - stream.position < 16 and stream.refill():
        pass
    ahead = stream.octets[stream.position : stream.end][: RECORDS_TO_TRY * (maximum + 28)].tobytes()
    faults = [_faults(each, ahead, big_endian, maximum, snap_length, stream.ended) for each in variants]
    return variants[faults.index(min(faults))]


def _faults(
    variant: Variant, ahead: bytes, big_endian: bool, maximum: int, snap_length: int, ended: bool
) -> int:
    """How many things look wrong in the first records when read as `variant`."""
    faults = 0
    at = 0
    order = ">" if big_endian else "<"
    for _ in range(RECORDS_TO_TRY):
        if at == len(ahead):
            break
        if at + 16 > len(ahead):
            return faults + int(ended)
        fraction: int
        captured: int
        original: int
        _, fraction, captured, original = struct.unpack_from(order + "IIII", ahead, at)
        faults += fraction >= 1_000_000
        faults += captured > maximum
        faults += captured > snap_length
        faults += original > PLAUSIBLE_ORIGINAL_LENGTH
        faults += captured > original
        if at + variant.record_header > len(ahead):
            return faults + int(ended)
        if variant is NOKIA:
            faults += not _plausible_nokia(int.from_bytes(ahead[at + 16 : at + 20], "little"))
        elif variant.record_header > 16:
            index: int
            protocol: int
            packet_type: int
            index, protocol, packet_type = struct.unpack_from(order + "IHB", ahead, at + 16)
            faults += index > PLAUSIBLE_INTERFACE_INDEX
            faults += not _plausible_protocol(protocol)
            faults += packet_type > PACKET_OUTGOING
        if captured > maximum:
            break
        at += variant.record_header + captured
        if at > len(ahead):
            return faults + int(ended)
    return faults


def _plausible_protocol(protocol: int) -> bool:
    """Whether it is an EtherType or one of Linux's own numbers for frames without one."""
    return protocol >= 0x0600 or protocol in {0x0060, 0x0200, 0x0400} or protocol <= 0x0017


def _plausible_nokia(number: int) -> bool:
    """Whether a record header's last four octets are such as were seen from Nokia's IPSO."""
    return (
        number & 0x0FFF_00F0 == 0x0FBF_0000
        and number >> 28 in {0x9, 0xB}
        and number >> 12 & 0xF in {0xB, 0xD}
        and number >> 8 & 0xF in {0x6, 0x9}
        and number & 0xF in {1, 2}
    )


def _swapped_lengths(major: int, minor: int) -> int:
    """Whether original length comes before captured length: 0 never, 1 where it must, 2 always.

    Version 2.3 turned them around, but some wrote 2.3 and did not; DG/UX wrote 543.0 and did not.
    """
    if major == 543 or (major == 2 and minor < 3):
        return 2
    return int(major == 2 and minor == 3)


FORMAT = Format("pcap", recognises, read)
