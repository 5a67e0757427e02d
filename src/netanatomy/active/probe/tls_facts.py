"""What a finished TLS handshake came to: one judgement for TLS over TCP and within QUIC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from OpenSSL import SSL, crypto

from netanatomy.active.probe.target import is_address
from netanatomy.errors import UsageError
from netanatomy.layers.application.tls_judgements import judge_session
from netanatomy.layers.application.x509 import for_servers, matches, read_certificate, staple_words
from netanatomy.layers.application.x509_errors import HOSTNAME_MISMATCH, verify_error
from netanatomy.schema.probe import TlsFacts, VerifyError

MAXIMUM_CERTIFICATES = 100
"""Of one chain; OpenSSL itself refuses more than 100 kB of them."""

# X509_V_ERR_… of openssl/x509_vfy.h.
NOT_YET_VALID, EXPIRED = 9, 10
INVALID_PURPOSE = 26
UNABLE_TO_GET_ISSUER_CERT_LOCALLY, UNABLE_TO_VERIFY_LEAF_SIGNATURE = 20, 21
NOT_TRUSTED = frozenset({2, 18, 19, UNABLE_TO_GET_ISSUER_CERT_LOCALLY, UNABLE_TO_VERIFY_LEAF_SIGNATURE})


def tls_facts(
    *,
    version: str,
    suite: str,
    group: str,
    alpn: str,
    host: str,
    chain: Sequence[bytes],
    errors: Sequence[VerifyError],
    staple: bytes,
    post_quantum: bool = True,
) -> TlsFacts:
    """A session with what can be concluded from it.

    Args:
        version: `TLSv1.3` …
        suite: the cipher suite, by IANA's name.
        group: of the key exchange, or empty.
        alpn: the application protocol that was agreed on, or empty.
        host: whom one wants, a name or an address.
        chain: certificates in DER, the server's own first.
        errors: why the chain is not trusted, but for the name.
        staple: an OCSP response, or empty.
        post_quantum: whether a group that withstands quantum computers was offered: else the server could not
            choose it, and is not blamed.
    """
    now = datetime.now(UTC)
    certificates = tuple(read_certificate(each, now) for each in chain[:MAXIMUM_CERTIFICATES])
    reasons = list(dict.fromkeys(errors))
    if certificates and not matches(certificates[0].names, host):
        reasons.append(verify_error(HOSTNAME_MISMATCH, 0))
    serial = certificates[0].serial if certificates else ""
    ocsp = staple_words(staple, serial, now) if staple else ""
    return TlsFacts(
        version=version,
        suite=suite,
        group=group,
        alpn=alpn,
        server_name="" if is_address(host) else host,
        chain=certificates,
        errors=tuple(reasons),
        ocsp=ocsp,
        judgements=judge_session(
            version=version,
            suite=suite,
            group=group,
            chain=certificates,
            ocsp=ocsp,
            post_quantum=post_quantum,
        ),
    )


def chain_errors(chain: Sequence[bytes], ca: str) -> tuple[VerifyError, ...]:
    """Every reason of OpenSSL not to trust a chain for a server; its name is not looked at.

    OpenSSL ends at the first reason where no handshake of its own asks: so each is excused in its turn, and
    it is asked again.

    Args:
        chain: certificates in DER, the server's own first.
        ca: trust the authorities of this PEM file and no others; empty for the system's.
    """
    certificates = []
    for der in chain[:MAXIMUM_CERTIFICATES]:
        try:
            certificates.append(crypto.load_certificate(crypto.FILETYPE_ASN1, der))
        except crypto.Error:
            # It is told as damaged with the chain, and no part of any way to an authority.
            continue
    if not certificates:
        return ()
    context = SSL.Context(SSL.TLS_METHOD)
    trust(context, ca)
    store = context.get_cert_store()
    found: list[VerifyError] = []
    # Each reason can be excused once: no trust, and no time at which all of them are valid.
    for _ in range(3):
        error = _first_error(store, certificates)
        if error is None:
            break
        code, depth = error
        found.append(verify_error(code, depth))
        if code == UNABLE_TO_GET_ISSUER_CERT_LOCALLY and len(certificates) == 1:
            found.append(verify_error(UNABLE_TO_VERIFY_LEAF_SIGNATURE, 0))
        if store is None or not _excused(store, certificates, code):
            break
    if not for_servers(chain[0]):
        found.append(verify_error(INVALID_PURPOSE, 0))
    return tuple(dict.fromkeys(found))


def _first_error(
    store: crypto.X509Store | None, certificates: Sequence[crypto.X509]
) -> tuple[int, int] | None:
    if store is None:
        return UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0
    try:
        crypto.X509StoreContext(store, certificates[0], certificates[1:]).verify_certificate()
    except crypto.X509StoreContextError as error:
        return int(error.errors[0]), int(error.errors[1])
    return None


def _excused(store: crypto.X509Store, certificates: Sequence[crypto.X509], code: int) -> bool:
    """Whether there is more to ask once this reason counts no longer."""
    if code in NOT_TRUSTED:
        for certificate in certificates:
            store.add_cert(certificate)
        store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
        return True
    if code in (NOT_YET_VALID, EXPIRED):
        plain = [each.to_cryptography() for each in certificates]
        begins = max(each.not_valid_before_utc for each in plain)
        ends = min(each.not_valid_after_utc for each in plain)
        if begins <= ends:
            store.set_time((begins + (ends - begins) / 2).replace(tzinfo=None))
            return True
    return False


def reason(error: SSL.Error) -> str:
    """OpenSSL's words for an error."""
    first = error.args[0] if error.args else ()
    words = [str(each[2]) for each in first if len(each) == 3] if isinstance(first, list | tuple) else []
    return (words[0] if words else str(error) or type(error).__name__).lower()


def trust(context: SSL.Context, ca: str) -> None:
    """Trust the authorities of a PEM file, or the system's.

    Raises:
        UsageError: the file cannot be used.
    """
    if not ca:
        context.set_default_verify_paths()
        return
    try:
        context.load_verify_locations(ca)
    except SSL.Error as error:
        raise UsageError(f"{ca}: no file of certificate authorities in PEM: {reason(error)}") from error


def check_authorities(ca: str) -> None:
    """Whether a file of authorities can be used, before anything is asked.

    Raises:
        UsageError: it cannot.
    """
    if ca:
        trust(SSL.Context(SSL.TLS_METHOD), ca)
