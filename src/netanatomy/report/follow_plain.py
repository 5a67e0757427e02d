"""A conversation as plain text: `>` before what the originator said, `<` before what the responder did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType

from netanatomy.report.escape import visible
from netanatomy.report.follow_view import Conversation, Line, Speaker, title

MARKS = MappingProxyType({Speaker.ORIGINATOR: ">", Speaker.RESPONDER: "<", Speaker.NOBODY: "#"})


def follow_plain(conversation: Conversation, lines: Iterable[Line]) -> Iterator[str]:
    """The lines, without line ends."""
    for text in title(conversation):
        yield f"{MARKS[Speaker.NOBODY]} {visible(text)}"
    for line in lines:
        yield (
            f"{MARKS[line.speaker]} {line.text}".rstrip()
            if line.text or line.speaker is not Speaker.NOBODY
            else ""
        )
