"""Which of tshark's fields each of our columns is held against.

A source gives what tshark says for one frame, in the order of our rows: depth 0, 1, 2 … What ICMP
quotes is no row: it is compared with the columns `quoted_…` only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

from tests.conformance.protocols import layers_of

Value = int | str | bytes
Convert = Callable[[str], Value]


class TsharkFrame:
    """One line of tshark's: cells by field."""

    __slots__ = ("cells", "layers", "outer", "places")

    def __init__(self, places: Mapping[str, int], line: str) -> None:
        self.places = places
        self.cells = line.split("\t")
        self.layers, self.outer = layers_of(self.cells[places["frame.protocols"]])

    def every(self, name: str) -> list[str]:
        """All occurrences of a field."""
        cell = self.cells[self.places[name]]
        return cell.split(",") if cell else []

    def by_layer(
        self, sources: Mapping[str, str], first: int = 0, last: int | None = None
    ) -> list[tuple[int, str]]:
        """For each layer among the sources its field's value, and where the layer stands.

        Each layer has its field once; layers may share one. Those before `first` use up theirs.
        """
        taken: dict[str, int] = {}
        found: list[tuple[int, str]] = []
        for at, layer in enumerate(self.layers[:last]):
            name = sources.get(layer)
            if name is not None:
                values = self.every(name)
                number = taken.get(name, 0)
                taken[name] = number + 1
                if number < len(values) and at >= first:
                    found.append((at, values[number]))
        return found


Source = Callable[[TsharkFrame], list[Value]]


@cache
def integer(text: str) -> int:
    """A number as tshark writes it; of a range of bits too."""
    if text in ("True", "False"):
        return int(text == "True")
    return int(text, 0)


@cache
def address(text: str) -> bytes:
    """An IP address as sixteen octets."""
    parsed = ip_address(text)
    return parsed.packed if parsed.version == 6 else bytes(10) + b"\xff\xff" + parsed.packed


@cache
def hardware(text: str) -> bytes:
    """A MAC address."""
    return bytes.fromhex(text.replace(":", ""))


@cache
def dotted(text: str) -> int:
    """A number that is written like an IPv4 address."""
    return int(ip_address(text))


@cache
def octets_as_number(text: str) -> int:
    """Octets in hexadecimal, as one number."""
    return int(text.replace(":", ""), 16)


@cache
def nanoseconds(text: str) -> int:
    """Seconds with nine decimals."""
    seconds, _, decimals = text.partition(".")
    # A fraction of a second or more, from a broken record, has more than nine digits.
    whole = abs(int(seconds)) * 1_000_000_000 + int(decimals.ljust(9, "0"))
    return -whole if seconds.startswith("-") else whole


@dataclass(frozen=True, slots=True)
class Comparison:
    """One column, and what tshark says of it.

    Attributes:
        column: ours.
        source: what tshark says, in the order of our rows.
        fields: the fields it is made from.
        layers: tshark's layers that it belongs to, for a header that is cut.
        alike: our value as it is compared, where names differ.
        note: what must be known to compare the two.
    """

    column: str
    source: Source
    fields: tuple[str, ...]
    layers: frozenset[str] = frozenset()
    alike: Callable[[Value], Value] | None = None
    note: str = ""


def once(
    column: str,
    convert: Convert,
    /,
    alike: Callable[[Value], Value] | None = None,
    note: str = "",
    **sources: str,
) -> Comparison:
    """A field that stands once in each header of its layer; several layers give one column."""
    fields = {layer.replace("__", "."): name for layer, name in sources.items()}
    single = next(iter(fields.values())) if len(fields) == 1 else None

    def source(frame: TsharkFrame) -> list[Value]:
        if single is not None:
            values = frame.every(single)
            if not values:
                return []
            if frame.outer == len(frame.layers):
                return [convert(value) for value in values]
        return [convert(value) for _, value in frame.by_layer(fields, 0, frame.outer)]

    return Comparison(column, source, tuple(dict.fromkeys(fields.values())), frozenset(fields), alike, note)


def first(column: str, convert: Convert, layer: str, *names: str, note: str = "") -> Comparison:
    """A field that may stand several times in one header, of which we keep the first."""

    def source(frame: TsharkFrame) -> list[Value]:
        if layer not in frame.layers[: frame.outer]:
            return []
        for name in names:
            values = frame.every(name)
            if values:
                return [convert(values[0])]
        return []

    return Comparison(column, source, names, frozenset({layer}), None, note)


def number_of(column: str, layer: str, name: str, note: str = "") -> Comparison:
    """How often a field stands in the one header of its layer."""

    def source(frame: TsharkFrame) -> list[Value]:
        if layer not in frame.layers[: frame.outer]:
            return []
        values = frame.every(name)
        return [len(values)] if values else []

    return Comparison(column, source, (name,), frozenset({layer}), None, note)


VERDICTS: Mapping[str, str] = {"0": "bad", "1": "good", "2": "unverified", "3": "absent", "4": "absent"}


def verdict(text: str) -> str:
    """tshark's verdict on a checksum, by our names."""
    return VERDICTS.get(text, text)


def partial_is_bad(value: Value) -> Value:
    """What is left to the sender's hardware is wrong as sent, for tshark."""
    return "bad" if value == "partial" else value


@cache
def all_comparisons() -> tuple[Comparison, ...]:
    """Every comparison there is."""
    from tests.conformance import internet, link, transport

    return (*FRAME, *link.COMPARISONS, *internet.COMPARISONS, *transport.COMPARISONS)


def fields_of(comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    """Every field of tshark's that the comparisons need, each once, in the order of their names."""
    needed = ["frame.encap_type", "frame.protocols"]
    for comparison in comparisons:
        needed += comparison.fields
    return tuple(sorted(set(needed)))


def until_end(kinds: Sequence[int]) -> Sequence[int]:
    """The options up to the one that ends them (RFC 9293 section 3.1): tshark lists the padding too."""
    return kinds[: kinds.index(0) + 1] if 0 in kinds else kinds


def of_frame(column: str, convert: Convert, name: str) -> Comparison:
    """A fact about the frame as a whole."""
    return Comparison(column, lambda frame: [convert(value) for value in frame.every(name)], (name,))


FRAME = (
    of_frame("time", nanoseconds, "frame.time_epoch"),
    of_frame("captured_length", integer, "frame.cap_len"),
    of_frame("original_length", integer, "frame.len"),
    of_frame("interface", integer, "frame.interface_id"),
)
