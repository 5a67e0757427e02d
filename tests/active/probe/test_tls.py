"""TLS probes against openssl s_server; s_client and `openssl verify` are the judges."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from netanatomy.active.probe import ProbeOptions, ProbeOutcome, probe_tls
from netanatomy.errors import UsageError
from netanatomy.report.plain import plain_text
from netanatomy.report.probe_view import probe_document
from tests.active.probe.authority import Authority
from tests.active.probe.programs import free_port, program, running, saying

EVERYTHING = ["-cipher", "ALL:@SECLEVEL=0"]


def s_server(port: int, pem: Path, *more: str) -> list[str]:
    openssl = program("openssl", "openssl")
    chain = ["-cert", str(pem), "-key", str(pem), "-cert_chain", str(pem)]
    return [openssl, "s_server", "-accept", f"127.0.0.1:{port}", *chain, "-quiet", *more]


def s_client(port: int, trust: Path, *more: str) -> str:
    openssl = program("openssl", "openssl")
    command = [openssl, "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost"]
    command += ["-CAfile", str(trust), "-verify_hostname", "localhost", *EVERYTHING, *more]
    return subprocess.run(command, input=b"", capture_output=True, timeout=20, check=False).stdout.decode()


def said(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, text
    return found[1]


@pytest.mark.parametrize("flag", ["-tls1", "-tls1_1", "-tls1_2", "-tls1_3"])
def test_version_suite_and_chain_are_what_s_client_says(
    authority: Authority, tmp_path: Path, flag: str
) -> None:
    port = free_port()
    with running(s_server(port, authority.server("rsa"), flag, *EVERYTHING), port, tmp_path):
        theirs = s_client(port, authority.trust)
        options = ProbeOptions(ca=str(authority.trust))
        found = probe_tls(f"127.0.0.1:{port}", options, server_name="localhost", each_version=True)
    assert found.outcome is ProbeOutcome.REACHED, found.detail
    assert found.tls is not None
    version = "TLSv1.3" if "New, TLSv1.3" in theirs else said(r"Protocol *: (\S+)", theirs)
    assert found.tls.version.removesuffix(".0") == version
    openssl = program("openssl", "openssl")
    suite = said(r"Cipher is (\S+)", theirs)
    listed = subprocess.run(
        [openssl, "ciphers", "-stdname", "ALL:@SECLEVEL=0"], capture_output=True, text=True, check=True
    )
    names = {line.split()[2]: line.split()[0] for line in listed.stdout.splitlines()}
    # The two OpenSSLs prefer different suites; both must be ones that OpenSSL knows.
    assert suite in names and found.tls.suite in names.values()
    subjects = [each.replace(" = ", "=") for each in re.findall(r"^ *\d+ s:(.*)$", theirs, re.MULTILINE)]
    assert [each.subject for each in found.tls.chain] == subjects
    assert len(subjects) == 3 and not found.tls.errors
    accepted = [each.version for each in found.versions if each.accepted]
    assert accepted == [{"-tls1": "TLSv1.0", "-tls1_1": "TLSv1.1"}.get(flag, found.tls.version)]
    old = any(each.name.startswith("protocol-") for each in found.tls.judgements)
    assert old == (flag in ("-tls1", "-tls1_1"))


@pytest.mark.parametrize(
    ("kind", "errors"),
    [
        ("good", []),
        ("expired", ["CERT_HAS_EXPIRED"]),
        ("not-yet", ["CERT_NOT_YET_VALID"]),
        ("wrong-name", ["HOSTNAME_MISMATCH"]),
        ("no-name", ["HOSTNAME_MISMATCH"]),
        ("self-signed", ["DEPTH_ZERO_SELF_SIGNED_CERT"]),
        ("no-intermediate", ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"]),
        ("wrong-purpose", ["INVALID_PURPOSE"]),
        ("other-root", ["SELF_SIGNED_CERT_IN_CHAIN"]),
    ],
)
def test_what_is_wrong_with_a_chain(
    authority: Authority, tmp_path: Path, kind: str, errors: list[str]
) -> None:
    port = free_port()
    with running(s_server(port, authority.server(kind)), port, tmp_path):
        theirs = s_client(port, authority.trust)
        options = ProbeOptions(ca=str(authority.trust))
        found = probe_tls(f"127.0.0.1:{port}", options, server_name="localhost")
    assert found.tls is not None, found.detail
    assert [each.name for each in found.tls.errors] == errors
    assert all(each.meaning.endswith(".") for each in found.tls.errors)
    assert found.outcome is (ProbeOutcome.UNTRUSTED if errors else ProbeOutcome.REACHED)
    code = int(said(r"Verify return code: (\d+)", theirs))
    # OpenSSL takes the common name where there are no others; RFC 9525 forbids that.
    assert bool(code) == bool(errors) or kind == "no-name"


def test_facts_of_certificates_are_what_openssl_says(authority: Authority, tmp_path: Path) -> None:
    openssl = program("openssl", "openssl")
    pem, port = authority.server("rsa"), free_port()
    with running(s_server(port, pem), port, tmp_path):
        found = probe_tls(f"127.0.0.1:{port}", ProbeOptions(ca=str(authority.trust)))
    assert found.tls is not None
    certificate = found.tls.chain[0]
    command = [openssl, "x509", "-in", str(pem), "-noout", "-serial", "-fingerprint", "-sha256", "-enddate"]
    theirs = subprocess.run(
        [*command, "-dateopt", "iso_8601"], capture_output=True, text=True, check=True
    ).stdout
    assert certificate.serial == said(r"serial=0*([0-9A-F]+)", theirs).lower()
    assert certificate.fingerprint == said(r"Fingerprint=(\S+)", theirs).replace(":", "").lower()
    assert certificate.not_after.replace("T", " ") == said(r"notAfter=(\S+ \S+)", theirs)
    assert certificate.names == ("localhost", "127.0.0.1", "::1")
    assert (certificate.key, certificate.days_left) == ("RSA 2048", 30)


def test_a_short_key_is_told(authority: Authority, tmp_path: Path) -> None:
    port = free_port()
    with running(s_server(port, authority.server("short-key"), *EVERYTHING), port, tmp_path):
        found = probe_tls(f"127.0.0.1:{port}", ProbeOptions(ca=str(authority.trust)))
    assert found.tls is not None, found.detail
    assert "key-short" in [each.name for each in found.tls.judgements]


def test_alpn_and_a_server_that_wants_another_version(authority: Authority, tmp_path: Path) -> None:
    port = free_port()
    with running(s_server(port, authority.server("good"), "-alpn", "h2,x", "-tls1_2"), port, tmp_path):
        options = ProbeOptions(ca=str(authority.trust))
        found = probe_tls(f"127.0.0.1:{port}", options, alpn=("http/1.1", "x"), each_version=True)
    assert found.tls is not None and found.tls.alpn == "x"
    answers = {each.version: each for each in found.versions}
    assert answers["TLSv1.2"].accepted and "protocol_version" in answers["TLSv1.3"].detail
    assert "protocol_version" in answers["SSLv3"].detail or answers["SSLv3"].accepted is False


ALERT = bytes.fromhex("15 0303 0002 02 28")
SSL3_HELLO = bytes.fromhex("16 0300 002a 02 000026 0300") + bytes(32) + bytes.fromhex("00 0005 00")


def test_an_sslv3_server_that_openssl_no_longer_talks_to() -> None:
    with saying(SSL3_HELLO, hear=True) as (port, heard):
        found = probe_tls(f"127.0.0.1:{port}", ProbeOptions(timeout=10), each_version=True)
        # Without extensions, and with SSL 3.0 both in the record and in the message.
        assert any(octets[:3] == b"\x16\x03\x00" and octets[9:11] == b"\x03\x00" for octets in heard())
    assert found.outcome is ProbeOutcome.REACHED
    answers = {each.version: each for each in found.versions}
    assert answers["SSLv3"].accepted and answers["SSLv3"].suite == "TLS_RSA_WITH_RC4_128_SHA"
    assert {each.name for each in answers["SSLv3"].judgements} >= {"protocol-sslv3", "cipher-rc4"}
    assert answers["TLSv1.3"].detail == "answers with SSLv3 instead"


@pytest.mark.parametrize(
    ("words", "outcome", "told"),
    [
        (b"", ProbeOutcome.CLOSED, "without a word"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", ProbeOutcome.UNUSABLE, "does not speak TLS"),
        (ALERT, ProbeOutcome.UNUSABLE, "handshake_failure"),
        (SSL3_HELLO[:20], ProbeOutcome.CLOSED, "in the middle"),
        (b"\x1b]0;owned\x07", ProbeOutcome.UNUSABLE, "does not speak TLS"),
    ],
)
def test_what_is_no_tls(words: bytes, outcome: ProbeOutcome, told: str) -> None:
    with saying(words, hear=True) as (port, _):
        found = probe_tls(f"127.0.0.1:{port}", ProbeOptions(timeout=10), each_version=True)
    assert (found.outcome, told in found.detail) == (outcome, True), found.detail
    assert found.tls is None


def test_silence_ends_in_time() -> None:
    with saying(b"", linger=3, hear=True) as (port, _):
        found = probe_tls(f"127.0.0.1:{port}", ProbeOptions(timeout=1))
    assert found.outcome is ProbeOutcome.TIMEOUT
    assert [phase.name for phase in found.phases] == ["connect", "until the end"]
    assert found.tcp is not None


def test_authorities_that_are_none(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pem", Path(__file__)):
        with pytest.raises(UsageError, match="authorities"):
            probe_tls("127.0.0.1:1", ProbeOptions(ca=str(path)))


def test_versions_are_offered_in_the_order_of_ordinary_clients(authority: Authority, tmp_path: Path) -> None:
    """A server of OpenSSL goes by the order of its client."""
    port = free_port()
    with running(s_server(port, authority.server("rsa"), "-tls1_2"), port, tmp_path):
        found = probe_tls(f"127.0.0.1:{port}", ProbeOptions(timeout=30), each_version=True)
    (accepted,) = (each for each in found.versions if each.accepted)
    assert accepted.suite.startswith("TLS_ECDHE_RSA_WITH_") and "_GCM_" in accepted.suite


def test_what_is_no_tls_is_told_as_text() -> None:
    with saying(b"HTTP/1.1 400 Bad Request\r\n\r\n", hear=True) as (port, _):
        found = probe_tls(f"127.0.0.1:{port}", ProbeOptions(timeout=10))
    assert found.detail.endswith('it says "HTTP/1.1 400 Bad Request\r\n\r\n"')
    text = "\n".join(plain_text(probe_document(found)))
    assert r"400 Bad Request\x0d\x0a" in text and r"\\" not in text and "b'" not in text
