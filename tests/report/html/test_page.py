"""The page: whole, escaped, and inert in a real browser whatever stood in the traffic."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import threading
import zlib
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

import netanatomy
from netanatomy.report.document import Document, Facts, Marked, Paragraph, Preformatted, Section, Table
from netanatomy.report.html.document import section
from netanatomy.report.html.page import MAXIMUM_FINDINGS, POLICY, page
from netanatomy.report.overview import overview
from netanatomy.report.port_map import MOST_HOSTS, MOST_PORTS
from netanatomy.schema.findings import Evidence, Severity
from tests.detect.support import capture, findings
from tests.wire import SYN, ethernet, handshake, tcp_frame, udp, write_capture

VOID = {"meta", "link", "br", "img", "path", "rect", "circle"}
CHROMIUM_SECONDS = 60


class Tags(HTMLParser):
    """Which tags there are, and whether each is closed where it must be."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def parsed(text: str) -> Tags:
    tags = Tags()
    tags.feed(text)
    tags.close()
    assert tags.open == []
    return tags


def hostile_page(tmp_path: Path, payload: str) -> str:
    """A page in which every text that can come from traffic is the payload."""
    file = write_capture(tmp_path / "a.pcapng", handshake(), name=payload, comment=payload)
    opened = netanatomy.open(file)
    summary = opened.summarise()
    report = overview(summary, opened.information, opened.anomalies, 10)
    (flood,) = (one for one in findings("syn-flood-spoofed") if one.detector == "syn-flood")
    evidence = Evidence(1, 0, payload, payload, payload, 0, 4, payload)
    finding = replace(
        flood, title=payload, reason=payload, attackers=(payload,), victims=(payload,), evidence=(evidence,)
    )

    parts = (
        Paragraph(payload, warning=True),
        Paragraph(f"- {payload}"),
        Facts(((payload, payload),)),
        Table(payload, (payload, f">{payload}"), ((payload, payload),), payload, warning=True),
        Marked(payload, payload.encode() * 3, ((2, 5), (40, 1))),
        Preformatted(f"{payload}\n{payload}"),
        Preformatted(payload),
    )
    return page(report, [finding], [Document(payload, (Section(payload, payload, parts),))], payload)


def test_it_is_well_formed_and_needs_nothing_else(tmp_path: Path) -> None:
    text = hostile_page(tmp_path, "quiet")
    tags = parsed(text)
    assert tags.seen.isdisjoint({"script", "iframe", "object", "embed", "img", "form", "base"})
    assert "src" not in tags.attributes
    assert not re.search(r"url\((?!#)|@import|https?://(?!www\.w3\.org/2000/svg)", text)
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert 'name="viewport"' in text


