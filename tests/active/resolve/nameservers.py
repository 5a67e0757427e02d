"""Real name servers on loopback, started by the tests, and ended by their process number."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import dns.message
import dns.query
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
SERVER_NAME = "dns.test"


def program(name: str, package: str) -> str:
    """Where a program is; a test that needs it skips where it is not installed."""
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: {package})")
    return found


def free_port(address: str = "127.0.0.1") -> int:
    """A port that is free for TCP and UDP just now."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.bind((address, 0))
            port: int = tcp.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                try:
                    udp.bind((address, port))
                except OSError:
                    continue
                return port
    raise AssertionError("no free port")


@contextmanager
def running(
    command: Sequence[str], log: Path, port: int, name: str, address: str = "127.0.0.1"
) -> Iterator[None]:
    """A server in the foreground, once it answers for `name`."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, stdin=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 30
        while True:
            try:
                dns.query.udp(dns.message.make_query(name, "SOA"), address, timeout=0.5, port=port)
                break
            except (OSError, dns.exception.DNSException):
                if process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"{command[0]} does not run: {log.read_text()[-2000:]}") from None
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@dataclass(frozen=True)
class Certificates:
    """A certificate authority made for the tests, and what it has signed."""

    authority: Path
    certificate: Path
    key: Path
    expired: Path


def make_certificates(folder: Path) -> Certificates:
    """For `dns.test` and 127.0.0.1."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SERVER_NAME)])
    now = datetime.now(UTC)

    def signed(subject: x509.Name, public: ec.EllipticCurvePublicKey, end: datetime, ca: bool) -> bytes:
        builder = (
            x509.CertificateBuilder(ca_name, subject, public, x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
            )
        )
        if ca:
            usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(usage, critical=True)
        else:
            names = [x509.DNSName(SERVER_NAME), x509.IPAddress(ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    later = now + timedelta(days=9)
    found = Certificates(folder / "ca.pem", folder / "cert.pem", folder / "key.pem", folder / "expired.pem")
    found.authority.write_bytes(signed(ca_name, ca_key.public_key(), later, True))
    found.certificate.write_bytes(signed(name, key.public_key(), later, False))
    found.expired.write_bytes(signed(name, key.public_key(), now - timedelta(days=1), False))
    found.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return found
