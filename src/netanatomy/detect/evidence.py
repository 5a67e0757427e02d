"""From a proof to the octets it points at: the slow reading of the frame tells where the field lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from netanatomy.detect.detector import PAYLOAD, Proof
from netanatomy.layers.anatomy import Anatomy
from netanatomy.layers.header import Field
from netanatomy.schema.findings import Evidence

SHOWN_PAYLOAD = 32
"""Octets of a payload that are shown as its value."""


def evidence(proofs: Iterable[Proof], anatomy: Anatomy) -> Iterator[Evidence]:
    """What the proofs about one frame point at.

    Args:
        proofs: all of the same frame.
        anatomy: the frame, taken apart.
    """
    for proof in proofs:
        yield _evidence(proof, anatomy)


def unlocated(proofs: Iterable[Proof]) -> Iterator[Evidence]:
    """The same where the frame cannot be read again, for example from standard input: without places."""
    for proof in proofs:
        yield Evidence(
            proof.frame, proof.depth, "", proof.column, proof.value, proof.offset, proof.length, proof.role
        )


def _evidence(proof: Proof, anatomy: Anatomy) -> Evidence:
    if proof.offset is not None and proof.length:
        return _at(proof, anatomy, proof.offset)
    if proof.column == PAYLOAD:
        return _payload(proof, anatomy)
    for header in anatomy.headers:
        if header.depth != proof.depth or header.quoted:
            continue
        for index, field in enumerate(header.fields):
            if field.column == proof.column:
                first, end = _place(header.fields, index)
                if first == end:
                    first, end = header.start, header.end  # what is said of the header as a whole
                value = f"{field.shown} ({field.meaning})" if field.meaning else field.shown
                return Evidence(
                    frame=proof.frame,
                    depth=proof.depth,
                    layer=header.layer.value,
                    field=field.name,
                    value=proof.value or value,
                    # Where a datagram was put together its octets have no one place in this frame.
                    offset=None if header.in_datagram else first,
                    length=end - first,
                    role=proof.role,
                )
    return _piece(proof, anatomy) or Evidence(
        proof.frame, proof.depth, "", proof.column, proof.value, None, 0, proof.role
    )


def _piece(proof: Proof, anatomy: Anatomy) -> Evidence | None:
    """The piece of a datagram that this frame has, where the field lies in another one of its pieces.

    What a datagram says is known when it is whole: that is the frame that the tables name.
    """
    last = anatomy.headers[-1] if anatomy.headers else None
    if last is None or last.in_datagram or last.depth != proof.depth or not anatomy.payload:
        return None
    if not any(field.column == "ip_fragment_offset" for field in last.fields):
        return None
    found = _payload(proof, anatomy)
    return replace(found, layer=last.layer.value, role=f"{proof.role}, the piece that completes it")


def _place(fields: Sequence[Field], index: int) -> tuple[int, int]:
    """First octet of a field, and one past its last.

    What is only noted about a header lies where the fields lie that it was put together from: those right
    before it that are named as parts of it (priority and address of a bridge) or are less than an octet
    (flags as one number), or else a whole field before it with the same value (an address that several
    bits choose). Where there is none of them, the place is empty.
    """
    field = fields[index]
    if not field.note:
        return field.bit_offset // 8, (field.bit_offset + field.bit_length + 7) // 8
    parts = _parts(fields[:index], field)
    if parts is not None:
        return parts
    first = end = field.bit_offset
    for other in reversed(fields[:index]):
        if not other.note:
            if other.bit_length >= 8 or other.bit_offset + other.bit_length != first:
                break
            first = other.bit_offset
    if first < end:
        return first // 8, (end + 7) // 8
    for other in reversed(fields[:index]):
        if not other.note and other.bit_length >= 8 and other.value == field.value:
            return other.bit_offset // 8, (other.bit_offset + other.bit_length + 7) // 8
    return first // 8, first // 8


def _parts(before: Sequence[Field], whole: Field) -> tuple[int, int] | None:
    """Where the fields lie that begin with a noted field's name and have its value together, if there are."""
    name = whole.name.rpartition(" ")[0]
    first = end = 0
    value = 0
    for other in reversed([field for field in before if not field.note]):
        number = int.from_bytes(other.value, "big") if isinstance(other.value, bytes) else other.value
        beside = not end or other.bit_offset + other.bit_length == first
        if not name or not other.name.startswith(f"{name} ") or not beside or isinstance(number, str):
            break
        end = end or other.bit_offset + other.bit_length
        value |= number << (end - other.bit_offset - other.bit_length)
        first = other.bit_offset
    return (first // 8, (end + 7) // 8) if end and value == whole.value else None


def _at(proof: Proof, anatomy: Anatomy, offset: int) -> Evidence:
    """The place is known: find the header that it lies in."""
    layer, name, value = "application" if proof.column == PAYLOAD else "", proof.column, proof.value
    for header in anatomy.headers:
        if header.start <= offset < header.end and not header.in_datagram:
            layer = header.layer.value
            begin, end = 8 * offset, 8 * (offset + proof.length)
            for field in header.fields:
                # The octets but for a few bits on either side, which may be another field's.
                fills = not field.note and field.bit_length >= 8 and begin <= field.bit_offset < begin + 8
                if fills and end - 8 < field.bit_offset + field.bit_length <= end:
                    name, value = field.name, value or field.shown
                    break
                if proof.column and field.column == proof.column:
                    name, value = field.name, value or field.shown
                    break
    if anatomy.payload_start <= offset < anatomy.payload_end and not layer:
        layer = "application"
    value = value or anatomy.octets[offset : offset + min(proof.length, SHOWN_PAYLOAD)].hex(" ")
    return Evidence(proof.frame, proof.depth, layer, name, value, offset, proof.length, proof.role)


def _payload(proof: Proof, anatomy: Anatomy) -> Evidence:
    payload = anatomy.payload
    in_datagram = bool(anatomy.headers) and anatomy.headers[-1].in_datagram
    value = proof.value or payload[:SHOWN_PAYLOAD].hex(" ")
    offset = None if in_datagram else anatomy.payload_start
    return Evidence(proof.frame, proof.depth, "application", PAYLOAD, value, offset, len(payload), proof.role)