PAYLOADS = (
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "'><svg onload=document.title='owned'>",
    "</style><script>document.title='owned'</script><style>",
    "</title><script>document.title='owned'</script>",
    "--><script>document.title='owned'</script>",
    "<a href=javascript:document.title='owned'>",
    "\x1b]0;owned\x07\u202e",
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_of_traffic_stays_text(tmp_path: Path, payload: str) -> None:
    tags = parsed(hostile_page(tmp_path, payload))
    assert "script" not in tags.seen
    assert tags.attributes.isdisjoint({"onerror", "onload", "href"} - {"href"})
    assert "img" not in tags.seen
    text = hostile_page(tmp_path, payload)
    assert "\x1b" not in text
    assert "\u202e" not in text


def needs_chromium() -> str:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed (Debian: chromium)")
    return chromium


def in_a_browser(tmp_path: Path, *arguments: str) -> str:
    """What headless Chromium writes on its standard output."""
    return subprocess.run(
        [
            *(needs_chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *("--no-first-run", f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=3000"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=CHROMIUM_SECONDS,
        check=True,
    ).stdout


def asked_of(tmp_path: Path, text: str, width: int, question: str) -> Any:
    """What a function in JavaScript says of a page in a window of so many pixels."""
    answer = f"<script>onload = () => parent.postMessage(JSON.stringify(({question})()), '*')</script>"
    (tmp_path / "inside.html").write_text(text.replace(POLICY, "") + answer, encoding="utf-8")
    frame = f"<iframe src=inside.html style='border:0;width:{width}px;height:800px'></iframe>"
    listen = "<script>onmessage = event => said.textContent = event.data</script>"
    file = tmp_path / "outside.html"
    file.write_text(f"<!DOCTYPE html><pre id=said></pre>{listen}{frame}", encoding="utf-8")
    shown = re.search(r'<pre id="said">(.*?)</pre>', in_a_browser(tmp_path, "--dump-dom", file.as_uri()))
    assert shown is not None
    return json.loads(unescape(shown[1]))


def real_page(tmp_path: Path, name: str) -> str:
    from netanatomy.cli.main import main

    file = tmp_path / "report.html"
    assert main(["analyze", str(capture(name)), "--html", str(file), "--exit-zero"]) == 0
    return file.read_text(encoding="utf-8")


def test_pictures_can_be_read_on_a_phone(tmp_path: Path) -> None:
    needs_chromium()
    smallest, wide = asked_of(
        tmp_path,
        real_page(tmp_path, "port-scan-syn"),
        390,
        """() => [Math.min(...[...document.querySelectorAll("svg text")].map(text => {
             const svg = text.ownerSVGElement
             const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width
             return parseFloat(getComputedStyle(text).fontSize) * scale })),
           document.documentElement.scrollWidth > innerWidth]""",
    )
    assert smallest >= 9  # CSS pixels
    assert not wide, "nothing is to be scrolled sideways"


def ipv6(payload: bytes, source: str, destination: str) -> bytes:
    header = struct.pack(">IHBB", 6 << 28, len(payload), 17, 64)
    return header + ip_address(source).packed + ip_address(destination).packed + payload


def test_pictures_stay_inside_their_frames(tmp_path: Path) -> None:
    """Addresses of 39 characters, and the curves between hosts far from one another."""
    needs_chromium()
    hosts = [f"2001:db8:1234:5678:9abc:def0:1234:{number:x}" for number in range(0xA000, 0xA00E)]
    frames = [
        ethernet(ipv6(udp(b"x" * 99, 1, 50000 + at), source, hosts[-at - 1]), 0x86DD)
        for at, source in enumerate(hosts)
    ]
    opened = netanatomy.open(write_capture(tmp_path / "a.pcapng", frames))
    report = overview(opened.summarise(), opened.information, opened.anomalies, 20)
    beyond = asked_of(
        tmp_path,
        page(report, [], [], "1"),
        390,
        """() => [...document.querySelectorAll("svg text, svg path, svg circle")].filter(each => {
             const box = each.getBoundingClientRect(), svg = each.ownerSVGElement.getBoundingClientRect()
             return box.left < svg.left - 1 || box.right > svg.right + 1 || box.bottom > svg.bottom + 1
           }).map(each => each.outerHTML)""",
    )
    assert beyond == []


def test_on_paper_marks_and_severities_need_no_background(tmp_path: Path) -> None:
    needs_chromium()
    text = real_page(tmp_path, "syn-flood-spoofed").replace("@media print", "@media all")
    mark, badge, card, heading = asked_of(
        tmp_path,
        text,
        800,
        """() => ["mark", ".card .badge", ".card", ".card h3"].map(each => {
             const style = getComputedStyle(document.querySelector(each))
             return {outline: style.outlineStyle, weight: style.fontWeight, background: style.backgroundColor,
                     border: style.borderTopStyle, color: style.color, inside: style.breakInside,
                     after: style.breakAfter}})""",
    )
    assert mark["outline"] == "solid"
    assert int(mark["weight"]) >= 700
    assert badge["background"] == "rgba(0, 0, 0, 0)"
    assert badge["border"] == "solid"
    assert badge["color"] == "rgb(201, 42, 42)", "the colour of what is high, dark on white"
    assert card["inside"] == "auto"
    assert heading["after"] == "avoid"


def test_a_long_finding_begins_on_the_first_printed_page(tmp_path: Path) -> None:
    needs_chromium()
    text = real_page(tmp_path, "syn-flood-spoofed")
    first, *others = (texts for texts in printed(tmp_path, text))
    assert others, "it goes on"
    assert first >= 40


def printed(tmp_path: Path, text: str) -> list[int]:
    """How many pieces of text are on each page, as Chromium prints them by default: without backgrounds."""
    file, paper = tmp_path / "print.html", tmp_path / "print.pdf"
    file.write_text(text, encoding="utf-8")
    in_a_browser(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={paper}", file.as_uri())
    octets = paper.read_bytes()
    found = []
    for content in re.findall(rb"/Type /Page\b[^s].*?/Contents (\d+) 0 R", octets, re.DOTALL):
        start = re.search(rb"\n" + content + rb" 0 obj\s*<<.*?>>\s*stream\r?\n", octets, re.DOTALL)
        assert start is not None
        drawn = zlib.decompressobj().decompress(octets[start.end() :])
        found.append(len(re.findall(rb"\bT[jJ]\b", drawn)))
    return found


def test_the_port_map_is_of_hosts_and_ports(tmp_path: Path) -> None:
    frames = [
        *handshake(server="192.0.2.7", port=443),
        *handshake(server="192.0.2.8", port=22),
        *handshake(server="192.0.2.8", port=443)[:3],
    ]
    opened = netanatomy.open(write_capture(tmp_path / "a.pcapng", frames))
    report = overview(opened.summarise(), opened.information, opened.anomalies, 1)
    text = page(report, [], [], "1")
    for dot in (
        "192.0.2.7 443/tcp: 7 packets",
        "192.0.2.8 22/tcp: 7 packets",
        "192.0.2.8 443/tcp: 3 packets",
    ):
        assert f"<title>{dot}</title>" in text
    assert "2 hosts, 2 ports." in text


def test_the_port_map_is_bounded(tmp_path: Path) -> None:
    frames = [
        tcp_frame(SYN, 40000, port, destination=f"192.0.2.{host}")
        for host in range(1, 31)
        for port in range(1, 51)
    ]
    opened = netanatomy.open(write_capture(tmp_path / "a.pcapng", frames))
    shown = overview(opened.summarise(), opened.information, opened.anomalies, 10).transport.port_map
    assert (shown.hosts, shown.ports, len(shown.lines)) == (30, 50, MOST_HOSTS * MOST_PORTS)


def test_only_what_is_grave_is_as_red_as_an_attack(tmp_path: Path) -> None:
    opened = netanatomy.open(write_capture(tmp_path / "a.pcapng", handshake()))
    report = overview(opened.summarise(), opened.information, opened.anomalies, 10)
    (flood,) = (one for one in findings("syn-flood-spoofed") if one.detector == "syn-flood")
    known = replace(flood, attackers=("10.0.0.1",))
    told = page(report, [replace(known, severity=Severity.INFO)], [], "1")
    assert 'class="fill info"' in told
    assert 'class="attack' not in told
    told = page(report, [known], [], "1")
    assert 'class="fill high"' in told
    assert 'class="attack"' in told


def test_a_browser_runs_and_fetches_nothing(tmp_path: Path) -> None:
    needs_chromium()
    asked: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - likewise
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/fetched"
    payload = "".join(PAYLOADS) + (
        f"<img src={address}><link rel=stylesheet href={address}><script src={address}></script>"
        f"<style>body{{background:url({address})}}</style><iframe src={address}></iframe>"
        f"<meta http-equiv=refresh content='0;url={address}'>"
    )
    file = tmp_path / "report.html"
    file.write_text(hostile_page(tmp_path, payload), encoding="utf-8")
    try:
        shown = in_a_browser(tmp_path, "--dump-dom", file.as_uri())
    finally:
        server.shutdown()
        server.server_close()
    title = re.search(r"<title>(.*?)</title>", shown, re.DOTALL)
    assert title is not None
    assert title[1].startswith("netanatomy: ")
    assert "<h2>Verdict</h2>" in shown
    assert asked == []


def test_a_real_report(tmp_path: Path) -> None:
    from netanatomy.cli.main import main

    file = tmp_path / "report.html"
    assert main(["analyze", str(capture("syn-flood-spoofed")), "--html", str(file), "--exit-zero"]) == 0
    text = file.read_text(encoding="utf-8")
    tags = parsed(text)
    assert {"svg", "mark", "details", "figure", "table", "dl"} <= tags.seen
    assert text.count("<figure") == 4
    assert "SYN flood against 10.20.0.10" in text
    assert "<mark>50</mark>" in text


def test_many_findings_are_cut_and_told(tmp_path: Path) -> None:
    file = write_capture(tmp_path / "a.pcapng", handshake())
    opened = netanatomy.open(file)
    report = overview(opened.summarise(), opened.information, opened.anomalies, 10)
    (flood,) = (one for one in findings("syn-flood-spoofed") if one.detector == "syn-flood")
    details = [Document("", ())] * MAXIMUM_FINDINGS
    text = page(report, [flood] * (MAXIMUM_FINDINGS + 3), details, "1")
    assert text.count("<article") == MAXIMUM_FINDINGS
    assert "Only the 200 gravest of 203 findings are on this page" in text
    assert text.index("Only the 200") < text.index("<article"), "said before the first of them"
    assert "Only the" not in page(report, [flood], details[:1], "1")


def test_a_line_of_bars_keeps_its_blanks() -> None:
    drawn = section(Section("s", "", (Facts((("When", "█   ▄ "), ("Packets", "2"))),)))
    assert '<dd class="bars">█   ▄ </dd><dt>Packets</dt><dd>2</dd>' in drawn
