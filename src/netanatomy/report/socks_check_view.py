"""What a SOCKS proxy lets one do: for people and for programs."""

from __future__ import annotations

from netanatomy.report.answer_json import answers_json
from netanatomy.report.document import Document, Paragraph, Section, Table
from netanatomy.schema.socks_check import CheckOutcome, ProxyCheck

HEADINGS = ("", "asked", "answer", "the proxy", "what it means")


def check_document(check: ProxyCheck) -> Document:
    """The check for people."""
    worrying = check.outcome is not CheckOutcome.SOUND
    verdict = f"{check.outcome.value}{f': {check.detail}' if check.detail else ''}"
    rows = tuple(
        (
            "!" if line.concern else "",
            f"{line.topic}: {line.subject}",
            line.answer.value,
            line.detail,
            line.meaning,
        )
        for line in check.lines
    )
    parts = (Paragraph(verdict[0].upper() + verdict[1:] + ".", worrying),)
    target = f"asked to reach {check.target}" if check.target else "asked to reach nothing that exists"
    if not rows:
        return Document(f"The SOCKS proxy {check.proxy}", (Section("In short", "", parts, "application"),))
    return Document(
        f"The SOCKS proxy {check.proxy}",
        (
            Section("In short", target, parts, "application"),
            Section("Line by line", "", (Table("", HEADINGS, rows),), "application"),
        ),
    )


def check_json(check: ProxyCheck, version: str) -> str:
    """The check as one JSON document."""
    return answers_json(version, check=check)
