"""HTTP/3 against servers of others (caddy with quic-go, aioquic), and against those that misbehave."""

from __future__ import annotations

import random
import resource
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from netanatomy.active.probe import (
    HttpOptions,
    Probe,
    ProbeOptions,
    ProbeOutcome,
    probe_http,
    probe_tls,
)
from netanatomy.active.probe.via import parse_proxy
from netanatomy.active.recording import Recording
from netanatomy.cli.main import main
from netanatomy.errors import NetanatomyError, UsageError
from tests.active.probe.authority import Authority
from tests.active.probe.http3_server import PAGE, datagrams, http3_server
from tests.active.probe.programs import free_port, program, running, saying
from tests.active.probe.test_hostile import told

HTTP3 = HttpOptions(version="3")
CADDY = """
{{
  admin off
  storage file_system {folder}/caddy
  auto_https off
}}
https://localhost:{port} {{
  bind 127.0.0.1
  tls {certificate} {key}
  root * {folder}/www
  redir /old /page.html 302
  file_server
}}
"""
KINDS = (
    "good",
    "rsa",
    "short-key",
    "expired",
    "not-yet",
    "wrong-name",
    "no-name",
    "self-signed",
    "no-intermediate",
    "wrong-purpose",
    "other-root",
)


class Caddy(NamedTuple):
    url: str
    options: ProbeOptions


@pytest.fixture(scope="module")
def caddy(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caddy]:
    path = program("caddy", "caddy")
    folder = tmp_path_factory.mktemp("caddy")
    (folder / "www").mkdir()
    (folder / "www" / "page.html").write_bytes(b"<p>page</p>\n" * 20_000)
    pem = authority.server("good")
    port = free_port()
    written = folder / "Caddyfile"
    written.write_text(CADDY.format(folder=folder, port=port, certificate=pem, key=pem))
    command = [path, "run", "--config", str(written), "--adapter", "caddyfile"]
    with running(command, port, folder):
        yield Caddy(f"https://localhost:{port}", ProbeOptions(ca=str(authority.trust)))


def asked(pem: Path, path: str, timeout: float = 10) -> Probe:
    with http3_server(pem) as (port, _):
        return probe_http(f"https://127.0.0.1:{port}/{path}", ProbeOptions(timeout=timeout), HTTP3)


def test_all_three_versions_agree(caddy: Caddy) -> None:
    """What a Go server says over HTTP/1.1 and 2 is what it says over 3, and of what TLS is."""
    found = {
        version: probe_http(f"{caddy.url}/page.html", caddy.options, HttpOptions(version=version))
        for version in ("1.1", "2", "3")
    }
    for version, probe in found.items():
        assert probe.outcome is ProbeOutcome.REACHED, probe.detail
        (response,) = probe.responses
        assert (response.version, response.status, response.body_length) == (version, 200, 240_000)
        assert response.complete
        told(probe)
    one, three = found["1.1"], found["3"]

    def fields(probe: Probe) -> dict[str, str]:
        headers = {name.lower(): value for name, value in probe.responses[0].headers}
        return {name: headers[name] for name in ("content-type", "etag", "last-modified", "server")}

    assert fields(one) == fields(three) == fields(found["2"])
    assert one.tls is not None and three.tls is not None
    assert one.tls.chain == three.tls.chain and one.tls.errors == three.tls.errors == ()
    assert (three.tls.version, three.tls.alpn) == ("TLSv1.3", "h3")
    assert three.tls.suite.startswith("TLS_") and three.tls.group in ("x25519", "secp256r1")
    assert [phase.name for phase in three.phases] == ["name", "QUIC and TLS", "first byte", "body"]
    assert three.tcp is None and three.quic is not None
    assert three.quic.version == "1" and three.quic.answered is not None
    assert int(dict(three.quic.parameters)["initial_max_data"]) > 0
    assert "stateless_reset_token" not in dict(three.quic.parameters)


def test_the_offer_of_http3_is_told(caddy: Caddy) -> None:
    found = probe_http(f"{caddy.url}/page.html", caddy.options)
    port = found.port
    assert [(each.protocol, each.host, each.port) for each in found.responses[0].alternatives] == [
        ("h3", "", port)
    ]
    assert any(f"offers HTTP/3 at localhost:{port}" in note for note in found.notes)


def test_redirects(caddy: Caddy) -> None:
    told_only = probe_http(f"{caddy.url}/old", caddy.options, HTTP3)
    assert [each.status for each in told_only.responses] == [302]
    assert any("--follow" in note for note in told_only.notes)
    followed = probe_http(f"{caddy.url}/old", caddy.options, HttpOptions(version="3", follow=2))
    assert [(each.status, each.version) for each in followed.responses] == [(302, "3"), (200, "3")]


