"""pcapng: blocks in sections, with any number of interfaces (draft-ietf-opsawg-pcapng).

Packet blocks go through the kernel; this file reads the blocks between them. Blocks that are
unknown are passed over and counted. What Wireshark calls damage is damage here too, but for
broken options and exotic clocks, which cost no frame.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import field

import numpy as np
from numpy.typing import NDArray

from netanatomy.capture.columns import MixedColumns, room_for
from netanatomy.capture.formats import Format, pcapng_blocks, pcapng_scan
from netanatomy.capture.ledger import Ledger
from netanatomy.capture.limits import maximum_frame_length
from netanatomy.capture.stream import OctetStream
from netanatomy.errors import CaptureError, MalformedError, NotACaptureError, TruncatedError
from netanatomy.schema.capture import FileInformation, InterfaceInformation
from netanatomy.schema.frames import FrameBatch
from netanatomy.schema.frozen import changeable

SECTION_HEADER = 0x0A0D0D0A

PACKET_HEADER_LENGTH = 28
"""Octets before the frame in an enhanced and in an obsolete packet block."""

BYTE_ORDER_MAGIC = 0x1A2B3C4D
"""Written in the byte order of the section (section 4.1)."""

VERSIONS = {(1, 0), (1, 2)}
"""Versions of a section that libpcap and Wireshark read; 1.2 means the same as 1.0."""

SECTION_HEADER_LENGTH = 28
"""Octets of the smallest section header block."""

LEAST_PACKET_BLOCK = 16
"""Octets of the smallest block with a packet, a simple one (draft-ietf-opsawg-pcapng section 4.4)."""

MAXIMUM_BLOCK_LENGTH = 32 + 128 * 1024 * 1024 + 131_072
"""Octets of a block: an enhanced packet block with the longest frame that is known and 128 KiB of
options, as in wiretap's pcapng.c (MAX_BLOCK_SIZE); a block that claims more is damage."""

MAXIMUM_INFORMATION_LENGTH = 16 * 1024 * 1024
"""Octets of a block that is no packet, up to which it is read and not passed over; bounds the
memory that one block of names or keys takes."""

WRONG = {
    pcapng_scan.BAD_LENGTH: "a block's length contradicts its content",
    pcapng_scan.LENGTHS_DIFFER: "the two lengths of a block differ",
    pcapng_scan.TOO_LONG: "a block claims a frame that is longer than any frame of its link type",
    pcapng_scan.NO_INTERFACE: "a packet is of an interface that was not described",
}
"""What the kernel's verdicts mean."""


@changeable
class _Section:
    """The section that is being read: `order` is `<` or `>`, `table` what the kernel knows."""

    order: str
    number: int
    interfaces: list[InterfaceInformation] = field(default_factory=list)
    table: NDArray[np.int64] = field(default_factory=lambda: np.zeros(pcapng_scan.TABLE_WIDTH, np.int64))

    def view(self) -> memoryview:
        """The rows of the table that are in use."""
        return self.table[: len(self.interfaces) * pcapng_scan.TABLE_WIDTH].data

    def add(self, interface: InterfaceInformation, clock: int, factor: int) -> None:
        """Give the next index of the section to an interface."""
        width = pcapng_scan.TABLE_WIDTH
        start = len(self.interfaces) * width
        if start == len(self.table):
            self.table = np.concatenate((self.table, np.zeros_like(self.table)))
        row = self.table[start : start + width]
        row[pcapng_scan.INTERFACE_NUMBER] = interface.number
        row[pcapng_scan.INTERFACE_LINK_TYPE] = interface.link_type
        row[pcapng_scan.INTERFACE_MAXIMUM] = maximum_frame_length(interface.link_type)
        row[pcapng_scan.INTERFACE_SNAP_LENGTH] = interface.snap_length
        row[pcapng_scan.INTERFACE_CLOCK] = clock
        row[pcapng_scan.INTERFACE_FACTOR] = factor
        limit = pcapng_blocks.MAXIMUM_TIME_OFFSET
        row[pcapng_scan.INTERFACE_SECONDS] = max(-limit, min(limit, interface.timestamp_offset))
        if clock == pcapng_scan.CLOCK_COARSE and not interface.timestamp_offset:
            row[pcapng_scan.INTERFACE_NANOSECONDS] = 1_000_000_000 // factor
        self.interfaces.append(interface)

    def note_losses(self) -> None:
        """Hand over the losses that packets have told of."""
        lost = self.table[pcapng_scan.INTERFACE_DROPPED :: pcapng_scan.TABLE_WIDTH]
        for interface, count in zip(self.interfaces, lost.tolist(), strict=False):
            interface.dropped_between = count


def recognises(head: bytes) -> bool:
    """Whether a file that begins so is pcapng."""
    if head[:4] != b"\x0a\x0d\x0d\x0a":
        return False
    return len(head) < 12 or _order(head[8:12]) is not None


