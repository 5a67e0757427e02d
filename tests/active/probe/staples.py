"""OCSP responses as a responder signs them, for the tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ReasonFlags, ocsp

from tests.active.probe.authority import Issued


def staple(
    certificate: Issued, issuer: Issued, *, revoked: bool = False, days: tuple[int, int] = (-1, 7)
) -> bytes:
    """A response for a certificate, in DER, that holds from the first to the second day from now."""
    now = datetime.now(UTC)
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=certificate.certificate,
        issuer=issuer.certificate,
        algorithm=hashes.SHA256(),
        cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
        this_update=now + timedelta(days=days[0]),
        next_update=now + timedelta(days=days[1]),
        revocation_time=now - timedelta(days=2) if revoked else None,
        revocation_reason=ReasonFlags.key_compromise if revoked else None,
    )
    signed = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer.certificate).sign(
        issuer.key, hashes.SHA256()
    )
    return signed.public_bytes(serialization.Encoding.DER)
