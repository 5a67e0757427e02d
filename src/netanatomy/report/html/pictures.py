"""Pictures of a capture, one a layer: what lies in what, when, who talks to whom, and on which ports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netanatomy.report.html.element import Markup, element
from netanatomy.report.records import Overview
from netanatomy.report.svg import Drawing, number
from netanatomy.report.units import count, duration, time, volume
from netanatomy.schema.findings import Finding

WIDTH = 480
ROW = 16  # height of a line of text and its bar
FINDING_ROW = 22  # height of a finding's bar with its title below
LETTER = 6.4  # width of a letter of an address, at most
MOST_PROTOCOLS = 18
MOST_FINDINGS = 8
MOST_HOSTS = 14
MOST_PORTS = 12
MOST_LETTERS = 80  # of a finding's title


def pictures(report: Overview, findings: Sequence[Finding]) -> Iterator[Markup]:
    """Four figures with their captions."""
    which = "each finding" if len(findings) <= MOST_FINDINGS else f"the {MOST_FINDINGS} gravest findings"
    yield _figure(
        _traffic(report, findings), f"Traffic over time, and below it when {which} happened.", "capture"
    )
    yield _figure(
        _talkers(report, findings), "Who talks to whom; attackers and their traffic are red.", "internet"
    )
    yield _figure(_ports(report), "Ports that were called, by packets.", "transport")
    yield _figure(_hierarchy(report), "What is packed in what: each protocol inside its carrier.", "link")


def _figure(drawing: Drawing, caption: str, layer: str) -> Markup:
    return element("figure", Markup(drawing.text_of_it()), element("figcaption", caption), classes=layer)


def _traffic(report: Overview, findings: Sequence[Finding]) -> Drawing:
    traffic = report.capture.traffic
    height, top = 110, 14
    shown = findings[:MOST_FINDINGS]
    drawing = Drawing(WIDTH, height + 24 + FINDING_ROW * len(shown), "Traffic over time", "")
    length = max(1, traffic.span_ns * len(traffic.octets))
    greatest = max(traffic.octets, default=0) or 1
    step = WIDTH / max(1, len(traffic.octets))
    outline = [f"M0 {number(height)}"]
    for at, octets in enumerate(traffic.octets):
        y = height - (height - top) * octets / greatest
        outline.append(f"L{number(at * step)} {number(y)}L{number((at + 1) * step)} {number(y)}")
    drawing.path([*outline, f"L{number(WIDTH)} {number(height)}Z"] if traffic.octets else [], "fill")
    drawing.line(0, height, WIDTH, height, "axis")
    if traffic.octets:
        drawing.text(0, 10, f"at most {volume(greatest)} in {duration(traffic.span_ns)}", "small")
        drawing.text(0, height + 12, time(traffic.first_ns)[:19].replace("T", " "), "small")
        drawing.text(WIDTH, height + 12, f"{duration(length)} later", "small end")
    for at, finding in enumerate(shown):
        y = height + 22 + at * FINDING_ROW
        left = _clamped((finding.start - traffic.first_ns) / length) * WIDTH
        right = _clamped((finding.end - traffic.first_ns) / length) * WIDTH
        drawing.rectangle(left, y, max(2.0, right - left), 5, "attack")
        drawing.text(0, y + 14, _cut(finding.title, MOST_LETTERS), "small")
    return drawing


def _talkers(report: Overview, findings: Sequence[Finding]) -> Drawing:
    """Hosts on a line, and an arc for each pair: thick where much was said."""
    attackers = {address for finding in findings for address in finding.attackers}
    hosts = [line.address for line in report.internet.addresses[:MOST_HOSTS]]
    for address in sorted(attackers):
        if address not in hosts and any(address in (pair.a, pair.b) for pair in report.internet.pairs):
            hosts.append(address)
    height = max(1, len(hosts)) * ROW + 8
    drawing = Drawing(WIDTH, height, "Who talks to whom", "")
    places = {address: 12 + at * ROW for at, address in enumerate(hosts)}
    pairs = [pair for pair in report.internet.pairs if pair.a in places and pair.b in places]
    greatest = max((pair.octets + pair.octets_back for pair in pairs), default=1) or 1
    middle = max(WIDTH * 0.45, 8 + LETTER * max((len(address) for address in hosts), default=0))
    for pair in pairs:
        y, other = places[pair.a], places[pair.b]
        reach = middle + 20 + abs(other - y) * 0.9
        weight = 1 + 7 * (pair.octets + pair.octets_back) / greatest
        hostile = bool({pair.a, pair.b} & attackers)
        start, end = f"{number(middle)} {number(y)}", f"{number(middle)} {number(other)}"
        drawing.element(
            "path",
            {
                "d": f"M{start}C{number(reach)} {number(y)} {number(reach)} {number(other)} {end}",
                "class": "attack-thread" if hostile else "thread",
                "stroke-width": weight,
            },
        )
    for address, y in places.items():
        drawing.element(
            "circle", {"cx": middle, "cy": y, "r": 3, "class": "attack" if address in attackers else "node"}
        )
        drawing.text(middle - 8, y + 4, address, "end")
    return drawing


def _ports(report: Overview) -> Drawing:
    services = report.transport.services[:MOST_PORTS]
    greatest = max((line.packets for line in services), default=1)
    lines = [
        (f"{line.port}/{line.protocol} {line.service}".strip(), line.packets, count(line.packets))
        for line in services
    ]
    return _bars("Ports that were called", lines, greatest)


def _hierarchy(report: Overview) -> Drawing:
    rows = report.protocols.hierarchy[:MOST_PROTOCOLS]
    greatest = max((line.packets for line in rows), default=1)
    lines = [
        (
            " " * 3 * line.depth + line.path.rsplit(":", 1)[-1],
            line.packets,
            f"{count(line.packets)}, {volume(line.octets)}",
        )
        for line in rows
    ]
    return _bars("Protocols", lines, greatest)


def _bars(title: str, lines: Sequence[tuple[str, int, str]], greatest: int) -> Drawing:
    drawing = Drawing(WIDTH, max(1, len(lines)) * ROW + 6, title, "")
    left, room = WIDTH * 0.42, WIDTH * 0.36
    for at, (name, amount, told) in enumerate(lines):
        y = 4 + at * ROW
        indented = len(name) - len(name.lstrip(" "))
        drawing.text(4 + 3 * indented, y + 10, _cut(name.lstrip(" "), 34), "")
        drawing.rectangle(left, y + 2, max(1.0, room * amount / max(1, greatest)), 9, "fill")
        drawing.text(WIDTH, y + 10, told, "small end")
    return drawing


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _clamped(share: float) -> float:
    return min(1.0, max(0.0, share))
