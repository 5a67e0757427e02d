"""A certificate authority for tests: good chains, and each way in which one can be bad."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: PrivateKey


def issue(
    name: str,
    issuer: Issued | None,
    *,
    names: tuple[str, ...] = (),
    authority: bool = False,
    days: tuple[int, int] = (-1, 30),
    key: PrivateKey | None = None,
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
) -> Issued:
    """A certificate that is valid from the first to the second day, counted from now."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1], hours=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
    )
    if names:
        listed = [
            x509.IPAddress(ip_address(each)) if each[0].isdigit() or ":" in each else x509.DNSName(each)
            for each in names
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(listed), critical=False)
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    signing = issuer.key if issuer else own
    return Issued(builder.sign(signing, hashes.SHA256()), own)


class Authority:
    """A root, an intermediate, and server certificates as files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = issue("test root", None, authority=True, days=(-10, 1000))
        self.middle = issue("test intermediate", self.root, authority=True, days=(-10, 500))
        self.trust = folder / "root.pem"
        self.trust.write_bytes(pem(self.root))

    def files(self, name: str, *issued: Issued) -> Path:
        """A PEM file with the key of the first and all certificates."""
        path = self.folder / f"{name}.pem"
        secret = issued[0].key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(secret + b"".join(pem(each) for each in issued))
        return path

    def server(self, kind: str) -> Path:
        """The file of a server: `good` or what is wrong with it."""
        names = ("localhost", "127.0.0.1", "::1")
        match kind:
            case "good":
                return self.files(kind, issue("good", self.middle, names=names), self.middle)
            case "rsa":
                key = rsa.generate_private_key(65537, 2048)
                return self.files(kind, issue("rsa", self.middle, names=names, key=key), self.middle)
            case "short-key":
                key = rsa.generate_private_key(65537, 1024)
                return self.files(kind, issue("short", self.middle, names=names, key=key), self.middle)
            case "expired":
                return self.files(kind, issue("old", self.middle, names=names, days=(-20, -3)), self.middle)
            case "not-yet":
                return self.files(kind, issue("new", self.middle, names=names, days=(3, 20)), self.middle)
            case "wrong-name":
                return self.files(kind, issue("other", self.middle, names=("other.test",)), self.middle)
            case "no-name":
                return self.files(kind, issue("localhost", self.middle), self.middle)
            case "self-signed":
                return self.files(kind, issue("self", None, names=names))
            case "no-intermediate":
                return self.files(kind, issue("alone", self.middle, names=names))
            case "wrong-purpose":
                usage = ExtendedKeyUsageOID.CLIENT_AUTH
                return self.files(kind, issue("client", self.middle, names=names, usage=usage), self.middle)
            case "other-root":
                other = issue("other root", None, authority=True)
                return self.files(kind, issue("other", other, names=names), other)
        raise ValueError(kind)


def pem(issued: Issued) -> bytes:
    """The certificate in PEM."""
    return issued.certificate.public_bytes(serialization.Encoding.PEM)
