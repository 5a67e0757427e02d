"""From a proof to the octets it points at: the slow reading of the frame tells where the field lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

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
    if proof.offset is not None:
        return _at(proof, anatomy, proof.offset)
    if proof.column == PAYLOAD:
        return _payload(proof, anatomy)
    for header in anatomy.headers:
        if header.depth != proof.depth or header.quoted:
            continue
        for index, field in enumerate(header.fields):
            if field.column == proof.column:
                first, end = _place(header.fields, index)
                value = f"{field.shown} ({field.meaning})" if field.meaning else field.shown
                return Evidence(
                    frame=proof.frame,
                    depth=proof.depth,
                    layer=header.layer.value,
                    field=field.name,
                    value=value,
                    # Where a datagram was put together its octets have no one place in this frame.
                    offset=None if header.in_datagram else first,
                    length=end - first,
                    role=proof.role,
                )
    return Evidence(proof.frame, proof.depth, "", proof.column, proof.value, None, 0, proof.role)


def _place(fields: Sequence[Field], index: int) -> tuple[int, int]:
    """First octet of a field, and one past its last.

    What is only noted about a header lies where the bits lie that it was put together from, right before
    it (flags as one number), or else where a whole field before it has the same value (an address that
    several bits choose).
    """
    field = fields[index]
    if not field.note:
        return field.bit_offset // 8, (field.bit_offset + field.bit_length + 7) // 8
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
    value = value or anatomy.octets[offset : offset + min(proof.length, SHOWN_PAYLOAD)].hex(" ")
    return Evidence(proof.frame, proof.depth, layer, name, value, offset, proof.length, proof.role)


def _payload(proof: Proof, anatomy: Anatomy) -> Evidence:
    payload = anatomy.payload
    in_datagram = bool(anatomy.headers) and anatomy.headers[-1].in_datagram
    value = proof.value or payload[:SHOWN_PAYLOAD].hex(" ")
    offset = None if in_datagram else anatomy.payload_start
    return Evidence(proof.frame, proof.depth, "application", PAYLOAD, value, offset, len(payload), proof.role)
