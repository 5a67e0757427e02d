"""Stapled OCSP responses of openssl's server: told, and judged as s_client reads them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from netanatomy.active.probe import ProbeOptions, ProbeOutcome, probe_tls
from netanatomy.schema.probe import TlsFacts
from tests.active.probe.authority import Authority, issue
from tests.active.probe.programs import free_port, program, running
from tests.active.probe.staples import staple


def stapled(authority: Authority, pem: Path, response: bytes, version: str) -> tuple[TlsFacts, str]:
    """What a probe finds, and what s_client says of the response."""
    openssl, port = program("openssl", "openssl"), free_port()
    path = pem.with_suffix(".ocsp")
    path.write_bytes(response)
    files = ["-cert", str(pem), "-cert_chain", str(pem), "-status_file", str(path)]
    command = [openssl, "s_server", "-accept", f"127.0.0.1:{port}", "-quiet", f"-{version}", *files]
    with running(command, port, pem.parent):
        found = probe_tls(f"localhost:{port}", ProbeOptions(ca=str(authority.trust)))
        judge = subprocess.run(
            [openssl, "s_client", "-connect", f"127.0.0.1:{port}", "-status"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    assert found.outcome is ProbeOutcome.REACHED and found.tls is not None, found.detail
    return found.tls, judge.stdout.decode("utf-8", "replace")


@pytest.mark.parametrize("version", ["tls1_2", "tls1_3"])
def test_what_a_response_says(authority: Authority, version: str) -> None:
    own = issue("stapled", authority.middle, names=("localhost",))
    pem = authority.files("stapled", own, authority.middle)
    good, judge = stapled(authority, pem, staple(own, authority.middle), version)
    assert good.ocsp.startswith("good, as of ") and " until " in good.ocsp
    assert "Cert Status: good" in judge
    assert not {"certificate-revoked", "staple-useless"} & {each.name for each in good.judgements}

    revoked, judge = stapled(authority, pem, staple(own, authority.middle, revoked=True), version)
    assert revoked.ocsp.startswith("revoked") and "Cert Status: revoked" in judge
    assert {each.name: each.severity for each in revoked.judgements}["certificate-revoked"] == "bad"


@pytest.mark.parametrize(
    ("kind", "words"),
    [("old", "which is over"), ("other", "another certificate"), ("later", "the responder says try_later")],
)
def test_responses_that_are_of_no_use(authority: Authority, kind: str, words: str) -> None:
    own = issue("stapled", authority.middle, names=("localhost",))
    pem = authority.files("stapled", own, authority.middle)
    if kind == "old":
        response = staple(own, authority.middle, days=(-9, -2))
    elif kind == "other":
        response = staple(issue("other", authority.middle), authority.middle)
    else:
        # An OCSPResponse of a status alone: tryLater, RFC 6960 section 4.2.1.
        response = bytes.fromhex("30030a0103")
    found, _ = stapled(authority, pem, response, "tls1_3")
    assert words in found.ocsp
    assert "staple-useless" in {each.name for each in found.judgements}
