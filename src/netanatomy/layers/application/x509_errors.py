"""Why a chain of certificates is not trusted: OpenSSL's reasons, named and explained."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netanatomy.schema.probe import VerifyError

HOSTNAME_MISMATCH = 62
REASONS: Mapping[int, tuple[str, str]] = MappingProxyType(
    {  # numbers and names: X509_V_ERR_… of openssl/x509_vfy.h, as in X509_STORE_CTX_get_error(3)
        2: ("UNABLE_TO_GET_ISSUER_CERT", "The certificate of its issuer is missing: the chain is not whole."),
        7: (
            "CERT_SIGNATURE_FAILURE",
            "The signature does not fit: the certificate was changed, or another key signed it.",
        ),
        9: (
            "CERT_NOT_YET_VALID",
            "Its time has not come yet: it is too new, or this machine's clock is wrong.",
        ),
        10: ("CERT_HAS_EXPIRED", "Its time is over: nobody renewed it, or this machine's clock is wrong."),
        13: ("ERROR_IN_CERT_NOT_BEFORE_FIELD", "The date from which it is valid is no date."),
        14: ("ERROR_IN_CERT_NOT_AFTER_FIELD", "The date until which it is valid is no date."),
        18: (
            "DEPTH_ZERO_SELF_SIGNED_CERT",
            "The server vouches for itself: anybody on the way can make such a certificate too.",
        ),
        19: (
            "SELF_SIGNED_CERT_IN_CHAIN",
            "The chain ends in an authority that is not trusted here: a private one, or a device that "
            "opens TLS on the way.",
        ),
        20: (
            "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
            "Who issued it is unknown here: the server forgot to send an intermediate certificate, or the "
            "authority is not trusted.",
        ),
        21: (
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            "The chain has one certificate only and its issuer is not known: mostly the server forgot the "
            "intermediate certificates.",
        ),
        22: ("CERT_CHAIN_TOO_LONG", "The chain is longer than is reasonable."),
        23: ("CERT_REVOKED", "Its issuer took it back, perhaps because its key was stolen."),
        25: ("PATH_LENGTH_EXCEEDED", "An authority stands deeper in the chain than the one above it allows."),
        26: ("INVALID_PURPOSE", "It is not meant for servers (extended key usage)."),
        27: ("CERT_UNTRUSTED", "The authority is not trusted for this purpose."),
        28: ("CERT_REJECTED", "The authority is rejected for this purpose."),
        32: ("KEYUSAGE_NO_CERTSIGN", "The issuer's key is not meant for signing certificates."),
        34: ("UNHANDLED_CRITICAL_EXTENSION", "It has a condition, marked critical, that is not understood."),
        47: ("PERMITTED_VIOLATION", "The authority may not issue for this name (name constraints)."),
        48: ("EXCLUDED_VIOLATION", "The authority is barred from issuing for this name (name constraints)."),
        62: (
            "HOSTNAME_MISMATCH",
            "It is for other names: the server has a wrong certificate, or another server answers.",
        ),
        66: ("EE_KEY_TOO_SMALL", "The server's key is too short."),
        67: ("CA_KEY_TOO_SMALL", "The key of an authority is too short."),
        68: ("CA_MD_TOO_WEAK", "An authority signed with a hash that can be forged (MD5, SHA-1)."),
        79: ("INVALID_CA", "A certificate in the chain is none of an authority, but has signed another."),
    }
)


def verify_error(code: int, depth: int) -> VerifyError:
    """An error of the verification.

    Args:
        code: OpenSSL's number.
        depth: of the certificate in the chain; 0 is the server's own.

    >>> verify_error(10, 0).name, verify_error(9999, 1).name
    ('CERT_HAS_EXPIRED', 'ERROR_9999')
    """
    name, meaning = REASONS.get(
        code, (f"ERROR_{code}", f"OpenSSL's error {code}; see X509_STORE_CTX_get_error(3).")
    )
    return VerifyError(name, depth, meaning)
