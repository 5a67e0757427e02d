"""A capture and a probe say the same of a server: handshakes of real OpenSSL, recorded octet for octet.

The probe shakes hands through a relay that writes down what passes. What the reader makes of that must be
what the probe itself found: for TLS 1.2 and before all of it, for TLS 1.3 what is not encrypted.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from netanatomy.active.probe import ProbeOptions, probe_tls
from netanatomy.flows.messages.protocol import Recognition, Row, Said
from netanatomy.flows.messages.tls import MESSAGES
from netanatomy.schema.probe import TlsFacts
from tests.active.probe.authority import Authority, Issued, issue
from tests.active.probe.programs import free_port, program, running
from tests.active.probe.staples import staple
from tests.flows.messages.relay import relaying

ALL = "ALL:@SECLEVEL=0"
NAMES = ("localhost", "127.0.0.1")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority of our own."""
    return Authority(tmp_path_factory.mktemp("authority"))


def server(port: int, pem: Path, *more: str) -> list[str]:
    openssl = program("openssl", "openssl")
    chain = ["-cert", str(pem), "-key", str(pem), "-cert_chain", str(pem)]
    return [openssl, "s_server", "-accept", f"127.0.0.1:{port}", *chain, "-quiet", *more]


def read(said: Sequence[Said]) -> Row:
    """What the reader makes of a connection."""
    halves = (b"".join(each.octets for each in said if each.is_orig is side) for side in (True, False))
    assert MESSAGES.recognise(*halves) is Recognition.YES
    reader = MESSAGES.reader()
    for each in said:
        if not reader.finished:
            reader.take(each)
    (row,) = reader.rows()
    assert set(row) <= {column.name for column in MESSAGES.columns}
    return row


def probed_and_read(port: int, authority: Authority) -> tuple[TlsFacts, Row]:
    """What the probe finds through a relay, and what the reader makes of the same octets."""
    with relaying(port) as relay:
        options = ProbeOptions(ca=str(authority.trust))
        found = probe_tls(f"127.0.0.1:{relay.port}", options, server_name="localhost")
        connections = relay.connections
    assert found.tls is not None, found.detail
    assert len(connections) == 1
    return found.tls, read(connections[0])


def assert_same(found: TlsFacts, row: Row) -> None:
    """The very judgements, and the facts that they are about."""
    names: dict[str, list[str]] = {severity: [] for severity in ("bad", "weak", "note")}
    for each in found.judgements:
        names[each.severity].append(each.name)
    ours = row["weaknesses"], row["notes"]
    assert isinstance(ours[0], list)
    assert sorted(ours[0]) == sorted({*names["bad"], *names["weak"]})
    assert ours[1] == list(dict.fromkeys(names["note"]))
    # OpenSSL writes a group in other capitals than IANA.
    words = [
        f"{each.severity}: {each.name}: {each.what}: {each.why} ({each.reference})".lower()
        for each in found.judgements
    ]
    assert isinstance(row["judgements"], list)
    assert [each.lower() for each in row["judgements"]] == words
    assert row["version"] == found.version.replace(".", "")
    assert row["cipher"] == found.suite
    assert str(row["group"] or "").lower() == found.group.lower()
    assert row["cert_chain_fps"] == [each.fingerprint for each in found.chain]
    own = found.chain[0]
    assert (row["subject"], row["issuer"], row["not_after"]) == (own.subject, own.issuer, own.not_after)
    assert (row["certificate_key"], row["certificate_signature"]) == (own.key, own.signature)
    assert (row["ocsp"] or "") == found.ocsp
    assert (row["server_name"], row["established"], row["error"]) == ("localhost", True, None)


@pytest.fixture(scope="module")
def forgeable(authority: Authority) -> Path:
    """A certificate with a short key, signed with SHA-1: the library makes none, openssl does."""
    openssl = program("openssl", "openssl")
    short = issue("short", authority.middle, key=rsa.generate_private_key(65537, 1024))
    own, middle = authority.files("own", short), authority.files("middle", authority.middle)
    folder = authority.folder
    asked, extensions, made = folder / "request.pem", folder / "extensions", folder / "forgeable.pem"
    extensions.write_text("subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n")
    request = [openssl, "req", "-new", "-key", str(own), "-subj", "/CN=forgeable", "-out", str(asked)]
    sign = [openssl, "x509", "-req", "-sha1", "-in", str(asked), "-CA", str(middle), "-CAkey", str(middle)]
    sign += ["-extfile", str(extensions), "-days", "5", "-set_serial", "77"]
    subprocess.run(request, check=True, capture_output=True)
    signed = subprocess.run(sign, check=True, capture_output=True).stdout
    key = own.read_bytes().partition(b"-----BEGIN CERTIFICATE")[0]
    chain = middle.read_bytes()
    made.write_bytes(key + signed + chain[chain.index(b"-----BEGIN CERTIFICATE") :])
    return made