def read(stream: OctetStream, ledger: Ledger, file: FileInformation) -> Iterator[FrameBatch]:
    """The frames of a pcapng file.

    Raises:
        NotACaptureError: the file ends within its first section header.
        CaptureError: the first section header cannot be read.
    """
    file.format = "pcapng"
    try:
        _demand(stream, 12)
        section = _section(stream, ledger, file)
    except TruncatedError as error:
        raise NotACaptureError(f"{file.name}: ends within the pcapng section header") from error
    except MalformedError as error:
        raise CaptureError(f"{file.name}: {error}") from error
    return _frames(stream, ledger, file, section)


class _Page:
    """The columns that are filled from one buffer.

    A block without packet between packets does not end it, so that batches stay large however the
    blocks alternate.
    """

    def __init__(self, stream: OctetStream, before: int) -> None:
        self.columns = MixedColumns(room_for(stream.end - stream.position, LEAST_PACKET_BLOCK, before))
        self.rows = 0
        self.comments: dict[int, str] = {}
        self._flagged = False
        self._commented = np.empty(self.columns.capacity, np.int64)

    def scan(self, stream: OctetStream, section: _Section, counters: NDArray[np.int64]) -> int:
        """Fill on from the position, and say why that ended."""
        columns = self.columns
        counters[:] = 0
        self.rows, stream.position, status = pcapng_scan.scan(
            stream.octets.data,
            stream.position,
            stream.end,
            section.order == ">",
            MAXIMUM_BLOCK_LENGTH,
            section.view(),
            self.rows,
            columns.time,
            columns.offset,
            columns.captured,
            columns.original,
            columns.link_type,
            columns.interface,
            columns.flags,
            self._commented.data,
            counters.data,
        )
        self._flagged |= bool(counters[pcapng_scan.COUNT_FLAGGED])
        for row in self._commented[: counters[pcapng_scan.COUNT_COMMENTED]].tolist():
            self.comments[row] = _comment(stream, section.order, columns.offset[row])
        return status

    def batch(self, stream: OctetStream) -> FrameBatch:
        """The frames so far; the page is not to be filled on."""
        return self.columns.mixed_batch(self.rows, stream, self.comments, flagged=self._flagged)


def _frames(
    stream: OctetStream, ledger: Ledger, file: FileInformation, section: _Section
) -> Iterator[FrameBatch]:
    counters = np.zeros(pcapng_scan.COUNTERS, np.int64)
    total = np.zeros(pcapng_scan.COUNTERS, np.int64)
    page = _Page(stream, 0)
    while True:
        status = page.scan(stream, section, counters)
        total += counters
        ledger.information.skipped_blocks += int(counters[pcapng_scan.COUNT_SKIPPED_BLOCKS])
        stays = status == pcapng_scan.OTHER_BLOCK and _is_in_buffer(stream, section.order)
        if page.rows and not stays:
            yield page.batch(stream)
        try:
            section = _onward(status, stream, ledger, file, section)
        except MalformedError as error:
            if page.rows and stays:
                yield page.batch(stream)
            ledger.damage("capture-damaged", error.reason, file, error.offset)
            break
        except TruncatedError:
            ledger.end(stream, file, "block")
            break
        if not stays:
            page = _Page(stream, page.rows)
    section.note_losses()
    if count := int(total[pcapng_scan.COUNT_BAD_OPTIONS]):
        ledger.note("capture-bad-options", f"the options of {count} frames overrun their block", file)
    if count := int(total[pcapng_scan.COUNT_BAD_TIMES]):
        ledger.note(
            "capture-time-out-of-range", f"{count} frames have a time before 1697 or after 2242", file
        )


def _onward(
    status: int, stream: OctetStream, ledger: Ledger, file: FileInformation, section: _Section
) -> _Section:
    """Do what the kernel could not; the section that goes on.

    Raises:
        MalformedError: the block at the position is damaged.
        TruncatedError: there is nothing more, be it rightly so or not.
    """
    if status in WRONG:
        raise MalformedError(WRONG[status], "pcapng", stream.offset)
    if status == pcapng_scan.OTHER_BLOCK:
        return _block(stream, ledger, file, section)
    if status == pcapng_scan.NEEDS_MORE and not stream.refill():
        raise TruncatedError("pcapng", stream.offset, 1, 0)
    return section


def _is_in_buffer(stream: OctetStream, order: str) -> bool:
    """Whether the block at the position, which is not for the kernel, can be read without refilling."""
    if _number(stream, stream.position, order) == SECTION_HEADER:
        magic = stream.octets[stream.position + 8 : stream.position + 12].tobytes()
        order = _order(magic) or order
    length = _number(stream, stream.position + 4, order) + 3 & ~3
    return length <= stream.end - stream.position or length > MAXIMUM_BLOCK_LENGTH


