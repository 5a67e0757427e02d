"""An inventory of ports as a document for people. All texts are raw; whoever draws them escapes them."""

from __future__ import annotations

from netanatomy.report.document import Document, Facts, Paragraph, Part, Section, Table
from netanatomy.report.units import count, duration
from netanatomy.schema.probe import Inventory, OpenPort

MAXIMUM_ROWS = 1000
"""Open ports that are listed; --json has them all."""


def ports_document(inventory: Inventory) -> Document:
    """What is open."""
    parts: list[Part] = []
    if inventory.open:
        rows = tuple(_row(each) for each in inventory.open[:MAXIMUM_ROWS])
        more = inventory.open_count - len(rows)
        note = f"and {count(more)} more" if more > 0 else ""
        headings = ("address", ">port", "speaks", "registered for", ">connected in", "first words")
        parts.append(Table("", headings, rows, note))
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
        Section("All of them", "", (Facts(tuple(counts)),), "capture"),
    )
    return Document(f"ports of {inventory.target}", sections)


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
