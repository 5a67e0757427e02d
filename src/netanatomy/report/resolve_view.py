"""Answers of the DNS as a document, as lines, and as JSON.

All texts are raw here; whoever draws a document escapes them. Lines are escaped on the spot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from netanatomy.report.document import Document, Facts, Paragraph, Part, Section, Table
from netanatomy.report.escape import encodable, visible
from netanatomy.report.units import duration
from netanatomy.schema.frozen import frozen
from netanatomy.schema.resolution import Answer, Difference, Edns, Outcome, Record, Security

FORMAT_VERSION = 1
"""Grows when a field of the JSON objects changes its name or meaning; new fields may come at any time."""

MARK = "≠"
"""Before what not all servers say."""

ABSENT = "—"
NOBODY = "nobody was asked: "

PLAIN = frozenset({Outcome.NO_SUCH_NAME, Outcome.NO_DATA})
"""What needs no reason: it is one."""


@frozen
class NameView:
    """What a view has to tell about one name.

    Attributes:
        given: as it was typed.
        ascii: as the DNS has it; empty if it is no name.
        unicode: as people read it.
        notes: about its letters.
        answers: by type, for each type by server.
        differences: for each type, what its servers disagree about.
    """

    given: str
    ascii: str
    unicode: str
    notes: tuple[str, ...]
    answers: tuple[Answer, ...]
    differences: dict[str, tuple[Difference, ...]]


def resolve_document(view: NameView) -> Document:
    """Everything about one name."""
    both = f"{view.unicode} ({view.ascii})" if view.unicode != view.ascii else view.given.strip()
    sections = [_answers(view), _asked(view.answers)]
    for section in (_themselves(view.answers), _dnssec(view.answers), _trace(view.answers), _notes(view)):
        if section is not None:
            sections.append(section)
    return Document(both, tuple(sections))


def resolve_lines(view: NameView) -> Iterator[str]:
    """One line for each answer, for many names: name, type, what came, class of the addresses, time."""
    first = view.answers[0].server
    several = len(view.answers) > 1 and any(answer.server != first for answer in view.answers)
    given = view.given.strip()
    for answer in view.answers:
        what = ", ".join(answer.data) if answer.outcome is Outcome.ANSWERED else f"! {_why(answer)}"
        parts = [given, answer.question.type, what, ", ".join(_classes(answer))]
        if answer.validation is not None:
            parts.append(str(answer.validation.security))
        line = "  ".join(filter(None, parts))
        if visible(line) != line:  # rarely; then each part is escaped, and has its own limit
            line = "  ".join(visible(part) for part in parts if part)
        if nanoseconds := answer.nanoseconds:
            line += f"  {duration(nanoseconds)}"
        if several:
            line += f"  {visible(answer.server)}"
        if several and view.differences.get(answer.question.type):
            line += f"  {MARK}"
        yield line


def _why(answer: Answer) -> str:
    """How a question ended and why, without what stands in the line already."""
    if not answer.question.type:
        return f"invalid name: {answer.detail.removeprefix(NOBODY)}"
    if answer.outcome in PLAIN:
        return answer.outcome.value
    _, asked, reason = answer.detail.partition(f" was asked for {answer.question}: ")
    return f"{answer.outcome}: {reason if asked else answer.detail}"


def resolve_json(view: NameView, version: str) -> Iterator[str]:
    """One JSON object a question, each on a line of its own, in ASCII."""
    for kind in dict.fromkeys(answer.question.type for answer in view.answers):
        answers = [answer for answer in view.answers if answer.question.type == kind]
        found = {
            "netanatomy": version,
            "format_version": FORMAT_VERSION,
            "given": encodable(view.given),
            "name": encodable(view.ascii),
            "unicode": encodable(view.unicode),
            "type": kind,
            "notes": [encodable(note) for note in view.notes],
            "answers": [asdict(answer) for answer in answers],
            "differences": [asdict(each) for each in view.differences.get(kind, ())],
        }
        yield json.dumps(found)


def _classes(answer: Answer) -> tuple[str, ...]:
    if len(answer.records) == 1:
        return (answer.records[0].address_class,)
    return tuple(dict.fromkeys(record.address_class for record in answer.records if record.address_class))


def _answers(view: NameView) -> Section:
    """The records, those of all servers side by side."""
    servers = tuple(dict.fromkeys(answer.server for answer in view.answers))
    parts: list[Part] = []
    rows = _rows_of_one(view.answers) if len(servers) == 1 else _rows_side_by_side(view, servers)
    if rows:
        classes = any(record.address_class for answer in view.answers for record in answer.records)
        headings = ["name", "type", "data"] + (["address class", "scope"] if classes else [])
        if len(servers) > 1:
            headings = ["", *headings]
        headings += [">TTL"] if len(servers) == 1 else [f">{number}" for number in range(1, len(servers) + 1)]
        if not classes:
            first = 3 if len(servers) == 1 else 4
            rows = [row[:first] + row[first + 2 :] for row in rows]
        # Whole URLs as headings would leave no room for the data on a narrow terminal.
        legend = "; ".join(f"{number} is {server}" for number, server in enumerate(servers, 1))
        marks = f"; {MARK}: not all say so" if _compared(view.answers) else ""
        note = "" if len(servers) == 1 else f"TTL in seconds: {legend}{marks}"
        parts.append(Table("", tuple(headings), tuple(rows), note))
    parts += [
        Paragraph(answer.detail, warning=answer.outcome is not Outcome.NO_DATA)
        for answer in view.answers
        if answer.outcome is not Outcome.ANSWERED
    ]
    if _compared(view.answers):
        alike = not any(view.differences.values())
        told = "All servers say the same." if alike else "The servers do not agree."
        parts.append(Paragraph(told, warning=not alike))
    for source in dict.fromkeys(answer.source for answer in view.answers if answer.source):
        sure = "known" if source.certain else "likely"
        parts.append(Facts((("source", f"{source.service} ({sure}: {source.reason})"),)))
    return Section("Answers", "", tuple(parts), "application")


def _compared(answers: Sequence[Answer]) -> bool:
    """Whether two servers were asked for the same type; this machine's resolver passes some types on."""
    asked: dict[str, str] = {}
    return any(asked.setdefault(each.question.type, each.server) != each.server for each in answers)


