"""A conversation on a terminal: one colour for each side."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from rich.console import Console
from rich.text import Text

from netanatomy.report.follow_view import Conversation, Line, Speaker, title
from netanatomy.report.terminal import shown

STYLES = MappingProxyType(
    {Speaker.ORIGINATOR: "bright_red", Speaker.RESPONDER: "bright_blue", Speaker.NOBODY: "dim"}
)


def draw_follow(conversation: Conversation, lines: Iterable[Line], console: Console) -> None:
    """Print the conversation, line after line as it comes."""
    first, *others = title(conversation)
    console.print(shown(first, "bold"))
    for text in others:
        console.print(shown(text, STYLES[Speaker.NOBODY]))
    legend = Text("the originator", STYLES[Speaker.ORIGINATOR])
    console.print(legend.append(", ", "default").append("the responder", STYLES[Speaker.RESPONDER]))
    for line in lines:
        # The text is escaped already; as Text, Rich reads no markup in it.
        console.print(Text(line.text, STYLES[line.speaker]), soft_wrap=True)