@pytest.mark.parametrize(
    ("flags", "weaknesses", "notes"),
    [
        (
            ("-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0"),
            ["protocol-tlsv1.0", "no-forward-secrecy", "key-short", "signature-forgeable", "expires-soon"],
            ["mode-cbc"],
        ),
        (
            ("-tls1_1", "-cipher", "CAMELLIA256-SHA:@SECLEVEL=0"),
            ["protocol-tlsv1.1", "no-forward-secrecy", "key-short", "signature-forgeable", "expires-soon"],
            ["mode-cbc"],
        ),
        (
            ("-tls1_2", "-cipher", "AES256-SHA256:@SECLEVEL=0"),
            ["no-forward-secrecy", "key-short", "signature-forgeable", "expires-soon"],
            ["mode-cbc"],
        ),
    ],
)
def test_a_weak_server(
    authority: Authority,
    forgeable: Path,
    tmp_path: Path,
    flags: tuple[str, ...],
    weaknesses: list[str],
    notes: list[str],
) -> None:
    port = free_port()
    with running(server(port, forgeable, *flags), port, tmp_path):
        found, row = probed_and_read(port, authority)
    assert_same(found, row)
    assert row["weaknesses"] == weaknesses
    assert row["notes"] == notes
    assert row["group"] is None and row["ssl_history"] in ("CsxnGIti", "CsxnGIi")


def test_a_prime_that_is_too_short(authority: Authority, tmp_path: Path) -> None:
    openssl, port, file = program("openssl", "openssl"), free_port(), tmp_path / "dh.pem"
    made = [openssl, "dhparam", "-out", str(file), "1024"]
    subprocess.run(made, check=True, capture_output=True)
    flags = ("-tls1_2", "-cipher", "DHE-RSA-AES128-SHA:@SECLEVEL=0", "-dhparam", str(file))
    with running(server(port, authority.server("rsa"), *flags), port, tmp_path):
        found, row = probed_and_read(port, authority)
    assert_same(found, row)
    assert (row["group"], row["curve"], row["weaknesses"]) == ("DH 1024", None, ["group-weak"])
    assert row["notes"] == ["mode-cbc", "dhe"]


@pytest.mark.parametrize("flags", [("-tls1_2",), ("-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305")])
def test_a_modern_server_of_tls_1_2(authority: Authority, tmp_path: Path, flags: tuple[str, ...]) -> None:
    port = free_port()
    with running(server(port, authority.server("good"), "-alpn", "h2", *flags), port, tmp_path):
        found, row = probed_and_read(port, authority)
    assert_same(found, row)
    assert row["weaknesses"] == [] and row["sni_matches_cert"] is True
    assert str(row["curve"]).lower() == found.group.lower() != ""
    assert row["ssl_history"] == "CsxknGIti" and row["client_cert_chain_fps"] == []
    assert isinstance(row["ciphers_offered"], list) and row["cipher"] in row["ciphers_offered"]


@pytest.mark.parametrize("revoked", [False, True])
def test_a_stapled_response(authority: Authority, tmp_path: Path, revoked: bool) -> None:
    own = issue("stapled", authority.middle, names=NAMES)
    pem, port, file = authority.files("stapled", own, authority.middle), free_port(), tmp_path / "ocsp"
    file.write_bytes(staple(own, authority.middle, revoked=revoked))
    with running(server(port, pem, "-tls1_2", "-status_file", str(file)), port, tmp_path):
        found, row = probed_and_read(port, authority)
    assert_same(found, row)
    assert str(row["ocsp"]).startswith("revoked" if revoked else "good")
    assert row["weaknesses"] == (["certificate-revoked"] if revoked else [])
    assert row["ssl_history"] == "CsxuknGIti"