def test_a_redirect_out_of_tls(authority: Authority) -> None:
    with http3_server(authority.server("good")) as (port, _):
        found = probe_http(
            f"https://127.0.0.1:{port}/downwards", ProbeOptions(), HttpOptions(version="3", follow=2)
        )
    assert found.outcome is ProbeOutcome.UNUSABLE and "leaves TLS" in found.detail


@pytest.mark.parametrize("kind", KINDS)
def test_trust_is_judged_as_over_tcp(authority: Authority, kind: str) -> None:
    """The same certificate over TCP, where OpenSSL itself shakes hands, has the same errors."""
    pem = authority.server(kind)
    options = ProbeOptions(ca=str(authority.trust))
    openssl = program("openssl", "openssl")
    port = free_port()
    command = [openssl, "s_server", "-accept", f"127.0.0.1:{port}", "-cert", str(pem), "-cert_chain"]
    with running([*command, str(pem), "-quiet", "-cipher", "ALL:@SECLEVEL=0"], port, pem.parent):
        theirs = probe_tls(f"localhost:{port}", options)
    with http3_server(pem) as (port, _):
        ours = probe_http(f"https://localhost:{port}/", options, HTTP3)
    assert theirs.tls is not None and ours.tls is not None, (theirs.detail, ours.detail)
    assert {each.name for each in ours.tls.errors} == {each.name for each in theirs.tls.errors}
    assert ours.outcome == theirs.outcome
    assert ours.tls.chain[0] == theirs.tls.chain[0]
    names = {each.name for each in ours.tls.judgements}
    assert names == {each.name for each in theirs.tls.judgements if each.name != "not-post-quantum"}


def test_an_expired_self_signed_certificate_has_both_reasons(authority: Authority) -> None:
    from tests.active.probe.authority import issue

    pem = authority.files("old-self", issue("self", None, names=("127.0.0.1",), days=(-9, -2)))
    found = asked(pem, "page")
    assert found.outcome is ProbeOutcome.UNTRUSTED and found.tls is not None
    assert {each.name for each in found.tls.errors} == {"DEPTH_ZERO_SELF_SIGNED_CERT", "CERT_HAS_EXPIRED"}


def test_what_is_asked(authority: Authority) -> None:
    with http3_server(authority.server("good")) as (port, heads):
        url = f"https://localhost:{port}/page?a=ü"
        found = probe_http(url, http=HttpOptions(method="HEAD", version="3"))
    assert found.responses[0].status == 200
    (head,) = heads
    assert head[b":method"] == b"HEAD" and head[b":path"] == "/page?a=ü".encode()
    assert head[b":authority"] == f"localhost:{port}".encode() and head[b":scheme"] == b"https"


def test_headers_are_judged(authority: Authority) -> None:
    found = asked(authority.server("good"), "page")
    names = {each.name for each in found.responses[0].judgements}
    assert "hsts" in names and "csp-missing" in names and "not-encrypted" not in names
    assert found.responses[0].body_start == PAGE[:2048]


def test_a_server_that_wants_the_address_proven_first(authority: Authority) -> None:
    with http3_server(authority.server("good"), retry=True) as (port, _):
        found = probe_http(f"https://127.0.0.1:{port}/", ProbeOptions(), HTTP3)
    assert found.responses[0].status == 200
    assert found.quic is not None and found.quic.retried
    told(found)


def test_the_first_address_that_answers(authority: Authority) -> None:
    """Nobody is at ::1: ICMP says so, and 127.0.0.1 is tried."""
    with http3_server(authority.server("good")) as (port, _):
        found = probe_http(f"https://localhost:{port}/", ProbeOptions(), HTTP3)
        assert found.responses[0].status == 200
        six = probe_http(f"https://[::1]:{port}/", ProbeOptions(), HTTP3)
    if len(found.addresses) > 1:
        assert [each.result for each in found.attempts][-1] == "connected"
    assert six.outcome in (ProbeOutcome.REFUSED, ProbeOutcome.UNREACHABLE)


