"""Post-quantum key exchange and certificates: a server with the OpenSSL of `cryptography`, which has both.

Debian 12's openssl has neither, so what is on the wire is the judge: IANA's numbers in the ServerHello, and
the signatures of the chain, verified one by the key of the next.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from netanatomy.active.probe import Probe, ProbeOptions, ProbeOutcome, probe_tls
from tests.active.probe.authority import Authority
from tests.active.probe.programs import free_port, running
from tests.active.probe.test_tls import s_server

PrivateKey = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey

X25519MLKEM768 = 0x11EC  # IANA, TLS Supported Groups
KEY_SHARE = 51  # RFC 8446 section 4.2
SERVER_SHARE = 1088 + 32  # octets: a ciphertext of ML-KEM-768 and a key of X25519


@dataclass(frozen=True)
class Chain:
    """A server's certificate and its authorities, the root last; the files of the server and of the root."""

    certificates: tuple[x509.Certificate, ...]
    pem: Path
    trust: Path


def sign(
    name: str, key: PrivateKey, issuer: str, by: PrivateKey, days: int, *, authority: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost")]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=20))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(by, None)


def chain_of(folder: Path, days: int = 100) -> Chain:
    """ML-DSA all the way up (RFC 9881), each of another size."""
    keys: tuple[PrivateKey, ...] = (
        mldsa.MLDSA44PrivateKey.generate(),
        mldsa.MLDSA65PrivateKey.generate(),
        mldsa.MLDSA87PrivateKey.generate(),
    )
    own, middle, root = keys
    certificates = (
        sign("server", own, "intermediate", middle, days, authority=False),
        sign("intermediate", middle, "root", root, 500, authority=True),
        sign("root", root, "root", root, 500, authority=True),
    )
    for certificate, by in zip(certificates, (middle, root, root), strict=True):
        by.public_key().verify(certificate.signature, certificate.tbs_certificate_bytes)
    encoding = serialization.Encoding.PEM
    secret = own.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem, trust = folder / f"quantum{days}.pem", folder / "quantum-root.pem"
    pem.write_bytes(secret + b"".join(each.public_bytes(encoding) for each in certificates[:2]))
    trust.write_bytes(certificates[2].public_bytes(encoding))
    return Chain(certificates, pem, trust)


@dataclass
class Server:
    """What a server has sent, and what its library says of the session."""

    port: int
    sent: bytearray
    groups: list[str | None]


@contextmanager
def serving(pem: Path) -> Iterator[Server]:
    """A server for one client after the other, in a thread; all that it sends is kept."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.use_certificate_chain_file(str(pem))
    context.use_privatekey_file(str(pem))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        server = Server(int(listener.getsockname()[1]), bytearray(), [])
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    client, _ = listener.accept()
                except TimeoutError:
                    continue
                client.settimeout(5)
                with client, suppress(ConnectionError):  # who has seen enough may well leave with a reset
                    shake(client)

        def shake(client: socket.socket) -> None:
            connection = SSL.Connection(context, None)
            connection.set_accept_state()
            for _ in range(10):
                try:
                    connection.do_handshake()
                except SSL.WantReadError:
                    server.sent += flush(connection, client)
                    if not (octets := client.recv(65536)):
                        return
                    connection.bio_write(octets)
                except SSL.Error:
                    server.sent += flush(connection, client)
                    return
                else:
                    server.groups.append(connection.get_group_name())
                    flush(connection, client)
                    client.recv(1)
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            ended.set()
            thread.join(10)


def flush(connection: SSL.Connection, client: socket.socket) -> bytes:
    """Send what TLS has to say."""
    try:
        octets = connection.bio_read(65536)
    except SSL.WantReadError:
        return b""
    client.sendall(octets)
    return octets


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    try:
        return chain_of(tmp_path_factory.mktemp("quantum"))
    except UnsupportedAlgorithm as error:
        pytest.skip(f"this build of cryptography has no ML-DSA: {error}")


def judgements(found: Probe) -> list[str]:
    assert found.tls is not None, found.detail
    return [each.name for each in found.tls.judgements]


def test_a_chain_and_a_key_exchange_for_after_quantum_computers(chain: Chain) -> None:
    with serving(chain.pem) as server:
        options = ProbeOptions(ca=str(chain.trust))
        found = probe_tls(f"127.0.0.1:{server.port}", options, server_name="localhost")
    assert found.outcome is ProbeOutcome.REACHED, found.detail
    assert found.tls is not None
    share = b"".join(
        number.to_bytes(2, "big") for number in (KEY_SHARE, SERVER_SHARE + 4, X25519MLKEM768, SERVER_SHARE)
    )
    assert share in server.sent and server.groups == ["X25519MLKEM768"]
    assert (found.tls.version, found.tls.group) == ("TLSv1.3", "X25519MLKEM768")
    assert [each.key for each in found.tls.chain] == ["ML-DSA-44", "ML-DSA-65"]
    # What signs a certificate is the key of the next.
    assert [each.signature for each in found.tls.chain] == ["ml-dsa-65", "ml-dsa-87"]
    assert [each.damage for each in found.tls.chain] == ["", ""]
    assert found.tls.errors == () and judgements(found) == []


def test_what_is_wrong_with_such_a_chain(chain: Chain, authority: Authority, tmp_path: Path) -> None:
    with serving(chain.pem) as server:
        strange = probe_tls(
            f"127.0.0.1:{server.port}", ProbeOptions(ca=str(authority.trust)), server_name="localhost"
        )
        other = probe_tls(
            f"127.0.0.1:{server.port}", ProbeOptions(ca=str(chain.trust)), server_name="other.test"
        )
    old = chain_of(tmp_path, -3)
    with serving(old.pem) as server:
        expired = probe_tls(
            f"127.0.0.1:{server.port}", ProbeOptions(ca=str(old.trust)), server_name="localhost"
        )
    for found, name in (
        (strange, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
        (other, "HOSTNAME_MISMATCH"),
        (expired, "CERT_HAS_EXPIRED"),
    ):
        assert found.outcome is ProbeOutcome.UNTRUSTED
        assert found.tls is not None and name in [each.name for each in found.tls.errors]
        assert "key-short" not in judgements(found) and "signature-forgeable" not in judgements(found)


def test_a_forged_signature_is_told(chain: Chain, tmp_path: Path) -> None:
    octets = bytearray(chain.certificates[0].public_bytes(serialization.Encoding.DER))
    octets[-1000] ^= 1
    forged = x509.load_der_x509_certificate(bytes(octets))
    pem = tmp_path / "forged.pem"
    secret, _, _ = chain.pem.read_bytes().partition(b"-----BEGIN CERTIFICATE-----")
    others = chain.certificates[1].public_bytes(serialization.Encoding.PEM)
    pem.write_bytes(secret + forged.public_bytes(serialization.Encoding.PEM) + others)
    with serving(pem) as server:
        found = probe_tls(
            f"127.0.0.1:{server.port}", ProbeOptions(ca=str(chain.trust)), server_name="localhost"
        )
    assert found.tls is not None, found.detail
    assert [each.name for each in found.tls.errors] == ["CERT_SIGNATURE_FAILURE"]


def test_the_versions_of_a_server_that_has_nothing_older(chain: Chain) -> None:
    with serving(chain.pem) as server:
        options = ProbeOptions(ca=str(chain.trust))
        found = probe_tls(f"127.0.0.1:{server.port}", options, server_name="localhost", each_version=True)
    accepted = {each.version: each.accepted for each in found.versions}
    # The authentication by ML-DSA is for TLS 1.3 alone.
    assert accepted == {"TLSv1.3": True, "TLSv1.2": False, "TLSv1.1": False, "TLSv1.0": False, "SSLv3": False}


def test_an_ordinary_chain_behind_the_new_key_exchange(authority: Authority) -> None:
    with serving(authority.server("good")) as server:
        found = probe_tls(
            f"127.0.0.1:{server.port}", ProbeOptions(ca=str(authority.trust)), server_name="localhost"
        )
    assert found.tls is not None
    assert (found.tls.group, found.tls.errors) == ("X25519MLKEM768", ())
    assert "not-post-quantum" not in judgements(found)


def test_a_server_without_it_is_told(authority: Authority, tmp_path: Path) -> None:
    port = free_port()
    with running(s_server(port, authority.server("good")), port, tmp_path):
        found = probe_tls(f"127.0.0.1:{port}", ProbeOptions(ca=str(authority.trust)), server_name="localhost")
    assert found.tls is not None and found.tls.group == "x25519"
    assert "not-post-quantum" in judgements(found)
