"""What a detector says of itself, as a document, as JSON, and as a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from netanatomy.report.document import Document, Paragraph, Part, Preformatted, Section, Table
from netanatomy.report.json import Json
from netanatomy.schema.explanations import Explanation

FLOORS = ("application", "transport", "internet", "link")
"""The four layers of TCP/IP from the top down (RFC 1122 section 1.1.3)."""


def explanation_report(explanation: Explanation) -> Document:
    """What `netanatomy explain DETECTOR` prints."""
    layer = explanation.layer
    return Document(
        f"{explanation.title} ({explanation.name})",
        (
            Section("What it is", "", (Paragraph(_one_line(explanation.what)), _floors(layer)), layer),
            Section("The exchange", "", (Preformatted(explanation.exchange),), layer),
            Section(
                "How it is recognised",
                "",
                (Paragraph(_one_line(explanation.recognised)), *_thresholds(explanation)),
                layer,
            ),
            Section("What looks the same and is harmless", "", _entries(explanation.look_alikes), layer),
            Section("How to stop it", "", _entries(explanation.stop), layer),
            Section("What the detector cannot see", "", (Paragraph(_one_line(explanation.limits)),), layer),
            Section("In the laboratory", "", (Preformatted(explanation.lab),), layer),
            Section("References", "", _entries((*explanation.references, *_techniques(explanation))), layer),
        ),
    )


def explanation_json(explanation: Explanation) -> dict[str, Json]:
    """The same for a program."""
    return asdict(explanation)


def explanation_page(explanations: Sequence[Explanation]) -> Iterator[str]:
    """The lines of the page of the documentation, in Markdown."""
    yield "# Attacks: what is looked for"
    yield ""
    yield "Made by `make pages` from the detectors' own words; `netanatomy explain NAME` prints one of them."
    yield ""
    yield "| detector | layer | what it is |"
    yield "|---|---|---|"
    for each in explanations:
        yield f"| [`{each.name}`](#{each.name}) | {each.layer} | {each.summary} |"
    for each in explanations:
        yield from _page_section(each)


def _page_section(each: Explanation) -> Iterator[str]:
    techniques = f" · ATT&CK {', '.join(each.techniques)}" if each.techniques else ""
    yield from ("", f"## {each.name}", "", f"*{each.title}, {each.layer} layer{techniques}*", "")
    yield from (_one_line(each.what), "", "```", *each.exchange.splitlines(), "```", "")
    yield f"**How it is recognised.** {_one_line(each.recognised)}"
    if each.thresholds:
        yield from ("", "| threshold | default | what happens there | default from |", "|---|---|---|---|")
        for one in each.thresholds:
            unit = f" {one.unit}" if one.unit else ""
            yield f"| `{one.name}` | {one.value}{unit} | {one.meaning} | {one.source} |"
    for title, entries in (
        ("What looks the same and is harmless", each.look_alikes),
        ("How to stop it", each.stop),
        ("References", each.references),
    ):
        yield from ("", f"**{title}**", "", *(f"- {entry}" for entry in entries))
    yield from ("", f"**What the detector cannot see.** {_one_line(each.limits)}", "")
    yield from ("**In the laboratory**", "", "```", *each.lab.splitlines(), "```")


def _floors(layer: str) -> Preformatted:
    return Preformatted("\n".join(f"{'▶' if floor == layer else ' '} {floor}" for floor in FLOORS))


def _thresholds(explanation: Explanation) -> list[Part]:
    if not explanation.thresholds:
        return []
    rows = tuple(
        (one.name, f"{one.value} {one.unit}".strip(), one.meaning, one.source)
        for one in explanation.thresholds
    )
    note = "All may be set: netanatomy config prints the file."
    return [Table("", ("threshold", "default", "what happens there", "default from"), rows, note)]


def _techniques(explanation: Explanation) -> list[str]:
    return [
        f"MITRE ATT&CK {name}"
        for name in explanation.techniques
        if name not in "".join(explanation.references)
    ]


def _entries(entries: Sequence[str]) -> tuple[Part, ...]:
    return tuple(Paragraph(f"- {entry}") for entry in entries)


def _one_line(text: str) -> str:
    return " ".join(text.split())
