"""The versions of SOCKS side by side: for people, for programs, and as a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterator

from netanatomy.layers.application.socks_versions import ASPECTS, DEFENDER, DIALOGUES, VERSIONS
from netanatomy.report.answer_json import answers_json
from netanatomy.report.document import Document, Paragraph, Section, Table

TITLE = "SOCKS4, SOCKS4a and SOCKS5 side by side"
MEANING = "What it means for a defender"
CAPTURE = "How each looks in a capture"
HEADINGS = ("", *VERSIONS, "see")
STEP_HEADINGS = ("version", "from", "octets", "meaning", "see")
MADE = "<!-- Made by `netanatomy socks compare --markdown`; change layers/application/socks_versions.py. -->"


def comparison_document() -> Document:
    """The comparison for people."""
    return Document(
        TITLE,
        (
            Section("The differences", "", (Table("", HEADINGS, _aspects()),), "application"),
            Section(MEANING, "", tuple(Paragraph(text) for text in DEFENDER), "application"),
            Section(CAPTURE, "", (Table("", STEP_HEADINGS, _steps()),), "application"),
        ),
    )


def comparison_json(version: str) -> str:
    """The comparison as one JSON document."""
    return answers_json(version, versions=VERSIONS, aspects=ASPECTS, defender=DEFENDER, dialogues=DIALOGUES)


def comparison_markdown() -> str:
    """The comparison as a page of the documentation."""
    return "\n".join(_markdown()) + "\n"


def _markdown() -> Iterator[str]:
    yield from (MADE, "", f"# {TITLE}", "")
    yield from _table(HEADINGS, _aspects())
    yield from ("", f"## {MEANING}", "")
    yield from (f"- {text}" for text in DEFENDER)
    yield from ("", f"## {CAPTURE}", "")
    yield from _table(STEP_HEADINGS, _steps())


def _table(headings: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _aspects() -> tuple[tuple[str, ...], ...]:
    return tuple(
        (aspect.name, aspect.socks4, aspect.socks4a, aspect.socks5, aspect.reference) for aspect in ASPECTS
    )


def _steps() -> tuple[tuple[str, ...], ...]:
    return tuple((step.version, step.sender, step.octets, step.meaning, step.reference) for step in DIALOGUES)
