"""Which rows of the packet table selectors mean.

Findings and rules come by the hundred, and each is asked of every batch. So a condition on an address, the
narrowest as a rule, comes first, and what comes after it looks only at the rows that are left.
"""

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
from netanatomy.tables.rows import NONE, Mask, Numbers, Places, Rows, Words, words_of

V4_MAPPED = bytes(10) + b"\xff\xff"  # RFC 4291 section 2.5.5.2
V4_BITS = 96  # of the prefix of an IPv4 network, in front of it
MAC_OCTETS = 6
TIME = "time"

FEW_VALUES = 8
"""Addresses up to which each is compared with every row."""

HASH_BITS = 16
"""Of the hash by which rows are told that can have none of many addresses: 64 KiB, which lie in a cache."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio (Knuth, volume 3, section 6.4)
_NOT = (Operator.NOT_EQUAL, Operator.NOT_NETWORK)

Chosen: TypeAlias = Places | None
"""The rows that are looked at; None for all of them."""


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
    known: dict[Match, Places] = {}
    found = np.zeros(rows.count, np.bool_)
    for selector in selectors:
        if not selector.matches:
            found[:] = True
        elif not _too_early_or_late(rows, selector.matches):
            found[_all(rows, selector.matches, known)] = True
    return found


def _too_early_or_late(rows: Rows, matches: Sequence[Match]) -> bool:
    """Whether the times of the batch tell already that none of its rows is meant."""
    for match in matches:
        if match.column == TIME and rows.count and not rows.array(TIME).null_count:
            first, last = rows.extremes(TIME)
            if match.operator is Operator.AT_LEAST and last < _number(match.value):
                return True
            if match.operator is Operator.AT_MOST and first > _number(match.value):
                return True
    return False


def _all(rows: Rows, matches: Sequence[Match], known: dict[Match, Places]) -> Places:
    """Rows for which every condition holds; a first one that selectors share is worked out once."""
    first, *others = sorted(matches, key=lambda match: _breadth(rows, match))
    found = known.get(first)
    if found is None:
        found = known[first] = _holding(rows, first, None)
    for match in others:
        if not len(found):
            break
        found = _holding(rows, match, found)
    return found


def _breadth(rows: Rows, match: Match) -> int:
    """How many rows a condition may leave, by its kind: the least first."""
    if match.operator in _NOT:
        return 4
    if match.operator in (Operator.AT_LEAST, Operator.AT_MOST):
        return 3
    if match.operator is Operator.BITS:
        return 2
    return 0 if pa.types.is_fixed_size_binary(rows.array(match.column).type) else 1


def _holding(rows: Rows, match: Match, chosen: Chosen) -> Places:
    """Those of the chosen rows for which a condition holds."""
    name = match.column
    if not rows.has(name):
        return NONE
    kind = rows.array(name).type
    if pa.types.is_dictionary(kind):
        mask = _names(rows, match, chosen)
    elif pa.types.is_boolean(kind):
        truths = rows.truths(name, np.arange(rows.count) if chosen is None else chosen)
        mask = truths if bool(match.value) is (match.operator is Operator.EQUAL) else ~truths
    elif pa.types.is_fixed_size_binary(kind):
        mask = _addresses(_words(rows, name, chosen), match, kind.byte_width)
    else:
        mask = _numbers(_of(rows.numbers(name), chosen), match)
    if rows.array(name).null_count:
        valid = rows.valid(name)
        mask = mask & (valid if chosen is None else valid[chosen])
    places = np.flatnonzero(mask)
    return places if chosen is None else chosen[places]


def _words(rows: Rows, name: str, chosen: Chosen) -> Words:
    words = rows.words(name)
    return words if chosen is None else words[:, chosen]


def _of(values: Numbers, chosen: Chosen) -> Numbers:
    return values if chosen is None else values[chosen]


def _numbers(numbers: Numbers, match: Match) -> Mask:
    value = match.value
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


def _names(rows: Rows, match: Match, chosen: Chosen) -> Mask:
    codes = [rows.code(match.column, str(one)) for one in _several(match.value)]
    numbers = _of(rows.numbers(match.column), chosen)
    found: Mask = np.isin(numbers, [code for code in codes if code >= 0])
    if match.operator in (Operator.EQUAL, Operator.IN):
        return found
    if match.operator is Operator.NOT_EQUAL:
        return ~found
    raise UsageError(f"{match.column} is a name: it cannot be compared by {match.operator.value}")


def _addresses(words: Words, match: Match, width: int) -> Mask:
    texts = tuple(str(one) for one in _several(match.value))
    match match.operator:
        case Operator.EQUAL | Operator.IN:
            return _is_one_of(words, texts, width)
        case Operator.NOT_EQUAL:
            return ~_is_one_of(words, texts, width)
        case Operator.NETWORK | Operator.NOT_NETWORK if width > MAC_OCTETS:
            inside = np.zeros(words.shape[1], np.bool_)
            for text in texts:
                inside |= _equal(words, *_network(text))
            return inside if match.operator is Operator.NETWORK else ~inside
        case _:
            raise UsageError(f"{match.column} is an address: it cannot be compared by {match.operator.value}")


def _equal(words: Words, wanted: Words, mask: Words | None = None) -> Mask:
    """Addresses that are the wanted one, in the bits of the mask; `wanted` and `mask` are (words, 1)."""
    # The last word tells most addresses apart, those of IPv4 by itself.
    same: Mask = (words[-1] if mask is None else words[-1] & mask[-1]) == wanted[-1]
    if len(words) > 1:
        places = np.flatnonzero(same)
        first = words[:-1, places]
        same[places] = ((first if mask is None else first & mask[:-1]) == wanted[:-1]).all(axis=0)
    return same


def _is_one_of(words: Words, texts: tuple[str, ...], width: int) -> Mask:
    wanted = _wanted(texts, width)
    found = np.zeros(words.shape[1], np.bool_)
    if len(texts) <= FEW_VALUES:
        for number in range(len(texts)):
            found |= _equal(words, wanted[:, number : number + 1])
        return found
    # Most rows have none of them, which the hash of a word tells without a search.
    seen = np.zeros(1 << HASH_BITS, np.bool_)
    seen[_hash(wanted[-1])] = True
    maybe = np.flatnonzero(seen[_hash(words[-1])])
    found[maybe] = np.isin(_items(words[:, maybe]), _items(wanted))
    return found


def _hash(words: Words) -> Words:
    hashed: Words = (words * _MULTIPLIER) >> np.uint64(64 - HASH_BITS)
    return hashed


def _items(words: Words) -> NDArray[np.bytes_]:
    """(words, n) as n items to compare.

    NumPy compares byte strings without their trailing zeros: of one length that makes no difference.
    """
    return np.ascontiguousarray(words.T).view(f"S{words.itemsize * len(words)}").reshape(-1)


@lru_cache(1_024)
def _wanted(texts: tuple[str, ...], width: int) -> Words:
    """(words, n) some addresses as a column of this width has them."""
    octets = b"".join(_address(text, width) for text in texts)
    return words_of(np.frombuffer(octets, np.uint8).reshape(-1, width))


def _address(text: str, width: int) -> bytes:
    """An address as it stands in a table."""
    try:
        if text.count(":") == MAC_OCTETS - 1 and all(len(part) == 2 for part in text.split(":")):
            octets = bytes.fromhex(text.replace(":", ""))
        else:
            packed = ip_address(text).packed
            octets = packed if len(packed) == 16 else V4_MAPPED + packed
    except ValueError:
        raise UsageError(f"{text!r} is no address") from None
    if len(octets) != width:
        raise UsageError(f"{text!r} is no address of {width} octets")
    return octets


@lru_cache(4_096)
def _network(text: str) -> tuple[Words, Words]:
    """A network as it stands in a table, and its mask; both (words, 1)."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise UsageError(f"{text!r} is no network") from None
    bits = network.prefixlen + (V4_BITS if network.version == 4 else 0)
    mask = (((1 << bits) - 1) << (128 - bits)).to_bytes(16, "big")
    start = _address(str(network.network_address), 16)
    octets = np.frombuffer(start + mask, np.uint8).reshape(2, 16)
    return words_of(octets[:1]), words_of(octets[1:])


def _several(value: Value) -> tuple[int, ...] | tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else (int(value),)


def _number(value: Value | str) -> int:
    if not isinstance(value, int):
        raise UsageError(f"{value!r} is no number")
    return value