def _shown(answer: Answer) -> tuple[Record, ...]:
    """The records without their signatures, unless it is those that were asked for."""
    if answer.question.type in ("RRSIG", "ANY"):
        return answer.records
    return tuple(record for record in answer.records if record.type != "RRSIG")


def _cells(record: Record) -> tuple[str, ...]:
    return (record.name, record.type, record.data, record.address_class, record.address_scope)


def _ttl(record: Record) -> str:
    return ABSENT if record.ttl is None else str(record.ttl)


def _rows_of_one(answers: Sequence[Answer]) -> list[tuple[str, ...]]:
    rows = [(*_cells(record), _ttl(record)) for answer in answers for record in _shown(answer)]
    return list(dict.fromkeys(rows))  # an alias comes with the answer to each type


def _rows_side_by_side(view: NameView, servers: Sequence[str]) -> list[tuple[str, ...]]:
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    answerers: dict[tuple[str, ...], set[str]] = {}
    for answer in view.answers:
        for record in _shown(answer):
            rows.setdefault(_cells(record), {}).setdefault(answer.server, _ttl(record))
            answerers.setdefault(_cells(record), set()).add(answer.question.type)
    differing = {(kind, difference.what) for kind, found in view.differences.items() for difference in found}
    table = []
    for cells, ttls in rows.items():
        differs = any((kind, f"{cells[1]} {cells[2]}") in differing for kind in answerers[cells])
        table.append((MARK if differs else "", *cells, *(ttls.get(server, ABSENT) for server in servers)))
    return table


def _asked(answers: Sequence[Answer]) -> Section:
    """Who was asked, over what, and how long each phase took."""
    rows = []
    for answer in answers:
        for exchange in answer.exchanges:
            phases = " + ".join(f"{phase.name} {duration(phase.nanoseconds)}" for phase in exchange.phases)
            octets = f"{exchange.sent} / {exchange.received}" if exchange.sent else ""
            rows.append(
                (
                    exchange.peer,
                    exchange.transport,
                    str(answer.question),
                    exchange.result,
                    answer.rcode,
                    " ".join(answer.flags),
                    octets,
                    phases,
                )
            )
    headings = ("asked", "over", "question", "came", "code", "flags", ">octets", "time")
    parts: tuple[Part, ...] = (Table("", headings, tuple(rows)),) if rows else ()
    return Section("Who was asked", "" if rows else "Nobody was asked.", parts, "transport")


def _themselves(answers: Sequence[Answer]) -> Section | None:
    """What the servers say in their OPT records beyond the obvious."""
    parts: list[Part] = []
    seen: set[tuple[str, Edns]] = set()
    for answer in answers:
        said = answer.edns
        if said is None or (answer.server, said) in seen:
            continue
        seen.add((answer.server, said))
        lines = [
            *((f"EDE {error.code}", f"{error.meaning}{_quoted(error.text)}") for error in said.errors),
            ("NSID", said.nsid),
            ("client subnet", said.subnet),
            ("server cookie", said.server_cookie),
            *(("other", other) for other in said.others),
        ]
        if lines := [line for line in lines if line[1]]:
            parts.append(Facts((("server", f"{answer.server} ({answer.question})"), *lines)))
    return Section("What the servers add", "", tuple(parts), "application") if parts else None


def _quoted(text: str) -> str:
    return f': "{text}"' if text else ""


def _dnssec(answers: Sequence[Answer]) -> Section | None:
    """What validation came to, and each step of it."""
    parts: list[Part] = []
    for answer in answers:
        validation = answer.validation
        if validation is None:
            continue
        told = f"{answer.question} from {answer.server}: {validation.security}, {validation.reason}"
        parts.append(Paragraph(told, warning=validation.security is Security.BOGUS))
        rows = tuple((link.name, link.type, str(link.security), link.reason) for link in validation.chain)
        if rows:
            parts.append(Table("", ("name", "what", "worth", "because"), rows))
    if not parts:
        return None
    return Section("DNSSEC", "Validated here, whatever the server says.", tuple(parts), "application")


def _trace(answers: Sequence[Answer]) -> Section | None:
    """The way from the roots."""
    parts: list[Part] = []
    marks = {True: "signed", False: "not signed", None: ""}
    for answer in answers:
        rows = tuple(
            (
                step.zone,
                f"{step.server} ({step.address})",
                step.question,
                step.result,
                step.detail,
                marks[step.signed],
                duration(step.nanoseconds),
            )
            for step in answer.trace
        )
        if rows:
            headings = ("zone", "server", "question", "came", "namely", "delegation", ">time")
            parts.append(Table("", headings, rows))
    return Section("The way from the roots", "", tuple(parts), "application") if parts else None


def _notes(view: NameView) -> Section | None:
    notes = [*view.notes]
    for answer in view.answers:
        notes += answer.notes
    parts = tuple(Paragraph(note, warning=note in view.notes) for note in dict.fromkeys(notes))
    return Section("Worth noting", "", parts, "capture") if parts else None
