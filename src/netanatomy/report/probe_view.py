"""A probe as a document for people: layer by layer, from the name up to what the service says.

All texts are raw here; whoever draws the document escapes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netanatomy.report.document import Document, Facts, Paragraph, Part, Section, Table
from netanatomy.report.probe_statistics import statistics_of
from netanatomy.report.units import count, duration
from netanatomy.schema.probe import (
    Certificate,
    Exchange,
    Greeting,
    HttpFacts,
    Judgement,
    Probe,
    ProbeOutcome,
    QuicFacts,
    TcpFacts,
    TlsFacts,
    TlsVersion,
)

MAXIMUM_NAMES = 20
"""Names of a certificate that are listed; --json has them all."""

MAXIMUM_HEADERS = 100
"""Header fields that are listed; --json has them all."""

MAXIMUM_SHOWN = 512
"""Octets of what came that are shown; characters, of a body that is text."""

MAXIMUM_BODY_LINES = 16
"""Lines of a body that are shown."""

OCTETS_OF_A_LINE = 16
"""Octets of a body in hexadecimal that stand in a line."""

SEVERITY_ORDER = {"bad": 0, "weak": 1, "note": 2, "good": 3}
ACCEPTED = {True: "yes", False: "no", None: "?"}


def probe_document(probe: Probe) -> Document:
    """Everything about one probe."""
    return Document(f"{probe.protocol} {probe.target}", tuple(_sections(probe)))


def _sections(probe: Probe) -> Iterator[Section]:
    fine = probe.outcome is ProbeOutcome.REACHED
    told: list[Part] = [Paragraph(f"{probe.detail}.", warning=not fine)]
    if probe.via:
        told.append(Facts((("via", probe.via),)))
    told += [Paragraph(note) for note in probe.notes]
    yield Section(probe.outcome.value.capitalize(), "", tuple(told), "capture")
    if probe.phases:
        rows = tuple((phase.name, duration(phase.nanoseconds)) for phase in probe.phases)
        yield Section(
            "Time", "", (Table("", ("phase", ">took"), (*rows, ("total", duration(probe.nanoseconds)))),)
        )
    if len(probe.attempts) > 1 or probe.addresses:
        yield _addresses(probe)
    if probe.tcp is not None:
        yield Section("TCP", "", (Facts(tuple(_tcp(probe.tcp))),), "transport")
    if probe.quic is not None:
        yield Section("QUIC", "", (Facts(tuple(_quic(probe.quic))),), "transport")
    if probe.exchange is not None:
        yield Section("What was said", "", tuple(_exchange(probe.exchange)), "application")
    if probe.greeting is not None:
        yield Section(probe.greeting.protocol.upper(), "", tuple(_greeting(probe.greeting)), "application")
    if probe.tls is not None:
        yield Section("TLS", "", tuple(_tls(probe.tls)), "application")
        yield Section("Certificates", "", tuple(_certificates(probe.tls)), "application")
    if probe.versions:
        yield Section("Versions of TLS", "", tuple(_versions(probe.versions)), "application")
    for response in probe.responses:
        yield Section(f"HTTP: {response.url}", "", tuple(_http(response)), "application")


def _addresses(probe: Probe) -> Section:
    parts: list[Part] = [Facts((("name", probe.host), ("addresses", ", ".join(probe.addresses))))]
    if len(probe.attempts) > 1:
        rows = tuple(
            (each.address, duration(each.begun), duration(each.nanoseconds), each.result)
            for each in probe.attempts
        )
        parts.append(Table("", ("address", ">tried after", ">took", "came"), rows))
    return Section("Name and addresses", "", tuple(parts), "internet")


def _tcp(facts: TcpFacts) -> Iterator[tuple[str, str]]:
    yield "from", facts.local
    yield "to", facts.remote
    if facts.round_trip is not None:
        spread = f" ± {duration(facts.round_trip_variation)}" if facts.round_trip_variation else ""
        yield "round trip", f"{duration(facts.round_trip)}{spread} (the system's own measure)"
    if facts.send_mss is not None:
        yield (
            "segments",
            f"{facts.send_mss} octets to the other at most, {facts.advertised_mss} announced here",
        )
    if facts.path_mtu is not None:
        yield "path MTU", f"{facts.path_mtu} octets"
    if facts.send_mss is not None:
        yield "agreed on", ", ".join(facts.options) or "no options"
    if facts.send_window_scale is not None:
        yield "window scale", f"{facts.send_window_scale} there, {facts.receive_window_scale} here"
    if facts.retransmissions:
        yield "sent again", count(facts.retransmissions)


def _quic(facts: QuicFacts) -> Iterator[tuple[str, str]]:
    yield "from", facts.local
    yield "to", facts.remote
    yield "version", facts.version or "not told"
    if facts.answered is not None:
        yield "first answer", f"{duration(facts.answered)} after the first datagram"
    if facts.retried:
        yield "address", "proven first (Retry)"
    yield "datagrams", f"{count(facts.datagrams)} came"
    # Connection IDs and the like, of which nobody reads the octets, are in the JSON.
    yield from ((name, value) for name, value in facts.parameters if value.isdecimal() or value == "yes")


def _exchange(exchange: Exchange) -> Iterator[Part]:
    lines = []
    if exchange.sent:
        lines.append(("sent", _octets(exchange.sent)))
    if exchange.length:
        lines.append(("came", f"{count(exchange.length)} octets"))
        lines.append(("beginning with", _octets(exchange.received)))
        lines.append(("looks like", exchange.identified or "nothing known"))
    else:
        lines.append(("came", "nothing"))
    yield Facts(tuple(lines))


def _octets(octets: bytes) -> str:
    """Text as text, and anything else in hexadecimal."""
    start = octets[:MAXIMUM_SHOWN]
    more = " …" if len(octets) > len(start) else ""
    text = start.decode("utf-8", "replace")
    if "\ufffd" not in text and text.rstrip("\r\n").replace("\r\n", "").replace("\t", "").isprintable():
        return text.rstrip("\r\n") + more
    return start.hex(" ") + more


def _greeting(greeting: Greeting) -> Iterator[Part]:
    lines = [("says", greeting.banner)] if greeting.banner else []
    lines += greeting.facts
    if greeting.starttls is not None:
        lines.append(("TLS", "offered" if greeting.starttls else "not offered"))
    yield Facts(tuple(lines))
    yield from _judgements(greeting.judgements)


def _tls(facts: TlsFacts) -> Iterator[Part]:
    lines = [
        ("version", facts.version),
        ("cipher suite", facts.suite),
        ("group", facts.group or "none"),
        ("application", facts.alpn or "none agreed on"),
        ("asked for", facts.server_name or "no name (SNI)"),
        ("OCSP", facts.ocsp or "no stapled response"),
    ]
    yield Facts(tuple(lines))
    yield from _judgements(facts.judgements)


def _certificates(facts: TlsFacts) -> Iterator[Part]:
    if facts.errors:
        rows = tuple((error.name, str(error.depth), error.meaning) for error in facts.errors)
        yield Table("Not valid", ("reason", ">depth", "which means"), rows, warning=True)
    elif facts.chain:
        yield Paragraph(
            "Valid: the chain leads to a trusted authority, and the certificate is for this name."
        )
    for place, certificate in enumerate(facts.chain):
        yield Facts(tuple(_certificate(certificate, place)))


def _certificate(certificate: Certificate, place: int) -> Iterator[tuple[str, str]]:
    yield "depth", f"{place}{' (the server)' if place == 0 else ''}"
    if certificate.damage:
        yield "damaged", certificate.damage
    else:
        yield "subject", certificate.subject or "empty"
        yield "issuer", certificate.issuer + (" (itself)" if certificate.self_signed else "")
        if certificate.names or place == 0:
            more = len(certificate.names) - MAXIMUM_NAMES
            listed = ", ".join(certificate.names[:MAXIMUM_NAMES]) or "none"
            yield "names", listed + (f" and {count(more)} more" if more > 0 else "")
        left = f"{count(certificate.days_left)} days left" if certificate.days_left >= 0 else "expired"
        yield "valid", f"{certificate.not_before} to {certificate.not_after} ({left})"
        yield "key", f"{certificate.key}, signed with {certificate.signature}"
        yield "serial", certificate.serial
    yield "SHA-256", certificate.fingerprint


def _versions(versions: Sequence[TlsVersion]) -> Iterator[Part]:
    rows = tuple((each.version, ACCEPTED[each.accepted], each.suite or each.detail) for each in versions)
    yield Table("", ("version", "accepted", "chosen suite, or how it was refused"), rows)
    yield from _judgements([judgement for each in versions for judgement in each.judgements])


def _http(facts: HttpFacts) -> Iterator[Part]:
    status = f"HTTP/{facts.version} {facts.status} {facts.reason}".rstrip()
    lines = [("status", status)]
    if facts.location:
        lines.append(("redirects to", facts.location))
    whole = "" if facts.complete else ": NOT whole"
    lines.append(("body", f"{count(facts.body_length)} octets{whole} ({facts.ending})"))
    for each in facts.alternatives:
        kept = f", good for {duration(each.seconds * 1_000_000_000)}" if each.seconds else ""
        lines.append(("offers", f"{each.protocol} at {each.host or 'the same host'}:{each.port}{kept}"))
    lines += [("odd", oddity) for oddity in facts.oddities]
    yield Facts(tuple(lines))
    more = len(facts.headers) - MAXIMUM_HEADERS
    note = f"and {count(more)} more (--json has them)" if more > 0 else ""
    yield Table("", ("header", "value"), facts.headers[:MAXIMUM_HEADERS], note)
    if facts.body_start:
        yield _body(facts)
    yield from _judgements(facts.judgements)


def _body(facts: HttpFacts) -> Table:
    """The beginning of a body, line by line; in hexadecimal if it is no text."""
    if facts.body_text:
        text = facts.body_text.rstrip("\r\n")
        lines = [line.rstrip("\r") for line in text[:MAXIMUM_SHOWN].split("\n")]
        whole = len(text) <= MAXIMUM_SHOWN and len(lines) <= MAXIMUM_BODY_LINES
    else:
        places = range(0, len(facts.body_start), OCTETS_OF_A_LINE)
        lines = [facts.body_start[place : place + OCTETS_OF_A_LINE].hex(" ") for place in places]
        whole = len(lines) <= MAXIMUM_BODY_LINES
    whole = whole and len(facts.body_start) == facts.body_length
    note = f"{'all' if whole else 'the beginning'} of the {count(facts.body_length)} octets that came"
    if not facts.complete:
        note += f"; the server cut it short: {facts.ending}"
    elif facts.body_limited:
        note += f"; cut short here: {facts.ending}, the limit of a probe"
    return Table("", ("body",), tuple((line,) for line in lines[:MAXIMUM_BODY_LINES]), note)


def _judgements(judgements: Iterable[Judgement]) -> Iterator[Part]:
    ordered = sorted(dict.fromkeys(judgements), key=lambda each: SEVERITY_ORDER.get(each.severity, 9))
    rows = tuple((each.severity, each.what, each.why, each.reference) for each in ordered)
    if rows:
        worst = any(each.severity == "bad" for each in ordered)
        yield Table("What to know", ("", "seen", "why it matters", "see"), rows, warning=worst)


def statistics_document(probes: Sequence[Probe]) -> Document:
    """How the same probe went several times."""
    found = statistics_of(probes)
    ended = tuple((name, f"{number} of {len(probes)}") for name, number in found.outcomes)
    rows = tuple(
        (
            each.name,
            count(each.times),
            duration(each.shortest),
            duration(each.median),
            duration(each.mean),
            duration(each.longest),
            duration(each.deviation),
        )
        for each in found.phases
    )
    headings = ("phase", ">times", ">shortest", ">median", ">mean", ">longest", ">deviation")
    section = Section("How it went", "", (Facts(ended), Table("", headings, rows)), "capture")
    return Document(f"{len(probes)} times {probes[0].protocol} {probes[0].target}", (section,))
