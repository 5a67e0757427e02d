"""HTTP probes against nginx, with curl as the judge; and against servers that lie."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from netanatomy.active.probe import HttpOptions, Probe, ProbeOptions, ProbeOutcome, probe_http
from netanatomy.errors import UsageError
from netanatomy.report.plain import plain_text
from netanatomy.report.probe_view import probe_document
from tests.active.probe.authority import Authority
from tests.active.probe.programs import free_port, program, running, saying

CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; types {{ text/html html; }}
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{plain};
    listen [::1]:{plain};
    root {folder};
    location = /redirect {{ return 302 /page.html; }}
    location = /loop {{ return 302 /loop; }}
    location = /up {{ return 301 https://localhost:{secure}/page.html; }}
    location = /away {{ return 302 gopher://localhost/; }}
    location = /cookie {{ add_header Set-Cookie "id=1"; return 200 "x"; }}
  }}
  server {{
    listen 127.0.0.1:{secure} ssl http2;
    ssl_certificate {pem}; ssl_certificate_key {pem}; ssl_protocols TLSv1.2 TLSv1.3;
    root {folder}; server_tokens off;
    add_header Strict-Transport-Security "max-age=31536000";
    add_header Content-Security-Policy "default-src 'self'; frame-ancestors 'none'";
    add_header X-Content-Type-Options nosniff;
  }}
}}
"""


class Nginx(NamedTuple):
    plain: int
    secure: int
    trust: str


@pytest.fixture(scope="module")
def nginx(authority: Authority, lab_folder: Path) -> Iterator[Nginx]:
    path = program("nginx", "nginx-light")
    plain, secure = free_port(), free_port()
    (lab_folder / "page.html").write_bytes(b"<p>page</p>\n" * 20_000)
    (lab_folder / "big.html").write_bytes(bytes(12_000_000))
    pem = authority.server("good")
    written = lab_folder / "nginx.conf"
    written.write_text(CONFIGURATION.format(folder=lab_folder, plain=plain, secure=secure, pem=pem))
    lab_folder.chmod(0o755)
    with running([path, "-p", str(lab_folder), "-c", str(written)], plain, lab_folder):
        yield Nginx(plain, secure, str(authority.trust))


def curl(url: str, *more: str) -> dict[str, object]:
    command = [program("curl", "curl"), "-sS", "-o", "/dev/null", "-w", "%{json}", *more, url]
    found = subprocess.run(command, capture_output=True, timeout=20, check=True)
    return dict(json.loads(found.stdout))


@pytest.mark.parametrize("version", ["1.1", "2"])
@pytest.mark.parametrize("place", ["/page.html", "/none"])
def test_the_same_as_curl(nginx: Nginx, version: str, place: str) -> None:
    url = f"https://localhost:{nginx.secure}{place}"
    theirs = curl(url, "--cacert", nginx.trust, "--http1.1" if version == "1.1" else "--http2")
    found = probe_http(url, ProbeOptions(ca=nginx.trust), HttpOptions(version=version))
    assert found.outcome is ProbeOutcome.REACHED, found.detail
    (response,) = found.responses
    assert (response.status, response.version) == (theirs["http_code"], theirs["http_version"])
    assert (response.body_length, response.complete) == (theirs["size_download"], True)
    types = [value for name, value in response.headers if name.lower() == "content-type"]
    assert types == [theirs["content_type"]]
    assert found.tls is not None and not found.tls.errors
    assert [phase.name for phase in found.phases] == ["name", "connect", "TLS", "first byte", "body"]


def test_http2_is_what_a_server_agrees_on_by_itself(nginx: Nginx) -> None:
    url = f"https://localhost:{nginx.secure}/page.html"
    assert probe_http(url, ProbeOptions(ca=nginx.trust)).responses[0].version == "2"


def test_headers_are_judged(nginx: Nginx) -> None:
    plain = probe_http(f"http://127.0.0.1:{nginx.plain}/page.html").responses[0]
    names = {each.name for each in plain.judgements}
    assert names >= {"not-encrypted", "software-told", "csp-missing", "framing-open", "sniffing-open"}
    secure = probe_http(f"https://localhost:{nginx.secure}/page.html", ProbeOptions(ca=nginx.trust))
    assert {each.name: each.severity for each in secure.responses[0].judgements} == {
        "hsts": "good",
        "csp": "good",
    }
    cookie = probe_http(f"http://127.0.0.1:{nginx.plain}/cookie").responses[0]
    assert {each.name for each in cookie.judgements} >= {"cookie-not-secure", "cookie-for-scripts"}


def test_redirects_are_told_and_followed_only_if_asked(nginx: Nginx) -> None:
    base = f"http://127.0.0.1:{nginx.plain}"
    told = probe_http(f"{base}/redirect")
    assert [each.status for each in told.responses] == [302]
    assert told.responses[0].location == f"{base}/page.html"
    assert "--follow" in told.notes[0]
    followed = probe_http(f"{base}/redirect", http=HttpOptions(follow=1))
    assert [each.status for each in followed.responses] == [302, 200]
    upwards = probe_http(f"{base}/up", ProbeOptions(ca=nginx.trust), HttpOptions(follow=5))
    assert [each.status for each in upwards.responses] == [301, 200]
    assert upwards.tls is not None
    looping = probe_http(f"{base}/loop", http=HttpOptions(follow=3))
    assert len(looping.responses) == 4
    away = probe_http(f"{base}/away", http=HttpOptions(follow=3))
    assert len(away.responses) == 1 and "cannot be followed" in away.notes[0]


