"""The answer of `netanatomy service` as a document for people."""

from __future__ import annotations

from collections.abc import Iterator

from netanatomy.layers.internet.addresses import Address, address_text
from netanatomy.layers.transport.service_security import CONTENT_MEANINGS
from netanatomy.report.document import Document, Facts, Paragraph, Part, Section, Table
from netanatomy.report.service_answer import OWNERLESS, LocalSocket, PortAnswer, ServiceAnswer

MAXIMUM_SOCKETS = 50
"""Sockets that are listed in one table: a busy server has tens of thousands at one port."""

EXPOSURE_WORDS = {
    "loopback": "this machine only",
    "link": "the link",
    "private": "the private network",
    "one-address": "one public address",
    "multicast": "a multicast group",
    "everywhere": "everywhere",
}


def service_document(answer: ServiceAnswer) -> Document:
    """What is known of one service."""
    return Document(answer.question.strip(), tuple(_sections(answer)))


def _sections(answer: ServiceAnswer) -> Iterator[Section]:
    yield Section("Who knows it", "", tuple(_names(answer)), "transport")
    if any(port.security for port in answer.ports):
        yield Section("What to know of it", "", tuple(_security(answer)), "application")
    yield Section("On this machine", "", tuple(_sockets(answer)))


def _names(answer: ServiceAnswer) -> Iterator[Part]:
    if not answer.known:
        yield Paragraph(f"Nobody knows it. Asked were {' and '.join(answer.asked)}.")
    rows = tuple(
        (f"{port.port}/{port.protocol}", port.system.name if port.system else "-", *_registered(port))
        for port in answer.ports
        if port.known
    )
    if rows:
        yield Table("", (">port", "this system", "IANA", "also", "what IANA says"), rows)
    if answer.range is not None:
        span = f"{answer.range.first} to {answer.range.last}"
        yield Facts((("range", f"{answer.range.name} ({span}): {answer.range.meaning} (RFC 6335)"),))
    if answer.note:
        yield Paragraph(answer.note, warning=True)


def _registered(port: PortAnswer) -> tuple[str, str, str]:
    if port.registered is None:
        return "-", "", ""
    return port.registered.name, ", ".join(port.registered.aliases), port.registered.description


def _security(answer: ServiceAnswer) -> Iterator[Part]:
    told: dict[tuple[int, str], list[str]] = {}
    for port in answer.ports:
        if port.security is not None:
            told.setdefault((port.port, port.security.abuse), []).append(port.protocol)
    for port in answer.ports:
        security = port.security
        if security is None or told[port.port, security.abuse][0] != port.protocol:
            continue
        yield Facts(
            (
                ("port", f"{port.port}/{', '.join(told[port.port, security.abuse])}"),
                ("content", f"{security.content}: {CONTENT_MEANINGS[security.content]}"),
                ("abused", security.abuse),
                ("see", ", ".join(security.sources)),
            )
        )


def _sockets(answer: ServiceAnswer) -> Iterator[Part]:
    sockets = [socket for port in answer.ports for socket in port.sockets]
    if sockets:
        rows = tuple(_row(socket) for socket in sockets[:MAXIMUM_SOCKETS])
        more = len(sockets) - len(rows)
        note = f"and {more:,} more (--json has them)" if more else ""
        headings = ("protocol", "role", "local", "peer", "state", "reached from", "process", ">pid", "user")
        yield Table("", headings, rows, note)
    elif not answer.sockets_note:
        yield Paragraph("No socket uses it.")
    if answer.sockets_note:
        yield Paragraph(f"{answer.sockets_note[0].upper()}{answer.sockets_note[1:]}.")


def _row(socket: LocalSocket) -> tuple[str, ...]:
    return (
        socket.protocol,
        socket.role,
        _end(socket.local_address, socket.local_port),
        _end(socket.remote_address, socket.remote_port),
        "" if socket.state == "NONE" else socket.state,
        EXPOSURE_WORDS.get(socket.exposure or "", ""),
        socket.process or ("-" if socket.state in OWNERLESS else "?"),
        "" if socket.pid is None else str(socket.pid),
        socket.user or "",
    )


def _end(address: Address | None, port: int | None) -> str:
    if address is None:
        return ""
    return f"{address}:{port}" if address.version == 4 else f"[{address_text(address.packed, 6)}]:{port}"
