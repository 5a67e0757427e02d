"""Pictures of a capture, one a layer: what lies in what, when, who talks to whom, and on which ports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log1p

from netanatomy.report.html.element import Markup, element
from netanatomy.report.records import Overview
from netanatomy.report.svg import Drawing, number
from netanatomy.report.units import count, duration, several, time, volume
from netanatomy.schema.findings import Finding, Severity

WIDTH = 340
"""Of a picture in its own scale: what a phone has room for, so that letters are as large there as said."""

ROW = 16  # height of a line of text and its bar
MAP_ROW = 32  # height of a host's address with its ports below
MAP_HEAD = 30  # height of the ports' names
FINDING_ROW = 22  # height of a finding's bar with its title below
LETTER = 6.4  # width of a letter of an address, at most
MOST_PROTOCOLS = 18
MOST_FINDINGS = 8
MOST_HOSTS = 14
MOST_TITLE = 54  # letters of a finding's title
MOST_NAME = 20  # letters of a protocol's name
INDENT, DEEPEST = 8, 6  # of a protocol inside its carrier, and how far it may go


def pictures(report: Overview, findings: Sequence[Finding]) -> Iterator[Markup]:
    """Four figures with their captions."""
    which = "each finding" if len(findings) <= MOST_FINDINGS else f"the {MOST_FINDINGS} gravest findings"
    yield _figure(
        _traffic(report, findings), f"Traffic over time, and below it when {which} happened.", "capture"
    )
    yield _figure(
        _talkers(report, findings), "Who talks to whom; attackers and their traffic are red.", "internet"
    )
    yield _figure(_port_map(report), _map_caption(report), "transport")
    yield _figure(_hierarchy(report), "What is packed in what: each protocol inside its carrier.", "link")


def _figure(drawing: Drawing, caption: str, layer: str) -> Markup:
    return element("figure", Markup(drawing.text_of_it()), element("figcaption", caption), classes=layer)


def _traffic(report: Overview, findings: Sequence[Finding]) -> Drawing:
    traffic = report.capture.traffic
    height, top = 110, 14
    shown = findings[:MOST_FINDINGS]
    drawing = Drawing(WIDTH, height + 26 + FINDING_ROW * len(shown), "Traffic over time", "")
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
        y = height + 24 + at * FINDING_ROW
        left = _clamped((finding.start - traffic.first_ns) / length) * WIDTH
        right = _clamped((finding.end - traffic.first_ns) / length) * WIDTH
        drawing.rectangle(left, y, max(2.0, right - left), 5, f"fill {finding.severity.value}")
        drawing.text(0, y + 15, _cut(finding.title, MOST_TITLE), "small")
    return drawing


def _talkers(report: Overview, findings: Sequence[Finding]) -> Drawing:
    """Hosts on a line, and an arc for each pair: thick where much was said."""
    grave = [finding for finding in findings if finding.severity.rank >= Severity.MEDIUM.rank]
    attackers = {address for finding in grave for address in finding.attackers}
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
    farthest = max((abs(places[pair.a] - places[pair.b]) for pair in pairs), default=0) or 1
    for pair in pairs:
        y, other = places[pair.a], places[pair.b]
        # A curve comes three quarters of the way to the points that bend it: the widest one just fits.
        reach = middle + 12 + (WIDTH - middle - 20) / 0.75 * abs(other - y) / farthest
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


def _port_map(report: Overview) -> Drawing:
    """A row for each host, a column for each port, and a dot where the one was called on the other."""
    lines = report.transport.port_map.lines
    hosts = list(dict.fromkeys(line.host for line in lines))
    ports = sorted({(line.port, line.protocol) for line in lines})
    drawing = Drawing(WIDTH, MAP_HEAD + max(1, len(hosts)) * MAP_ROW, "Ports of hosts", "")
    step = WIDTH / max(1, len(ports))
    places = {port: (at + 0.5) * step for at, port in enumerate(ports)}
    for (port, protocol), x in places.items():
        drawing.text(x, 10, str(port), "small middle")
        drawing.text(x, 21, protocol, "small middle")
    for at, host in enumerate(hosts):
        y = MAP_HEAD + at * MAP_ROW
        drawing.text(0, y + 8, host, "")
        drawing.line(0, y + 21, WIDTH, y + 21, "axis")
    greatest = log1p(max((line.packets for line in lines), default=1))
    for line in lines:
        y = MAP_HEAD + hosts.index(line.host) * MAP_ROW + 21
        # By the logarithm: a service with a millionth of the packets is still to be seen.
        drawing.element(
            "circle",
            {
                "cx": places[line.port, line.protocol],
                "cy": y,
                "r": 2 + 6 * log1p(line.packets) / greatest,
                "class": "fill",
            },
            title=f"{line.host} {line.port}/{line.protocol}: {several(line.packets, 'packet')}",
        )
    return drawing


def _map_caption(report: Overview) -> str:
    shown = report.transport.port_map
    if not shown.lines:
        return "Which ports of which hosts were called: none."
    hosts = len({line.host for line in shown.lines})
    ports = len({(line.port, line.protocol) for line in shown.lines})
    told = (
        "Which ports of which hosts were called; the larger a dot, the more packets (by their logarithm). "
        f"{_of(hosts, shown.hosts, 'host')}, {_of(ports, shown.ports, 'port')}"
    )
    cut = hosts < shown.hosts or ports < shown.ports
    return f"{told}{': those with the most packets' if cut else ''}."


def _of(shown: int, every: int, what: str) -> str:
    return several(every, what) if shown == every else f"{count(shown)} of {several(every, what)}"


def _hierarchy(report: Overview) -> Drawing:
    rows = report.protocols.hierarchy[:MOST_PROTOCOLS]
    greatest = max((line.packets for line in rows), default=1)
    lines = [
        (
            line.depth,
            line.path.rsplit(":", 1)[-1],
            line.packets,
            f"{count(line.packets)}, {volume(line.octets)}",
        )
        for line in rows
    ]
    return _bars("Protocols", lines, greatest)


def _bars(title: str, lines: Sequence[tuple[int, str, int, str]], greatest: int) -> Drawing:
    drawing = Drawing(WIDTH, max(1, len(lines)) * ROW + 6, title, "")
    left, room = WIDTH * 0.46, WIDTH * 0.26
    for at, (depth, name, amount, told) in enumerate(lines):
        y = 4 + at * ROW
        drawing.text(INDENT * min(depth, DEEPEST), y + 10, _cut(name, MOST_NAME), "")
        drawing.rectangle(left, y + 2, max(1.0, room * amount / max(1, greatest)), 9, "fill")
        drawing.text(WIDTH, y + 10, told, "small end")
    return drawing


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _clamped(share: float) -> float:
    return min(1.0, max(0.0, share))