def test_a_head_and_a_body_that_is_too_long_to_fetch(nginx: Nginx) -> None:
    base = f"http://127.0.0.1:{nginx.plain}"
    head = probe_http(f"{base}/page.html", http=HttpOptions(method="HEAD")).responses[0]
    assert (head.status, head.body_length, head.complete) == (200, 0, True)
    for url, options in (
        (base, ProbeOptions()),
        (f"https://localhost:{nginx.secure}", ProbeOptions(ca=nginx.trust)),
    ):
        found = probe_http(f"{url}/big.html", options)
        assert found.outcome is ProbeOutcome.REACHED
        assert "left off after" in found.responses[0].ending


@pytest.mark.parametrize(
    ("words", "outcome", "told"),
    [
        (b"", ProbeOutcome.CLOSED, "without a response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", ProbeOutcome.UNUSABLE, "7 octets are missing"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            ProbeOutcome.UNUSABLE,
            "closed before",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            ProbeOutcome.UNUSABLE,
            "chunk size",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", ProbeOutcome.REACHED, "200 OK"),
        (b"SSH-2.0-x\r\n", ProbeOutcome.UNUSABLE, "it speaks ssh"),
        (b"\x15\x03\x01\x00\x02\x02\x46", ProbeOutcome.UNUSABLE, "it speaks tls"),
        (b"HTTP/1.1 20", ProbeOutcome.UNUSABLE, "within the head"),
        (b"HTTP/1.1 abc\r\n\r\n", ProbeOutcome.UNUSABLE, "no status line"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 30, ProbeOutcome.UNUSABLE, "one interim response"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 204 None\r\n\r\n", ProbeOutcome.REACHED, "204 None"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            ProbeOutcome.UNUSABLE,
            "differ",
        ),
    ],
)
def test_servers_that_lie(words: bytes, outcome: ProbeOutcome, told: str) -> None:
    with saying(words, hear=True) as (port, _):
        found = probe_http(f"http://127.0.0.1:{port}/", ProbeOptions(timeout=10))
    assert (found.outcome, told in found.detail) == (outcome, True), found.detail


def test_broken_http2() -> None:
    settings = bytes.fromhex("000000 04 00 00000000")
    for words in (
        b"",
        b"nonsense" * 10,
        settings,
        settings + bytes.fromhex("000004 03 00 00000001 00000002"),
    ):
        with saying(words, hear=True) as (port, _):
            options = HttpOptions(version="2")
            found = probe_http(f"http://127.0.0.1:{port}/", ProbeOptions(timeout=10), options)
        assert found.outcome in (ProbeOutcome.UNUSABLE, ProbeOutcome.CLOSED)
        assert "HTTP/2" in found.detail


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x/",
        "http://",
        "http://x:99999/",
        "http://[::1/",
        "http://a b/",
        "http://u:p@x/",
        "http://\x1b/",
    ],
)
def test_urls_that_are_none(url: str) -> None:
    with pytest.raises(UsageError):
        probe_http(url)


def text_of(probe: Probe) -> str:
    return "\n".join(plain_text(probe_document(probe)))


def test_a_body_is_shown_and_whether_it_is_whole() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
    with saying(head % 100 + b"only\x1b[31m\r\nthis", hear=True) as (port, _):
        cut = probe_http(f"http://127.0.0.1:{port}/")
    text = text_of(cut)
    assert cut.responses[0].body_text == "only\x1b[31m\r\nthis"
    assert r"only\x1b[31m" in text and "\x1b" not in text
    assert "all of the 15 octets that came; the server cut it short" in text
    assert "85 octets are missing" in text
    with saying(head % 3000 + b"x" * 3000, hear=True) as (port, _):
        long = probe_http(f"http://127.0.0.1:{port}/")
    assert "the beginning of the 3,000 octets that came\n" in text_of(long) + "\n"
    with saying(head % 4 + b"\x89P\x00\x1a", hear=True) as (port, _):
        binary = probe_http(f"http://127.0.0.1:{port}/")
    assert (binary.responses[0].body_text, binary.responses[0].body_start) == ("", b"\x89P\0\x1a")
    assert "89 50 00 1a" in text_of(binary)


def test_a_body_that_was_left_off_here_is_not_the_servers_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netanatomy.active.probe.http1.MAXIMUM_BODY", 1000)
    with saying(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000, hear=True) as (port, _):
        found = probe_http(f"http://127.0.0.1:{port}/")
    response = found.responses[0]
    assert (response.complete, response.body_limited) == (True, True)
    assert "cut short here: left off" in text_of(found) and "the server cut" not in text_of(found)