def _comment(stream: OctetStream, order: str, offset: int) -> str:
    """The comments of the packet block whose frame lies at `offset`, a line each."""
    start = offset - PACKET_HEADER_LENGTH
    length = _number(stream, start + 4, order)
    captured = _number(stream, start + 20, order)
    options = stream.octets[offset + (captured + 3 & ~3) : start + (length + 3 & ~3) - 4].tobytes()
    comments = (value for code, value in pcapng_blocks.options(options, order) if code == 1)
    return "\n".join(pcapng_blocks.text(each) for each in comments)


def _block(stream: OctetStream, ledger: Ledger, file: FileInformation, section: _Section) -> _Section:
    """Read the block at the position, which is not for the kernel; the section that goes on."""
    kind = _number(stream, stream.position, section.order)
    if kind == SECTION_HEADER:
        section.note_losses()
        return _section(stream, ledger, file)
    offset = stream.offset
    body = _body(stream, section.order, ledger)
    match kind:
        case pcapng_blocks.INTERFACE_DESCRIPTION:
            entry = InterfaceInformation(0, file.number, section.number, 0)
            if len(body) < 8:
                raise MalformedError("an interface description is too short", "pcapng", offset)
            clock, factor = pcapng_blocks.interface(body, section.order, entry, ledger)
            if ledger.interface(entry) is None:
                raise MalformedError("there are more interfaces than are kept apart", "pcapng", offset)
            section.add(entry, clock, factor)
        case pcapng_blocks.NAME_RESOLUTION:
            pcapng_blocks.names(body, section.order, ledger)
        case pcapng_blocks.INTERFACE_STATISTICS:
            pcapng_blocks.statistics(body, section.order, section.interfaces)
        case pcapng_blocks.DECRYPTION_SECRETS:
            pcapng_blocks.secrets(body, section.order, ledger)
        case pcapng_blocks.CUSTOM | pcapng_blocks.CUSTOM_NOT_TO_COPY:
            pcapng_blocks.custom(body, section.order, ledger)
        case _:
            ledger.information.skipped_blocks += 1
    return section


def _section(stream: OctetStream, ledger: Ledger, file: FileInformation) -> _Section:
    """Read the section header at the position; at least twelve octets are there."""
    offset = stream.offset
    order = _order(stream.octets[stream.position + 8 : stream.position + 12].tobytes())
    if order is None:
        raise MalformedError("a section header without byte-order magic", "pcapng", offset)
    body = _body(stream, order, ledger)
    if len(body) < SECTION_HEADER_LENGTH - 12:
        raise MalformedError("a section header is too short", "pcapng", offset)
    major, minor = struct.unpack_from(order + "HH", body, 4)
    if (major, minor) not in VERSIONS:
        raise MalformedError(f"version {major}.{minor} of the format is not known", "pcapng", offset)
    entry = ledger.section(file, "big" if order == ">" else "little")
    pcapng_blocks.section(body, order, entry, ledger)
    return _Section(order, entry.number)


def _body(stream: OctetStream, order: str, ledger: Ledger) -> bytes:
    """The body of the block at the position, of which at least twelve octets are there; moves on.

    Of a block that is longer than any information only the beginning is given.
    """
    offset = stream.offset
    length = _number(stream, stream.position + 4, order) + 3 & ~3
    if not 12 <= length <= MAXIMUM_BLOCK_LENGTH:
        raise MalformedError(f"a block claims {length} octets", "pcapng", offset)
    kept = min(length, MAXIMUM_INFORMATION_LENGTH)
    _demand(stream, kept)
    start = stream.position
    body = stream.octets[start + 8 : start + kept - 4].tobytes()
    if kept < length:
        ledger.omit("octets of large blocks", length - kept)
        stream.position += length - 4
        _demand(stream, 4)
        closing = stream.position
    else:
        closing = start + length - 4
    if _number(stream, closing, order) + 3 & ~3 != length:
        raise MalformedError(WRONG[pcapng_scan.LENGTHS_DIFFER], "pcapng", offset)
    stream.position = closing + 4
    return body


def _demand(stream: OctetStream, count: int) -> None:
    """Have `count` octets available at the position."""
    if not stream.available(count):
        raise TruncatedError("pcapng", stream.offset, count, max(0, stream.end - stream.position))


def _number(stream: OctetStream, at: int, order: str) -> int:
    """The 32-bit number at an index of the buffer."""
    return int.from_bytes(stream.octets[at : at + 4].tobytes(), "big" if order == ">" else "little")


def _order(magic: bytes) -> str | None:
    """`<` or `>` by the byte-order magic; None where it is none."""
    if magic == BYTE_ORDER_MAGIC.to_bytes(4, "little"):
        return "<"
    return ">" if magic == BYTE_ORDER_MAGIC.to_bytes(4, "big") else None


FORMAT = Format("pcapng", recognises, read)
