"""Every way to a server, against BIND, Unbound, and a QUIC server in front of BIND; dig is the judge."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from netanatomy.active.resolve import Answer, Options, Outcome, resolve
from tests.active.resolve.conftest import Lab
from tests.active.resolve.nameservers import SERVER_NAME, Certificates, free_port, program, running
from tests.active.resolve.quic_server import quic_server
from tests.active.resolve.zones import tree

QUESTIONS = [
    ("www.secure.test", "A"),
    ("www.secure.test", "AAAA"),
    ("alias.secure.test", "A"),
    ("secure.test", "MX"),
    ("mail.secure.test", "MX"),
    ("secure.test", "SOA"),
    ("odd.secure.test", "TXT"),
    ("svc.secure.test", "HTTPS"),
    ("long.plain.test", "TXT"),
    ("nothing.secure.test", "A"),
]


def dig(port: int, name: str, kind: str, *more: str) -> list[str]:
    path = program("dig", "bind9-dnsutils")
    command = [path, "-r", "@127.0.0.1", "-p", str(port), "+short", "+tries=1", name, kind, *more]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.fixture(scope="module")
def quic(lab: Lab, certificates: Certificates) -> Iterator[tuple[int, list[bytes]]]:
    with quic_server(lab.port, certificates) as found:
        yield found


@pytest.fixture(params=["udp", "tcp", "tls", "https", "https-get", "h3", "h3-get", "quic"])
def server(request: pytest.FixtureRequest, lab: Lab, quic: tuple[int, list[bytes]]) -> str:
    host = "127.0.0.1"
    return {
        "udp": f"udp://{host}:{lab.port}",
        "tcp": f"tcp://{host}:{lab.port}",
        "tls": f"tls://{host}:{lab.tls}#{SERVER_NAME}",
        "https": f"https://{host}:{lab.https}",
        "https-get": f"https://{host}:{lab.https}/dns-query{{?dns}}#{SERVER_NAME}",
        "h3": f"h3://{host}:{quic[0]}#{SERVER_NAME}",
        "h3-get": f"h3://{host}:{quic[0]}/dns-query{{?dns}}",
        "quic": f"quic://{host}:{quic[0]}",
    }[request.param]


@pytest.mark.parametrize(("name", "kind"), QUESTIONS)
def test_dig_says_the_same(lab: Lab, server: str, certificates: Certificates, name: str, kind: str) -> None:
    options = Options(ca=str(certificates.authority), recursion=False)
    (answer,) = resolve(name, (kind,), server, options=options)
    assert sorted(record.data for record in answer.records) == sorted(dig(lab.port, name, kind))
    assert answer.server == server.replace("/dns-query#", "#") or "dns-query" in answer.server
    expected = Outcome.ANSWERED if answer.data else Outcome.NO_DATA
    assert answer.outcome is (Outcome.NO_SUCH_NAME if "nothing" in name else expected)
    names = [phase.name for phase in answer.exchanges[0].phases]
    assert names[-1] == "query"
    assert ("handshake" in names) == (not server.startswith(("udp", "tcp")))


def test_many_questions_over_one_connection(server: str, certificates: Certificates) -> None:
    types = ("A", "AAAA", "TXT", "MX", "SOA", "NS", "CAA", "HTTPS", "SVCB", "SRV")
    answers = resolve("www.secure.test", types, server, options=Options(ca=str(certificates.authority)))
    assert [answer.outcome for answer in answers[:2]] == [Outcome.ANSWERED] * 2
    assert {answer.outcome for answer in answers[2:]} == {Outcome.NO_DATA}
    if not server.startswith("udp"):
        opened = [each for each in answers if any(p.name == "connect" for p in each.exchanges[0].phases)]
        assert len(opened) <= 1


def test_by_name_with_a_bootstrap_address(lab: Lab, certificates: Certificates) -> None:
    options = Options(ca=str(certificates.authority), bootstrap="127.0.0.1")
    (answer,) = resolve("www.plain.test", ("A",), f"tls://{SERVER_NAME}:{lab.tls}", options=options)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.exchanges[0].peer == f"127.0.0.1:{lab.tls}"


def test_the_wrong_authority(server: str) -> None:
    (answer,) = resolve("www.plain.test", ("A",), server, options=Options(timeout=3, attempts=1))
    if server.startswith(("udp", "tcp")):
        assert answer.outcome is Outcome.ANSWERED
    else:
        assert answer.outcome is Outcome.UNTRUSTED, answer.detail
        assert "certificate is not trusted" in answer.detail


def test_the_wrong_name(server: str, certificates: Certificates) -> None:
    if server.startswith(("udp", "tcp")):
        pytest.skip("nothing is verified")
    options = Options(timeout=3, ca=str(certificates.authority))
    wrong = f"{server.partition('#')[0]}#other.test"
    (answer,) = resolve("www.plain.test", ("A",), wrong, options=options)
    assert answer.outcome is Outcome.UNTRUSTED, answer.detail
    assert len(answer.exchanges) == 1  # asking again would not help
    assert "Pattern(" not in answer.detail and "b'" not in answer.detail
    assert [phase.name for phase in answer.exchanges[0].phases][-1] in ("connect", "handshake")


def test_questions_are_padded_only_if_encrypted(
    lab: Lab, quic: tuple[int, list[bytes]], certificates: Certificates
) -> None:
    port, seen = quic
    resolve(
        "www.plain.test", ("A",), f"quic://127.0.0.1:{port}", options=Options(ca=str(certificates.authority))
    )
    assert len(seen[-1]) % 128 == 0  # RFC 8467
    assert seen[-1][:2] == b"\0\0"  # RFC 9250 section 4.2.1
    (answer,) = resolve("www.plain.test", ("A",), lab.udp)
    assert answer.exchanges[0].sent < 128


def test_tls_where_none_is(lab: Lab, certificates: Certificates) -> None:
    options = Options(ca=str(certificates.authority), timeout=2, attempts=1)
    for scheme in ("tls", "https"):
        (answer,) = resolve("www.plain.test", ("A",), f"{scheme}://127.0.0.1:{lab.port}", options=options)
        assert answer.outcome in (Outcome.UNUSABLE, Outcome.TIMEOUT), answer.detail
    (answer,) = resolve("www.plain.test", ("A",), f"https://127.0.0.1:{lab.tls}", options=options)
    assert "does not speak HTTP/2" in answer.detail
    (answer,) = resolve("www.plain.test", ("A",), f"https://127.0.0.1:{lab.https}/other", options=options)
    assert "HTTP status 404" in answer.detail
    (answer,) = resolve("www.plain.test", ("A",), f"quic://127.0.0.1:{free_port()}", options=options)
    assert answer.outcome is Outcome.UNREACHABLE, answer.detail


def test_truncation_goes_on_over_tcp(lab: Lab) -> None:
    (answer,) = resolve("long.plain.test", ("TXT",), lab.udp)
    assert answer.outcome is Outcome.ANSWERED
    assert [(each.transport, each.result) for each in answer.exchanges] == [
        ("udp", "truncated"),
        ("tcp", "answer"),
    ]
    assert any("truncated" in note for note in answer.notes)


def test_nsid(lab: Lab) -> None:
    (answer,) = resolve("www.plain.test", ("A",), lab.udp, options=Options(nsid=True))
    assert answer.edns is not None
    assert answer.edns.nsid == "instance-7"


def test_cookies(lab: Lab) -> None:
    (answer,) = resolve("www.plain.test", ("A",), lab.udp, options=Options(cookie=True))
    assert answer.edns is not None
    assert len(answer.edns.client_cookie) == 16
    assert len(answer.edns.server_cookie) >= 16


def test_a_server_that_insists_on_its_cookie(tmp_path: Path) -> None:
    named = program("named", "bind9")
    port = free_port()
    zone = tree(tmp_path)["plain.test."]
    (tmp_path / "named.conf").write_text(
        f"""
        controls {{ }};
        options {{
            directory "{tmp_path}"; pid-file none; session-keyfile none;
            listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
            recursion no; dnssec-validation no; require-server-cookie yes;
        }};
        zone "plain.test" {{ type primary; file "{zone}"; }};
        """
    )
    command = [named, "-f", "-c", str(tmp_path / "named.conf"), "-n", "1"]
    with running(command, tmp_path / "log", port, "plain.test."):
        (answer,) = resolve("www.plain.test", ("A",), f"127.0.0.1:{port}", options=Options(cookie=True))
    assert answer.outcome is Outcome.ANSWERED
    assert any("BADCOOKIE" in note for note in answer.notes)


def test_extended_errors_of_a_validating_server(unbound: Lab) -> None:
    (answer,) = resolve("www.broken.test", ("A",), unbound.udp)
    assert answer.outcome is Outcome.SERVER_FAILURE
    assert answer.edns is not None
    assert [error.code for error in answer.edns.errors] == [6]
    assert answer.edns.errors[0].meaning == "DNSSEC Bogus"


def test_unbound_over_tls_and_https(unbound: Lab, certificates: Certificates) -> None:
    options = Options(ca=str(certificates.authority))
    servers = [unbound.udp, f"tls://127.0.0.1:{unbound.tls}", f"https://127.0.0.1:{unbound.https}"]
    answers = resolve("www.secure.test", ("A",), servers, options=options)
    assert [sorted(answer.data) for answer in answers] == [["10.0.0.1", "192.0.2.1"]] * 3
    assert all("ad" in answer.flags for answer in answers)


def test_addresses_come_with_their_class(lab: Lab) -> None:
    (answer,) = resolve("www.plain.test", ("A",), lab.udp)
    classes = {record.data: record.address_class for record in answer.records}
    assert classes == {"192.0.2.1": "documentation", "10.0.0.1": "private"}


def test_a_search_list(lab: Lab) -> None:
    (answer,) = resolve("only4", ("A",), lab.udp, search=["nothing.test", "plain.test"])
    assert answer.question.name == "only4.plain.test."
    assert answer.data == ("198.51.100.7",)
    assert any("only4.nothing.test." in note for note in answer.notes)


def test_text_of_servers_stays_ascii(lab: Lab) -> None:
    (answer,) = resolve("odd.secure.test", ("TXT",), lab.udp)
    assert answer.data == (r'"\027[31mred\226\128\174"',)
    assert json.dumps(answer.data).isascii()


def test_records_are_the_same_however_they_are_read(lab: Lab) -> None:
    """The short cut for common answers against dnspython."""
    for name, kind in QUESTIONS:
        (short,) = resolve(name, (kind,), lab.udp)
        (long,) = resolve(name, (kind,), lab.udp, options=Options(nsid=True))
        blank = {"exchanges": (), "edns": None, "records": (), "notes": ()}
        assert replace(short, **blank) == replace(long, **blank)
        assert sorted(short.records, key=repr) == sorted(long.records, key=repr)


def test_answers_are_hashable_and_equal(lab: Lab) -> None:
    (answer,) = resolve("only4.plain.test", ("A",), lab.udp)
    assert isinstance(answer, Answer)
    assert hash(answer) == hash(replace(answer))
