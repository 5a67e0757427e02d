"""A TLS echo server, with a certificate that is thrown away afterwards or one that is given."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from netanatomy.active.echo.limits import Limits
from netanatomy.active.echo.server import LOOPBACK
from netanatomy.active.echo.tcp import TcpEcho
from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

LIFETIME = timedelta(days=7)
CLOCKS = timedelta(hours=1)
"""How far the clock of a client may be behind."""


@frozen
class Identity:
    """Who a TLS server says it is.

    Attributes:
        context: to serve with.
        certificate: in PEM, so that a client may trust it; empty where it was given by path.
        fingerprint: SHA-256 of the certificate, hexadecimal.
    """

    context: ssl.SSLContext
    certificate: str
    fingerprint: str


class TlsEcho(TcpEcho):
    """Echoes over TLS.

    Args:
        addresses: to listen at, all of this machine; loopback of both families by default.
        port: the same at all of them; 0 for one that is free.
        limits: what clients are granted.
        identity: who it says it is; a certificate of its own making by default, for this server only.

    >>> import socket, ssl
    >>> with TlsEcho(["127.0.0.1"]) as server, socket.create_connection(server.endpoints[0]) as plain:
    ...     trusting = ssl.create_default_context(cadata=server.identity.certificate)
    ...     with trusting.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
    ...         connection.sendall(b"hello")
    ...         connection.recv(5)
    b'hello'
    """

    def __init__(
        self,
        addresses: Sequence[str] = LOOPBACK,
        port: int = 0,
        limits: Limits | None = None,
        *,
        identity: Identity | None = None,
    ) -> None:
        self.identity = identity or throw_away(("localhost", *addresses))
        super().__init__(addresses, port, limits, context=self.identity.context)


def throw_away(names: Sequence[str]) -> Identity:
    """A self-signed certificate for some names and addresses; its key lies in a file for an instant only.

    >>> len(throw_away(["localhost"]).fingerprint)
    64
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "netanatomy echo")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_general_name(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = _context()
    # The module `ssl` takes keys from files only; this one can be read by its owner alone.
    descriptor, path = tempfile.mkstemp()
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem + secret)
        context.load_cert_chain(path)
    finally:
        Path(path).unlink()
    return Identity(context, pem.decode("ascii"), certificate.fingerprint(hashes.SHA256()).hex())


def from_files(certificate: Path, key: Path | None) -> Identity:
    """An identity from PEM files: the chain, and the key if that lies elsewhere.

    Raises:
        UsageError: they cannot be read, or do not belong together.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    def no_password() -> bytes:
        raise UsageError(f"{key or certificate}: the key is encrypted; give one that is not")

    context = _context()
    try:
        pem = certificate.read_bytes()
        context.load_cert_chain(certificate, key, no_password)
        fingerprint = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256()).hex()
    except ssl.SSLError as error:
        reason = (error.reason or "not PEM").replace("_", " ").lower()
        raise UsageError(f"{certificate}: no certificate and key that can be used: {reason}") from error
    except OSError as error:
        raise UsageError(f"{error.filename or certificate}: {error.strerror or error}") from error
    except ValueError as error:
        raise UsageError(f"{certificate}: no certificate in PEM") from error
    return Identity(context, "", fingerprint)


def _context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


def _general_name(text: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
