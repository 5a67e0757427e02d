"""The page: whole, escaped, and inert in a real browser whatever stood in the traffic."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from dataclasses import replace
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import netanatomy
from netanatomy.report.document import Document, Facts, Marked, Paragraph, Preformatted, Section, Table
from netanatomy.report.html.document import section
from netanatomy.report.html.page import MAXIMUM_FINDINGS, page
from netanatomy.report.overview import overview
from netanatomy.schema.findings import Evidence
from tests.detect.support import capture, findings
from tests.wire import handshake, write_capture

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


def test_a_browser_runs_and_fetches_nothing(tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed (Debian: chromium)")
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
        done = subprocess.run(
            [
                *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
                *("--no-first-run", f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=3000"),
                *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
                *("--dump-dom", file.as_uri()),
            ],
            capture_output=True,
            text=True,
            timeout=CHROMIUM_SECONDS,
            check=True,
        )
    finally:
        server.shutdown()
        server.server_close()
    title = re.search(r"<title>(.*?)</title>", done.stdout, re.DOTALL)
    assert title is not None
    assert title[1].startswith("netanatomy: ")
    assert "<h2>Verdict</h2>" in done.stdout
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