@pytest.mark.parametrize("groups", ["X25519", "P-256", "ffdhe2048"])
def test_tls_1_3_hides_the_certificate(authority: Authority, tmp_path: Path, groups: str) -> None:
    port = free_port()
    flags = ("-tls1_3", "-groups", groups, "-alpn", "h2")
    with running(server(port, authority.server("short-key"), *flags, "-cipher", ALL), port, tmp_path):
        found, row = probed_and_read(port, authority)
    assert (row["version"], row["cipher"]) == ("TLSv13", found.suite)
    assert str(row["group"]).lower() == found.group.lower()
    assert "cert_chain_fps" not in row and "subject" not in row
    seen = [each.name for each in found.judgements if each.name != "key-short"]
    assert isinstance(row["weaknesses"], list) and isinstance(row["notes"], list)
    assert [*row["weaknesses"], *row["notes"]] == seen
    assert row["established"] is True and row["next_protocol"] is None
    # Where the probe offered no key for that group, the server asked for one first.
    assert row["ssl_history"] in ("CsiI", "CjiICs")


def pythons_handshakes(port: int, authority: Authority, *, times: int, own: Path | None) -> list[bool | None]:
    """Python's client of TLS 1.2; from the second time on it shows the session of the first.

    Gives whether OpenSSL took it up again.
    """
    context = ssl.create_default_context(cafile=str(authority.trust))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2", "http/1.1"])
    if own is not None:
        context.load_cert_chain(own)
    session, reused = None, []
    for _ in range(times):
        with (
            socket.create_connection(("127.0.0.1", port), 10) as sock,
            context.wrap_socket(sock, server_hostname="localhost", session=session) as secured,
        ):
            session = secured.session
            reused.append(secured.session_reused)
            # A session that is not closed as it should be is not taken up again (RFC 5246 section 7.2.1).
            with contextlib.suppress(OSError):
                secured.unwrap()
    return reused


@pytest.mark.parametrize("flag", ["-ticket", "-no_ticket"])
def test_a_session_that_is_taken_up_again(authority: Authority, tmp_path: Path, flag: str) -> None:
    port = free_port()
    more = () if flag == "-ticket" else (flag,)
    command = server(port, authority.server("good"), "-tls1_2", "-alpn", "http/1.1", *more)
    with running(command, port, tmp_path), relaying(port) as relay:
        reused = pythons_handshakes(relay.port, authority, times=2, own=None)
        first, second = (read(said) for said in relay.connections)
    assert [first["resumed"], second["resumed"]] == reused == [False, True]
    assert second["ssl_history"] in ("CstiI", "CsiI") and "cert_chain_fps" not in second
    assert first["next_protocol"] == second["next_protocol"] == "http/1.1"
    assert first["alpn_offered"] == ["h2", "http/1.1"]
    assert first["established"] is second["established"] is True


def test_a_client_that_shows_a_certificate(authority: Authority, tmp_path: Path) -> None:
    port = free_port()
    client = issue("client", authority.middle, names=("client.test",))
    own = authority.files("client", client, authority.middle)
    flags = ("-tls1_2", "-Verify", "3", "-CAfile", str(authority.trust))
    with running(server(port, authority.server("good"), *flags), port, tmp_path), relaying(port) as relay:
        pythons_handshakes(relay.port, authority, times=1, own=own)
        (row,) = (read(said) for said in relay.connections)
    assert row["client_cert_chain_fps"] == [fingerprint(client), fingerprint(authority.middle)]
    assert row["ssl_history"] == "CsxkrnXGYIti"


def fingerprint(issued: Issued) -> str:
    from cryptography.hazmat.primitives import hashes

    return issued.certificate.fingerprint(hashes.SHA256()).hex()


def test_a_server_that_refuses(authority: Authority, tmp_path: Path) -> None:
    port = free_port()
    with running(server(port, authority.server("good"), "-tls1_3"), port, tmp_path), relaying(port) as relay:
        with pytest.raises((ssl.SSLError, OSError)):
            pythons_handshakes(relay.port, authority, times=1, own=None)
        (row,) = (read(said) for said in relay.connections)
    assert (row["last_alert"], row["established"], row["ssl_history"]) == ("protocol_version", False, "Cl")
    assert row["server_name"] == "localhost" and "version" not in row
