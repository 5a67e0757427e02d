"""Which rows of the packet table selectors mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from netanatomy.errors import UsageError
from netanatomy.schema.match import Match, Operator, Selector, Value
from netanatomy.schema.packets import packet_schema
from netanatomy.tables.rows import Mask, Rows

Octets: TypeAlias = NDArray[np.uint8]

V4_MAPPED = bytes(10) + b"\xff\xff"  # RFC 4291 section 2.5.5.2
V4_BITS = 96  # of the prefix of an IPv4 network, in front of it
MAC_OCTETS = 6


def selected_columns(selectors: Iterable[Selector]) -> tuple[str, ...]:
    """The columns of the packet table that selectors look at.

    Raises:
        UsageError: one of them does not exist.
    """
    names = dict.fromkeys(match.column for selector in selectors for match in selector.matches)
    for name in names:
        if packet_schema().get_field_index(name) < 0:
            raise UsageError(f"the packet table has no column {name}")
    return tuple(names)


def selected(rows: Rows, selectors: Sequence[Selector]) -> Mask:
    """(count,) rows for which any of the selectors holds.

    >>> from netanatomy.schema.match import where
    >>> rows = Rows(pa.record_batch({"destination_port": pa.array([53, 80, None], pa.uint16())}))
    >>> selected(rows, [Selector(where(destination_port=[80, 443]))])
    array([False,  True, False])
    """
    known: dict[Match, Mask] = {}
    found = np.zeros(rows.count, np.bool_)
    for selector in selectors:
        found |= _all(rows, selector.matches, known)
    return found


def _all(rows: Rows, matches: Sequence[Match], known: dict[Match, Mask]) -> Mask:
    """Rows for which every condition holds; conditions that several selectors share are worked out once."""
    found = np.ones(rows.count, np.bool_)
    for match in matches:
        mask = known.get(match)
        if mask is None:
            mask = known[match] = _holds(rows, match)
        found &= mask
        if not found.any():
            break
    return found


def _holds(rows: Rows, match: Match) -> Mask:
    if not rows.has(match.column):
        return np.zeros(rows.count, np.bool_)
    kind = rows.array(match.column).type
    if pa.types.is_dictionary(kind):
        return _names(rows, match)
    if pa.types.is_boolean(kind):
        every = np.arange(rows.count)
        truths = rows.truths(match.column, every)
        wanted = bool(match.value) is (match.operator is Operator.EQUAL)
        return (truths if wanted else ~truths) & rows.valid(match.column)
    if pa.types.is_fixed_size_binary(kind):
        mask = _addresses(rows.octets(match.column), match)
    else:
        mask = _numbers(rows, match)
    return mask & rows.valid(match.column) if rows.array(match.column).null_count else mask


def _numbers(rows: Rows, match: Match) -> Mask:
    numbers, value = rows.numbers(match.column), match.value
    found: Mask
    match match.operator:
        case Operator.EQUAL:
            found = numbers == _number(value)
        case Operator.NOT_EQUAL:
            found = numbers != _number(value)
        case Operator.AT_LEAST:
            found = numbers >= _number(value)
        case Operator.AT_MOST:
            found = numbers <= _number(value)
        case Operator.IN:
            found = np.isin(numbers, np.array([_number(one) for one in _several(value)]))
        case Operator.BITS:
            mask, bits = (_number(one) for one in _several(value))
            found = (numbers.astype(np.int64) & mask) == bits
        case _:
            raise UsageError(f"{match.column} is a number: it cannot be compared by {match.operator.value}")
    return found


def _names(rows: Rows, match: Match) -> Mask:
    texts = tuple(str(one) for one in _several(match.value))
    found = np.zeros(rows.count, np.bool_)
    found[rows.rows_named(match.column, *texts)] = True
    if match.operator in (Operator.EQUAL, Operator.IN):
        return found
    if match.operator is Operator.NOT_EQUAL:
        return ~found & rows.valid(match.column)
    raise UsageError(f"{match.column} is a name: it cannot be compared by {match.operator.value}")


def _addresses(octets: Octets, match: Match) -> Mask:
    texts = tuple(str(one) for one in _several(match.value))
    width = octets.shape[1]
    match match.operator:
        case Operator.EQUAL | Operator.IN:
            return _is_one_of(octets, texts)
        case Operator.NOT_EQUAL:
            return ~_is_one_of(octets, texts)
        case Operator.NETWORK | Operator.NOT_NETWORK if width > MAC_OCTETS:
            inside = np.zeros(len(octets), np.bool_)
            for text in texts:
                network, mask = _network(text)
                inside |= ((octets & mask) == network).all(axis=1)
            return inside if match.operator is Operator.NETWORK else ~inside
        case _:
            raise UsageError(f"{match.column} is an address: it cannot be compared by {match.operator.value}")


def _is_one_of(octets: Octets, texts: tuple[str, ...]) -> Mask:
    found: Mask
    if len(texts) == 1:
        found = (octets == np.frombuffer(_address(texts[0]), np.uint8)).all(axis=1)
        return found
    width = octets.shape[1]
    # NumPy's byte strings are compared without their trailing zeros: of one width that makes no difference.
    wanted = np.frombuffer(b"".join(_address(text) for text in texts), f"S{width}")
    found = np.isin(np.ascontiguousarray(octets).view(f"S{width}").reshape(-1), wanted)
    return found


@lru_cache(4_096)
def _address(text: str) -> bytes:
    """An address as it stands in a table."""
    try:
        if text.count(":") == MAC_OCTETS - 1 and all(len(part) == 2 for part in text.split(":")):
            return bytes.fromhex(text.replace(":", ""))
        packed = ip_address(text).packed
    except ValueError:
        raise UsageError(f"{text!r} is no address") from None
    return packed if len(packed) == 16 else V4_MAPPED + packed


@lru_cache(4_096)
def _network(text: str) -> tuple[Octets, Octets]:
    """A network as it stands in a table, and its mask."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise UsageError(f"{text!r} is no network") from None
    bits = network.prefixlen + (V4_BITS if network.version == 4 else 0)
    mask = ((1 << bits) - 1) << (128 - bits)
    start = _address(str(network.network_address))
    return np.frombuffer(start, np.uint8), np.frombuffer(mask.to_bytes(16, "big"), np.uint8)


def _several(value: Value) -> tuple[int, ...] | tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else (int(value),)


def _number(value: Value | str) -> int:
    if not isinstance(value, int):
        raise UsageError(f"{value!r} is no number")
    return value
