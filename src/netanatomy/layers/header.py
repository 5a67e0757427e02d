"""Reading a header field by field: slowly, literally, and with every bit accounted for.

The kernels in `decode/` read the same headers fast, into columns. This reader is what `show`
draws, and the plain reading that the kernels are compared with: a field that names a `column`
must hold what that column holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple, TypeAlias

from netanatomy.errors import MalformedError, TruncatedError
from netanatomy.schema.frozen import frozen

Value: TypeAlias = int | bytes | str
Meaning: TypeAlias = Mapping[int, str] | Callable[[int], str] | str


@frozen
class Field:
    """One field of one header.

    Attributes:
        name: what the defining document calls it.
        value: the number, the octets, or the text that the field holds.
        shown: the value as a person writes it.
        meaning: what that value means; empty where there is nothing to add.
        bit_offset: first bit, counted from the beginning of the buffer.
        bit_length: length in bits.
        column: the column of the packet table that holds the same value, or empty.
        note: True for what is said about the header (a checksum's verdict) but occupies no bits.
    """

    name: str
    value: Value
    shown: str
    meaning: str
    bit_offset: int
    bit_length: int
    column: str = ""
    note: bool = False


@frozen
class Part:
    """A run of bits inside a little-endian number: its name, its width, what its values mean."""

    name: str
    bits: int
    meaning: Meaning = ""
    column: str = ""


class PseudoHeader(NamedTuple):
    """What checksums of the transport layer cover besides the segment (RFC 9293 §3.1, RFC 8200 §8.1).

    Attributes:
        source: source address, 4 or 16 octets.
        destination: the final destination's address, likewise.
        protocol: number of the protocol that the checksum belongs to.
        length: octets of the payload by the IP header's own word; where a capture was cut short,
            more than the buffer holds.
    """

    source: bytes
    destination: bytes
    protocol: int
    length: int


class HeaderReader:
    """Takes fields off the front of `octets[start:end]`, from the most significant bit on.

    Args:
        octets: the buffer, usually a whole frame.
        start: first octet of the header.
        end: end of what the enclosing header grants (never beyond the buffer).
        name: the protocol, for errors.
        pseudo_header: addresses, protocol number and length, where the layer below gave them.
        preceding: names of the headers read before this one, at the same depth.

    >>> reader = HeaderReader(bytes.fromhex("4500001c"), 0, 4, "ipv4")
    >>> reader.unsigned("Version", 4), reader.unsigned("IHL", 4)
    (4, 5)
    >>> reader.fields[0].shown
    '4'
    """

    def __init__(
        self,
        octets: bytes,
        start: int,
        end: int,
        name: str,
        pseudo_header: PseudoHeader | None = None,
        preceding: tuple[str, ...] = (),
    ) -> None:
        self.octets = octets
        self.start = start
        self.end = min(end, len(octets))
        self.name = name
        self.pseudo_header = pseudo_header
        self.preceding = preceding
        self.fields: list[Field] = []
        self._bit = start * 8

    @property
    def position(self) -> int:
        """The octet that comes next (rounded down inside an octet)."""
        return self._bit // 8

    @property
    def remaining(self) -> int:
        """Whole octets left."""
        return max(0, self.end - self.position)

    def need(self, octets: int) -> None:
        """Refuse to go on unless that many octets are left."""
        if self.remaining < octets:
            raise TruncatedError(self.name, self.position, octets, self.remaining)

    def malformed(self, reason: str, offset: int | None = None) -> MalformedError:
        """The error to raise where the octets contradict the protocol."""
        return MalformedError(reason, self.name, self.position if offset is None else offset)

    def peek(self, offset: int, octets: int) -> int:
        """An unsigned number that begins `offset` octets after the next one, without taking it."""
        at = self.position + offset
        if at + octets > self.end:
            raise TruncatedError(self.name, at, octets, max(0, self.end - at))
        return int.from_bytes(self.octets[at : at + octets], "big")

    def unsigned(
        self, name: str, bits: int, meaning: Meaning = "", *, column: str = "", hexadecimal: bool = False
    ) -> int:
        """Take an unsigned big-endian number of `bits` bits."""
        first, last = self._bit, self._bit + bits
        if (last + 7) // 8 > self.end:
            raise TruncatedError(self.name, self.position, (last + 7) // 8 - first // 8, self.remaining)
        window = int.from_bytes(self.octets[first // 8 : (last + 7) // 8], "big")
        value = (window >> (-last % 8)) & ((1 << bits) - 1)
        shown = f"0x{value:0{(bits + 3) // 4}x}" if hexadecimal else str(value)
        self._append(name, value, shown, _told(meaning, value), bits, column)
        return value

    def little_endian(self, name: str, octets: int, meaning: Meaning = "", *, column: str = "") -> int:
        """Take an unsigned little-endian number of whole octets."""
        self.need(octets)
        value = int.from_bytes(self.octets[self.position : self.position + octets], "little")
        self._append(name, value, str(value), _told(meaning, value), octets * 8, column)
        return value

    def little_endian_parts(self, octets: int, *parts: Part) -> tuple[int, ...]:
        """Take a little-endian number that is cut into parts, the least significant part first.

        A part that crosses an octet is shown on all the octets that it touches.

        >>> reader = HeaderReader(bytes.fromhex("2301"), 0, 2, "ieee80211")
        >>> reader.little_endian_parts(2, Part("Fragment Number", 4), Part("Sequence Number", 12))
        (3, 18)
        """
        self.need(octets)
        whole = int.from_bytes(self.octets[self.position : self.position + octets], "little")
        values = []
        shift = 0
        for part in parts:
            value = (whole >> shift) & ((1 << part.bits) - 1)
            first, last = shift // 8, (shift + part.bits - 1) // 8
            begin, length = self._bit + first * 8, (last - first + 1) * 8
            if first == last:
                begin, length = begin + 8 - shift % 8 - part.bits, part.bits
            told = _told(part.meaning, value)
            self.fields.append(Field(part.name, value, str(value), told, begin, length, part.column))
            values.append(value)
            shift += part.bits
        self._bit += octets * 8
        return tuple(values)

    def signed(self, name: str, bits: int, meaning: str = "", *, column: str = "") -> int:
        """Take a big-endian number in two's complement."""
        value = self.unsigned(name, bits)
        taken = self.fields.pop()
        value -= (value >> (bits - 1)) << bits
        self.fields.append(
            Field(name, value, str(value), meaning, taken.bit_offset, taken.bit_length, column)
        )
        return value

    def raw(self, name: str, octets: int, meaning: str = "", *, column: str = "") -> bytes:
        """Take octets as they are."""
        value = self._take(octets)
        self._append(name, value, value.hex(" "), meaning, octets * 8, column)
        return value

    def mac(self, name: str, meaning: str = "", *, column: str = "") -> bytes:
        """Take an EUI-48 address."""
        value = self._take(6)
        self._append(name, value, value.hex(":"), meaning, 48, column)
        return value

    def ipv4(self, name: str, meaning: str = "", *, column: str = "") -> bytes:
        """Take an IPv4 address."""
        value = self._take(4)
        self._append(name, value, str(IPv4Address(value)), meaning, 32, column)
        return value

    def ipv6(self, name: str, meaning: str = "", *, column: str = "") -> bytes:
        """Take an IPv6 address."""
        value = self._take(16)
        self._append(name, value, str(IPv6Address(value)), meaning, 128, column)
        return value

    def utf8(self, name: str, octets: int, meaning: str = "") -> str:
        """Take text; an octet that is no UTF-8 becomes a backslash, x and its hexadecimal digits."""
        return self.text(name, octets, lambda taken: taken.decode("utf-8", "backslashreplace"), meaning)

    def note(self, name: str, value: Value, meaning: str = "", *, column: str = "", shown: str = "") -> None:
        """Say something about the header that occupies no bits of its own."""
        self.fields.append(Field(name, value, shown or str(value), meaning, self._bit, 0, column, note=True))

    def skip_to(self, octet: int) -> None:
        """Go on at a later octet; what lies between stays unnamed."""
        if octet < self.position or octet > self.end:
            raise self.malformed(f"refers to octet {octet}")
        self._bit = octet * 8

    def text(
        self, name: str, octets: int, decode: Callable[[bytes], str], meaning: str = "", *, column: str = ""
    ) -> str:
        """Take octets that say something in words; `decode` may not raise."""
        value = decode(self._take(octets))
        self._append(name, value, value, meaning, octets * 8, column)
        return value

    def finish_octet(self, name: str) -> None:
        """Take the bits that are left of an octet, where one was taken in part."""
        if self._bit % 8:
            self.unsigned(name, -self._bit % 8)

    def rest(self, name: str, meaning: str = "") -> bytes:
        """Take all that is left as it is; no field where nothing is left."""
        return self.raw(name, self.remaining, meaning) if self.remaining else b""

    @contextmanager
    def restrict_to(self, octets: int, rest: str = "Data") -> Iterator[None]:
        """Grant what is read inside the block only that many octets, and use them up exactly.

        What the block leaves is taken as one field called `rest`; a block that wants more than
        it was granted contradicts the length that granted it (MalformedError).
        """
        self.need(octets)
        enclosing, self.end = self.end, self.position + octets
        try:
            yield
            self.rest(rest)
        except TruncatedError as error:
            raise MalformedError(
                f"{octets} octets are too few for what they hold", self.name, error.offset
            ) from error
        finally:
            self.end = enclosing

    @contextmanager
    def elsewhere(self, octet: int) -> Iterator[None]:
        """Read inside the block at a later octet, then come back to this one."""
        bit = self._bit
        self.skip_to(octet)
        try:
            yield
        finally:
            self._bit = bit

    def _take(self, octets: int) -> bytes:
        self.need(octets)
        return self.octets[self.position : self.position + octets]

    def _append(self, name: str, value: Value, shown: str, meaning: str, bits: int, column: str) -> None:
        self.fields.append(Field(name, value, shown, meaning, self._bit, bits, column))
        self._bit += bits


def _told(meaning: Meaning, value: int) -> str:
    if isinstance(meaning, str):
        return meaning
    if isinstance(meaning, Mapping):
        return meaning.get(value, "")
    return meaning(value)


def transport_checksum_status(
    reader: HeaderReader, sent: int, length: int | None = None, covered: int | None = None
) -> str:
    """The verdict on the checksum of the segment that begins where the reader began.

    Args:
        reader: stands anywhere in the segment's header, and has a pseudo-header.
        sent: the checksum as the header has it.
        length: of the segment in octets by its own word; None where the IP header alone tells.
        covered: octets of the segment under the checksum; None for all.

    Returns:
        good, bad, partial (only the pseudo-header is summed: the sender's network card was to do
        the rest), or unverified where octets are missing. Of a packet that its IP header calls
        longer than it is, a right checksum is right nevertheless, and a wrong one says nothing.
    """
    pseudo_header = reader.pseudo_header
    if pseudo_header is None:
        return "unverified"
    source, destination, protocol, whole = pseudo_header
    available = reader.end - reader.start
    if length is None:
        length = min(whole, available)
    covered = length if covered is None else covered
    if covered > available:
        return "unverified"
    # Four octets of length for both versions: in IPv4 the upper two are zero but for offloaded giants.
    prefix = source + destination + bytes((0, protocol)) + length.to_bytes(4, "big")
    if internet_checksum(prefix + reader.octets[reader.start : reader.start + covered]) == 0:
        return "good"
    if whole > available:
        return "unverified"
    return "partial" if sent == internet_checksum(prefix) ^ 0xFFFF else "bad"


def internet_checksum(octets: bytes) -> int:
    """The ones' complement checksum of RFC 1071; zero over octets that hold a right one.

    >>> hex(internet_checksum(bytes.fromhex("0001f203f4f5f6f7")))
    '0x220d'
    """
    if len(octets) % 2:
        octets += b"\0"
    total = sum(int.from_bytes(octets[at : at + 2], "big") for at in range(0, len(octets), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
