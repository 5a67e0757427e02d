"""What an application protocol is to the stage that reads messages: columns, a recogniser, a reader.

A file in this folder that defines `MESSAGES` is a protocol: no list names it. Content decides which protocol
a connection speaks; its port is only a hint (`MessageProtocol.ports` says which are usual).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import Protocol, TypeAlias

from netanatomy.schema.column import Column
from netanatomy.schema.frozen import frozen

Row: TypeAlias = Mapping[str, object]
"""A row of a message table, by the names of `MessageProtocol.columns`; what is left out is null.

`ts` and `frame_number` are those of the connection's first octets; a row that has them says its own.
"""


@frozen
class Said:
    """What one side said, in order: a piece of its stream.

    Attributes:
        is_orig: whether the originator said it.
        ts: time of the frame that brought it, nanoseconds UTC.
        frame_number: that frame.
        missed: octets of the same side that should have come before it, and are missing.
        octets: what it said; may be empty where only missing ones are told.
    """

    is_orig: bool
    ts: int
    frame_number: int
    missed: int
    octets: bytes


def keep(pieces: list[Said], said: Said, most: int) -> None:
    """Add a piece to those that are kept; from `most` on it is joined to the last one, if it goes on there.

    So who says an octet at a time has no more kept of it than who says all at once.
    """
    last = pieces[-1] if pieces else None
    if last is None or len(pieces) < most or last.is_orig is not said.is_orig or said.missed:
        pieces.append(said)
    else:
        octets = last.octets + said.octets
        pieces[-1] = Said(last.is_orig, last.ts, last.frame_number, last.missed, octets)


class Recognition(Enum):
    """Whether the first octets of a connection are those of a protocol."""

    NO = auto()
    UNSURE = auto()
    """More octets are needed to tell."""
    YES = auto()


class MessageReader(Protocol):
    """Reads one connection. Whatever the octets are, none of these raises: what is broken is a column."""

    def take(self, said: Said) -> None:
        """What is said next, in the order in which it was."""

    @property
    def finished(self) -> bool:
        """Whether nothing that follows matters any more: then `take` is not called again."""

    @property
    def rest(self) -> Sequence[Said]:
        """Octets from which on something else is spoken inside (a proxy's relayed connection).

        Asked after each `take`, until there are some: then the reader is asked for its `rows` and let go,
        and these octets, and all that follow, are read as a conversation of their own.
        """

    def rows(self) -> Sequence[Row]:
        """The messages; asked once, when the connection is over or the reader is finished."""


@frozen
class MessageProtocol:
    """A protocol whose messages become a table.

    Attributes:
        name: of the table: `tls`.
        title: in words.
        ports: TCP ports that are usual for it.
        columns: of its table, behind those that every message table has (`ts`, `uid`, `id.orig_h` …).
        recognise: by the first octets of the originator and of the responder, either of which may be empty;
            what is NO (or YES) once is not asked again.
        reader: makes a reader for one connection.
        carries: whether something else may be spoken inside, so that `rest` is ever anything.
        zeek_log: what Zeek calls the log of it, where that is another name.
        shown: names of the columns that a line of text has room for; all where there are none.
    """

    name: str
    title: str
    ports: frozenset[int]
    columns: tuple[Column, ...]
    recognise: Callable[[bytes, bytes], Recognition]
    reader: Callable[[], MessageReader]
    carries: bool = False
    zeek_log: str = ""
    shown: tuple[str, ...] = ()
