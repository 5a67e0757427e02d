"""X.509 certificates (RFC 5280): what they say, whom they are for (RFC 9525), and stapled OCSP (RFC 6960).

The ASN.1 is read by the library `cryptography`; what it refuses becomes a record that says why.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import ip_address
from typing import TYPE_CHECKING

from netanatomy.schema.probe import Certificate

if TYPE_CHECKING:
    from cryptography import x509

MAXIMUM_NAMES = 1000
"""Names of one certificate that are kept: some have tens of thousands."""


def read_certificate(der: bytes, now: datetime) -> Certificate:
    """What a certificate says, or why it cannot be read.

    Args:
        der: the certificate.
        now: with time zone; the days that are left are counted from here.

    >>> read_certificate(b"nonsense", datetime.now(UTC)).damage != ""
    True
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import (
        DuplicateExtension,
        InvalidVersion,
        UnsupportedGeneralNameType,
        load_der_x509_certificate,
    )

    fingerprint = sha256(der).hexdigest()
    try:
        # What the library thinks of a serial number of 0, or a country of nine letters, is not for stderr.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(load_der_x509_certificate(der), fingerprint, now)
    except (
        ValueError,
        TypeError,
        OverflowError,
        UnsupportedAlgorithm,
        DuplicateExtension,
        InvalidVersion,
        UnsupportedGeneralNameType,
    ) as error:
        damage = str(error).partition("\n")[0][:200] or type(error).__name__
        return Certificate("", "", (), "", "", 0, "", "", "", False, False, fingerprint, damage)


def _read(certificate: x509.Certificate, fingerprint: str, now: datetime) -> Certificate:
    from cryptography.x509 import (
        BasicConstraints,
        DNSName,
        ExtensionNotFound,
        IPAddress,
        SubjectAlternativeName,
    )

    names: list[str] = []
    try:
        listed = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
        for each in listed:
            if isinstance(each, DNSName | IPAddress) and len(names) < MAXIMUM_NAMES:
                names.append(str(each.value))
    except ExtensionNotFound:
        pass  # without them a certificate is for nobody, which the check of the name tells
    try:
        authority = certificate.extensions.get_extension_for_class(BasicConstraints).value.ca
    except ExtensionNotFound:
        authority = False
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return Certificate(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        names=tuple(names),
        not_before=_time(begins),
        not_after=_time(ends),
        days_left=(ends - now).days,
        key=_key(certificate),
        signature=_signature(certificate),
        serial=f"{certificate.serial_number:x}",
        authority=authority,
        self_signed=certificate.subject == certificate.issuer,
        fingerprint=fingerprint,
    )


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _key(certificate: x509.Certificate) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.dsa import DSAPublicKey
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return certificate.public_key_algorithm_oid.dotted_string
    if isinstance(key, RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, DSAPublicKey):
        return f"DSA {key.key_size}"
    if isinstance(key, EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    name = type(key).__name__.removesuffix("PublicKey").lstrip("_")
    return re.sub("^(ML|SLH)DSA", r"\1-DSA-", name)  # `ML-DSA-65`, as FIPS 204 has it


def _signature(certificate: x509.Certificate) -> str:
    from cryptography.x509.oid import SignatureAlgorithmOID

    oid = certificate.signature_algorithm_oid
    for name, value in vars(SignatureAlgorithmOID).items():
        if value == oid:
            return name.replace("_", "-").lower()
    return oid.dotted_string


def matches(names: Sequence[str], host: str) -> bool:
    """Whether a certificate with these names is for a host (RFC 9525 section 6).

    The common name counts no longer. An asterisk stands for the whole leftmost label, and for one only.

    >>> matches(["*.example.org"], "www.example.org"), matches(["*.example.org"], "a.b.example.org")
    (True, False)
    >>> matches(["192.0.2.1"], "192.0.2.1"), matches(["*.org"], "example.org"), matches(["*"], "localhost")
    (True, False, False)
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        wanted = host.rstrip(".").lower()
        return any(_matches_name(name.rstrip(".").lower(), wanted) for name in names)
    return any(name == str(address) for name in names)


def _matches_name(name: str, host: str) -> bool:
    if not name.startswith("*."):
        return name == host
    _, dot, parent = host.partition(".")
    # One label behind the asterisk would be a whole top-level domain (RFC 9525 section 7.1).
    return bool(dot) and parent == name[2:] and "." in parent


def for_servers(der: bytes) -> bool:
    """Whether the extended key usage of a certificate lets a TLS server use it (RFC 5280 section 4.2.1.12).

    Without that extension it does. A certificate that cannot be read is told as such elsewhere.
    """
    from cryptography.x509 import (
        DuplicateExtension,
        ExtendedKeyUsage,
        ExtensionNotFound,
        UnsupportedGeneralNameType,
        load_der_x509_certificate,
    )
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        extensions = load_der_x509_certificate(der).extensions
        usages = set(extensions.get_extension_for_class(ExtendedKeyUsage).value)
    except (ExtensionNotFound, DuplicateExtension, UnsupportedGeneralNameType, ValueError, TypeError):
        return True
    return not usages.isdisjoint(
        {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    )


def staple_words(der: bytes, serial: str, now: datetime) -> str:
    """What a stapled OCSP response says, in a line. Its signature is not looked at.

    Args:
        der: the response.
        serial: of the certificate that it should be for, hexadecimal; empty where that is not known.
        now: with time zone.

    >>> staple_words(b"nonsense", "", datetime.now(UTC))
    'cannot be read'
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509.ocsp import OCSPResponseStatus, load_der_ocsp_response

    try:
        response = load_der_ocsp_response(der)
        if response.response_status is not OCSPResponseStatus.SUCCESSFUL:
            return f"the responder says {response.response_status.name.lower()}"
        until = response.next_update_utc
        valid = f" until {_time(until)}" if until else ""
        over = ", which is over" if until and until < now else ""
        other = f", for another certificate ({response.serial_number:x})"
        whose = other if serial and f"{response.serial_number:x}" != serial else ""
        status = response.certificate_status.name.lower()
        return f"{status}, as of {_time(response.this_update_utc)}{valid}{over}{whose}"
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm):
        return "cannot be read"
