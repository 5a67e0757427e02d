"""SOCKS probes against proxies of others (dante, microsocks), our own, and what is no proxy."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from netanatomy.active.probe import Probe, ProbeOptions, ProbeOutcome, probe_socks
from netanatomy.active.probe.via import parse_proxy
from netanatomy.active.socks import Credentials
from tests.active.probe.authority import Authority
from tests.active.probe.programs import free_port, saying
from tests.active.probe.proxies import dante, microsocks
from tests.active.probe.test_hostile import told
from tests.active.socks.serving import serving, settings


def facts(probe: Probe) -> dict[str, str]:
    assert probe.greeting is not None, probe.detail
    return dict(probe.greeting.facts)


def judged(probe: Probe) -> dict[str, str]:
    assert probe.greeting is not None, probe.detail
    return {each.name: each.severity for each in probe.greeting.judgements}


def test_dante_for_everybody(tmp_path: Path) -> None:
    with dante(tmp_path, "none") as port:
        found = probe_socks(f"127.0.0.1:{port}")
    assert found.outcome is ProbeOutcome.REACHED
    assert found.detail.endswith("speaks SOCKS5, SOCKS4, SOCKS4a, and wants no password")
    assert facts(found)["no authentication"] == "accepted"
    assert facts(found)["user and password"].startswith("not accepted")
    assert judged(found) == {"socks-open": "weak", "not-encrypted": "note"}
    names = ["connect", "SOCKS5", "each method", "SOCKS4 and 4a"]
    assert [phase.name for phase in found.phases] == names
    told(found)


def test_dante_with_users(tmp_path: Path) -> None:
    with dante(tmp_path, "username") as port:
        found = probe_socks(f"127.0.0.1:{port}")
    assert found.detail.endswith("and wants user and password")
    assert judged(found) == {
        "socks-password-clear": "weak",
        "socks4-beside-password": "weak",
        "not-encrypted": "note",
    }


def test_microsocks_speaks_one_version(tmp_path: Path) -> None:
    with microsocks(tmp_path) as port:
        found = probe_socks(f"127.0.0.1:{port}")
    assert found.detail.endswith("speaks SOCKS5, and wants user and password")
    assert facts(found)["SOCKS4"].startswith("not spoken")
    assert "socks4-beside-password" not in judged(found)


def test_our_own_is_asked_to_reach_nothing() -> None:
    with serving(settings(socks4=True)) as proxy:
        found = probe_socks(f"localhost:{proxy.port}")
        lines = proxy.logged(6)
    assert "SOCKS4a" in found.detail
    reached = [line for line in lines if line["outcome"] not in ("closed", "unfinished", "refused", "denied")]
    assert {line.get("destination") for line in lines if line.get("command")} <= {"0.0.0.0", "socks.invalid"}
    assert not [line for line in reached if line.get("command") == "CONNECT" and line["outcome"] == "relayed"]


def test_our_own_with_a_password_within_tls(authority: Authority) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.server("good"))
    chosen = settings(credentials=Credentials({b"anna": b"secret"}), tls=context)
    with serving(chosen) as proxy:
        options = ProbeOptions(ca=str(authority.trust))
        found = probe_socks(f"localhost:{proxy.port}", options, tls=True)
        clear = probe_socks(f"localhost:{proxy.port}", ProbeOptions(timeout=3))
    assert found.outcome is ProbeOutcome.REACHED, found.detail
    assert found.tls is not None and found.tls.version == "TLSv1.3" and not found.tls.errors
    assert found.detail.endswith("speaks SOCKS5, and wants user and password")
    assert judged(found) == {}
    # A TLS server may wait for the rest of what it takes for the beginning of a record.
    assert clear.outcome in (ProbeOutcome.UNUSABLE, ProbeOutcome.CLOSED, ProbeOutcome.TIMEOUT)


def test_through_another_proxy() -> None:
    with serving(settings()) as front, serving(settings()) as behind:
        via = parse_proxy(f"socks5://127.0.0.1:{front.port}")
        found = probe_socks(f"127.0.0.1:{behind.port}", ProbeOptions(via=via))
    assert found.detail.endswith("speaks SOCKS5, and wants no password")
    assert "proxy" in [phase.name for phase in found.phases]


@pytest.mark.parametrize(
    ("words", "outcome", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", ProbeOutcome.UNUSABLE, "http"),
        (b"SSH-2.0-x\r\n", ProbeOutcome.UNUSABLE, "ssh"),
        (b"", ProbeOutcome.CLOSED, "closes"),
        (b"\x05", ProbeOutcome.UNUSABLE, "speaks no SOCKS"),
        (b"\x1b[2J\x00", ProbeOutcome.UNUSABLE, "speaks no SOCKS"),
    ],
)
def test_what_is_no_proxy(words: bytes, outcome: ProbeOutcome, said: str) -> None:
    with saying(words, hear=True) as (port, _):
        found = probe_socks(f"127.0.0.1:{port}", ProbeOptions(timeout=5))
    assert (found.outcome, said in found.detail) == (outcome, True), found.detail
    told(found)


def test_silence_ends_in_time() -> None:
    begun = time.monotonic()
    with saying(b"", hear=True, linger=3) as (port, _):
        found = probe_socks(f"127.0.0.1:{port}", ProbeOptions(timeout=0.7))
        taken = time.monotonic() - begun
    assert found.outcome is ProbeOutcome.TIMEOUT, found.detail
    assert taken < 2
    told(found)


def test_nobody_there() -> None:
    assert probe_socks(f"127.0.0.1:{free_port()}").outcome is ProbeOutcome.REFUSED


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.binary(max_size=40) | st.sampled_from([b"\x05\x00", b"\x05\xff", b"\0\x5a" + bytes(6)]))
def test_any_answer_is_an_ordinary_result(words: bytes) -> None:
    with saying(words, hear=True) as (port, _):
        told(probe_socks(f"127.0.0.1:{port}", ProbeOptions(timeout=3)))
