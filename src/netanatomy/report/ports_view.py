"""An inventory of ports as a document for people. All texts are raw; whoever draws them escapes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netanatomy.report.document import Document, Facts, Paragraph, Part, Section, Table
from netanatomy.report.units import count, duration
from netanatomy.schema.probe import Inventory, OpenPort, PortStates

MAXIMUM_ROWS = 1000
"""Open ports that are listed; --json has them all."""

MAXIMUM_GROUPS = 50
"""Groups of addresses whose ports are told one by one; --json has them all."""

MAXIMUM_ADDRESSES = 8
"""Addresses of a group that are named; --json names them all."""

MAXIMUM_RANGES = 40
"""Ranges of ports that are named for each state; --json names them all."""

MAXIMUM_NAMES = 4
"""Names of a certificate that are shown; --json has them all."""


def ports_document(inventory: Inventory) -> Document:
    """What is open."""
    parts: list[Part] = []
    if inventory.open:
        rows = tuple(_row(each) for each in inventory.open[:MAXIMUM_ROWS])
        more = inventory.open_count - len(rows)
        note = f"and {count(more)} more" if more > 0 else ""
        headings = ("address", ">port", "speaks", "registered for", ">connected in", "first words")
        parts.append(Table("", headings, rows, note))
        if certified := tuple(_certificate(each) for each in inventory.open[:MAXIMUM_ROWS] if each.tls):
            headings = ("address", ">port", "version", "certificate for", "valid until", "not valid because")
            parts.append(Table("What TLS says", headings, certified))
    else:
        parts.append(Paragraph("No port is open."))
    asked = inventory.addresses * inventory.ports
    counts = [
        ("asked", f"{count(asked)} ports of {count(inventory.addresses)} addresses"),
        ("open", count(inventory.open_count)),
        ("closed", f"{count(inventory.closed)} (the host refused)"),
        ("filtered", f"{count(inventory.filtered)} (silence, or unreachable)"),
        ("hosts that answer", count(inventory.hosts)),
        ("took", duration(inventory.nanoseconds)),
    ]
    if inventory.failed:
        counts.append(("not asked", f"{count(inventory.failed)} (this machine could not)"))
    parts += [Paragraph(note, warning=True) for note in inventory.notes]
    sections = (
        Section("Open ports", "", tuple(parts), "transport"),
        Section("All of them", "", (Facts(tuple(counts)), *_states(inventory.states)), "capture"),
    )
    return Document(f"ports of {inventory.target}", sections)


def _states(states: Sequence[PortStates]) -> Iterator[Part]:
    """Which ports are in which state, as ranges."""
    rows: list[tuple[str, ...]] = []
    for each in states[:MAXIMUM_GROUPS]:
        where = ", ".join(each.addresses[:MAXIMUM_ADDRESSES])
        if (more := len(each.addresses) - MAXIMUM_ADDRESSES) > 0:
            where += f" and {count(more)} more"
        said = (
            ("open", each.open),
            ("closed", each.closed),
            ("filtered", each.filtered),
            ("not asked", each.failed),
        )
        rows += [(where, state, _shortened(ports)) for state, ports in said if ports]
    more = len(states) - MAXIMUM_GROUPS
    note = f"and {count(more)} more groups of addresses (--json has them)" if more > 0 else ""
    if rows:
        yield Table("", ("address", "state", "ports"), tuple(rows), note)


def _shortened(ports: str) -> str:
    parts = ports.split(",")
    more = len(parts) - MAXIMUM_RANGES
    return ", ".join(parts[:MAXIMUM_RANGES]) + (
        f" and {count(more)} more (--json has them)" if more > 0 else ""
    )


def _certificate(found: OpenPort) -> tuple[str, ...]:
    facts = found.tls
    if facts is None or not facts.chain:
        return (found.address, str(found.port), facts.version if facts else "", "none", "", "")
    own = facts.chain[0]
    names = ", ".join(own.names[:MAXIMUM_NAMES]) or own.subject or "nobody"
    if (more := len(own.names) - MAXIMUM_NAMES) > 0:
        names += f" and {count(more)} more"
    until = f"{own.not_after} ({own.days_left} days)" if own.not_after else own.damage
    reasons = ", ".join(dict.fromkeys(error.name for error in facts.errors))
    return (found.address, str(found.port), facts.version, names, until, reasons)


def _row(found: OpenPort) -> tuple[str, ...]:
    first = found.banner.decode("utf-8", "replace").partition("\n")[0].strip()
    shown = first[:60] if "\ufffd" not in first else found.banner[:16].hex(" ")
    service = found.service or "?"
    return (
        found.address,
        str(found.port),
        service,
        found.registered or "-",
        duration(found.nanoseconds),
        shown,
    )