def test_a_stapled_response_is_told(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """aioquic's server has none of its own: one is put beside its certificate."""
    from aioquic import tls as aioquic_tls

    from tests.active.probe.authority import issue
    from tests.active.probe.staples import staple

    good = issue("good", authority.middle, names=("127.0.0.1",))
    pem = authority.files("stapled3", good, authority.middle)
    der = staple(good, authority.middle)
    extension = b"\x00\x05" + (len(der) + 4).to_bytes(2, "big") + b"\x01" + len(der).to_bytes(3, "big") + der
    push = aioquic_tls.push_certificate

    def with_staple(buffer: object, certificate: aioquic_tls.Certificate) -> None:
        first, *rest = certificate.certificates
        certificate.certificates = [(first[0], extension), *rest]
        push(buffer, certificate)  # type: ignore[arg-type]

    monkeypatch.setattr(aioquic_tls, "push_certificate", with_staple)
    found = asked(pem, "page")
    assert found.tls is not None and found.tls.ocsp.startswith("good, as of "), found.detail


@pytest.mark.parametrize(
    ("path", "outcome", "words"),
    [
        ("none", ProbeOutcome.UNTRUSTED, "404"),
        ("interim", ProbeOutcome.UNTRUSTED, "200"),
        ("interim-for-ever", ProbeOutcome.UNUSABLE, "one interim response"),
        ("trailers", ProbeOutcome.UNTRUSTED, "200"),
        ("head-for-ever", ProbeOutcome.UNUSABLE, "a head of more than 65536"),
        ("body-for-ever", ProbeOutcome.UNTRUSTED, "200"),
        ("trailers-for-ever", ProbeOutcome.UNUSABLE, "not whole"),
        ("unknown-frames", ProbeOutcome.UNUSABLE, "a head of more than 65536"),
        ("bomb", ProbeOutcome.UNUSABLE, "error 0x20"),
        ("many-fields", ProbeOutcome.UNTRUSTED, "200"),
        ("other-streams", ProbeOutcome.UNUSABLE, "streams nobody asked for"),
        ("much-elsewhere", ProbeOutcome.UNUSABLE, "nobody asked for"),
        ("reset", ProbeOutcome.UNUSABLE, "reset the stream (error 0x102)"),
        ("reset-within", ProbeOutcome.UNUSABLE, "not whole: the server reset"),
        ("end", ProbeOutcome.UNUSABLE, "gone"),
        ("short", ProbeOutcome.UNUSABLE, "QUIC with"),
        ("data-first", ProbeOutcome.UNUSABLE, "does not answer in HTTP/3"),
        ("nothing", ProbeOutcome.UNUSABLE, "without a response"),
        ("forgotten", ProbeOutcome.CLOSED, "stateless reset"),
    ],
)
def test_servers_that_misbehave(authority: Authority, path: str, outcome: ProbeOutcome, words: str) -> None:
    begun, memory = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = asked(authority.server("good"), path)
    assert (found.outcome, words in found.detail) == (outcome, True), found.detail
    assert time.monotonic() - begun < 9, "it was not bounded by what came, but by time"
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    # The server is in this process too, and holds what it sends.
    assert grown < 150_000, f"{grown} kB"
    told(found)


def test_details_of_odd_answers(authority: Authority) -> None:
    pem = authority.server("good")
    assert asked(pem, "interim").notes == ("before the response: 103",)
    assert asked(pem, "trailers").responses[0].oddities == ("1 trailer fields behind the body",)
    endless = asked(pem, "body-for-ever").responses[0]
    assert endless.complete and "left off after" in endless.ending
    fields = asked(pem, "many-fields").responses[0]
    assert len(fields.headers) == 500 and "beyond the first 500" in fields.oddities[0]


def test_silence_behind_the_handshake(authority: Authority) -> None:
    found = asked(authority.server("good"), "silent", timeout=1)
    assert found.outcome is ProbeOutcome.TIMEOUT and "asking" in found.detail
    assert found.tls is not None and found.quic is not None


def test_another_protocol_within_quic(authority: Authority) -> None:
    with http3_server(authority.server("good"), alpn="doq") as (port, _):
        found = probe_http(f"https://127.0.0.1:{port}/", ProbeOptions(timeout=5), HTTP3)
    assert found.outcome is ProbeOutcome.UNUSABLE and "no_application_protocol" in found.detail


def test_nobody_there() -> None:
    begun = time.monotonic()
    port = free_port(socket.SOCK_DGRAM)
    found = probe_http(f"https://127.0.0.1:{port}/", ProbeOptions(timeout=5), HTTP3)
    assert found.outcome is ProbeOutcome.REFUSED and "ICMP" in found.detail
    assert time.monotonic() - begun < 3


def garbage(octets: bytes, number: int) -> list[bytes]:
    return [random.Random(number).randbytes(1200), b"", b"\xff" * 40, octets]


def negotiation(octets: bytes, number: int) -> list[bytes]:
    """Version negotiation: only one that nobody speaks (RFC 9000 section 17.2.1)."""
    return [b"\x80" + bytes(4) + _ids(octets) + b"\xba\xba\xba\xba"]


def retry_for_ever(octets: bytes, number: int) -> list[bytes]:
    """A Retry whose integrity tag is wrong."""
    return [b"\xf0\x00\x00\x00\x01" + _ids(octets) + b"token" + bytes(16)]


def _ids(octets: bytes) -> bytes:
    place = 6 + octets[5]
    destination, source = octets[6:place], octets[place + 1 : place + 1 + octets[place]]
    return bytes([len(source)]) + source + bytes([len(destination)]) + destination


@pytest.mark.parametrize("answer", [garbage, negotiation, retry_for_ever, lambda _, __: []])
def test_datagrams_that_are_no_handshake(answer: object) -> None:
    begun = time.monotonic()
    with datagrams(answer) as port:  # type: ignore[arg-type]
        found = probe_http(f"https://127.0.0.1:{port}/", ProbeOptions(timeout=1.5), HTTP3)
    assert found.outcome in (ProbeOutcome.TIMEOUT, ProbeOutcome.UNUSABLE), found.detail
    assert time.monotonic() - begun < 4
    told(found)


def test_a_handshake_without_end(authority: Authority) -> None:
    """A flood in answer to the first datagram is left off before it fills the memory."""
    flood = [bytes([0xC0]) + random.Random(1).randbytes(1300)] * 1000
    with datagrams(lambda _, __: flood) as port:
        found = probe_http(f"https://127.0.0.1:{port}/", ProbeOptions(timeout=5), HTTP3)
    assert found.outcome in (ProbeOutcome.UNUSABLE, ProbeOutcome.TIMEOUT), found.detail
    told(found)


@pytest.mark.parametrize("seed", range(6))
def test_a_server_whose_datagrams_are_changed_on_the_way(authority: Authority, seed: int) -> None:
    """Between us and a real server, octets change: nothing but an ordinary result comes of it."""
    choice = random.Random(seed)
    with (
        http3_server(authority.server("good")) as (port, _),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as behind,
    ):
        behind.connect(("127.0.0.1", port))
        behind.settimeout(0.02)

        def changed(octets: bytes, number: int) -> list[bytes]:
            behind.send(octets)
            answers: list[bytes] = []
            try:
                while len(answers) < 20:
                    octets = behind.recv(65_535)
                    if choice.random() < 0.5:
                        place = choice.randrange(min(len(octets), 60))
                        octets = octets[:place] + bytes([choice.randrange(256)]) + octets[place + 1 :]
                    answers.append(octets)
            except TimeoutError:
                pass
            return answers

        with datagrams(changed) as front:
            told(probe_http(f"https://127.0.0.1:{front}/", ProbeOptions(timeout=2), HTTP3))


@pytest.mark.parametrize(
    ("url", "via", "words"),
    [("http://localhost/", "", "https://"), ("https://localhost/", "socks5://127.0.0.1:1", "UDP")],
)
def test_what_cannot_be_asked(url: str, via: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        probe_http(url, ProbeOptions(via=parse_proxy(via) if via else None), HTTP3)


def test_alternatives_of_http1() -> None:
    words = b'HTTP/1.1 200 OK\r\nAlt-Svc: h3=":443"; ma=60, h2="\x1b:8"\r\nContent-Length: 0\r\n\r\n'
    with saying(words, hear=True) as (port, _):
        found = probe_http(f"http://127.0.0.1:{port}/")
    first, second = found.responses[0].alternatives
    assert (first.protocol, first.port, first.seconds) == ("h3", 443, 60)
    assert second.host == "\x1b"
    told(found)


def test_tshark_opens_the_very_handshake(authority: Authority, tmp_path: Path) -> None:
    """What --capture keeps is the probe's own: tshark decrypts its first flight, and finds what it offers."""
    tshark = program("tshark", "tshark")
    try:
        with Recording():
            pass
    except NetanatomyError as error:
        pytest.skip(f"packets cannot be recorded here: {error}")
    file = tmp_path / "own.pcapng"
    with http3_server(authority.server("good")) as (port, _):
        url = f"https://localhost:{port}/page"
        arguments = [
            "probe",
            "http",
            url,
            "--http",
            "3",
            "--ca",
            str(authority.trust),
            "--capture",
            str(file),
        ]
        assert main(arguments) == 0
    fields = (
        "udp.port",
        "quic.version",
        "tls.handshake.extensions_server_name",
        "tls.handshake.extension.type",
    )
    command = [tshark, "-r", str(file), "-d", f"udp.port=={port},quic", "-Y", "quic", "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    rows = [line.split("\t") for line in found.stdout.splitlines()]
    assert len(rows) > 4 and all(str(port) in row[0].split(",") for row in rows)
    first = rows[0]
    assert "0x00000001" in first[1] and first[2] == "localhost"
    # supported_versions, key_share, ALPN, and that a stapled response is wanted.
    assert {"43", "51", "16", "5"} <= set(first[3].split(","))
