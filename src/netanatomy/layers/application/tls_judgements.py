"""What is weak about a TLS session, and why: the same judgement for a probe and for a capture.

Each function judges one thing by its name alone, and gives nothing where there is nothing to say.

>>> [judgement.name for judgement in judge_suite("TLS_RSA_WITH_RC4_128_MD5")]
['no-forward-secrecy', 'cipher-rc4', 'mac-md5']
>>> judge_version("TLSv1.3"), judge_suite("TLS_AES_128_GCM_SHA256")
((), ())
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from netanatomy.schema.probe import Certificate, Judgement

BAD, WEAK, NOTE = "bad", "weak", "note"
SOON = 14
"""Days before its end from which a certificate is told to expire soon: automatic renewal comes earlier."""

MINIMUM_RSA = 2048  # bits, NIST SP 800-57 part 1: 112 bits of security until 2030
LONGEST_LIFE = 398  # days, CA/Browser Forum Baseline Requirements 6.3.2, before 2026-03-15

VERSIONS = {
    "SSLv2": (
        BAD,
        "Broken in many ways; a server that speaks it endangers others with the same key (DROWN).",
        "RFC 6176",
    ),
    "SSLv3": (BAD, "Its padding lets who is on the way decrypt octet by octet (POODLE).", "RFC 7568"),
    "TLSv1.0": (
        WEAK,
        "Deprecated: built on MD5 and SHA-1, open to BEAST; no authenticated encryption.",
        "RFC 8996",
    ),
    "TLSv1.1": (WEAK, "Deprecated: built on MD5 and SHA-1; no authenticated encryption.", "RFC 8996"),
}
SUITE_PARTS = (
    # what its name has, name, severity, why, reference
    (
        r"_anon_",
        "no-authentication",
        BAD,
        "Nobody proves who they are: anybody on the way may be the server.",
        "RFC 5246 F.1.1.1",
    ),
    (
        r"EXPORT|_40_|DES40",
        "cipher-export",
        BAD,
        "Made to be broken: 40 bits fall within seconds (FREAK, Logjam).",
        "RFC 9325 4.1",
    ),
    (r"WITH_NULL", "cipher-null", BAD, "Nothing is encrypted.", "RFC 9325 4.1"),
    (
        r"^TLS_(?:RSA|ECDH_RSA|ECDH_ECDSA|DH_RSA|DH_DSS)_",
        "no-forward-secrecy",
        WEAK,
        "Whoever gets the server's key later reads what was recorded today; with RSA, ROBOT as well.",
        "RFC 9325 4.1",
    ),
    (
        r"^TLS_PSK_(?!DHE)",
        "no-forward-secrecy",
        WEAK,
        "Whoever gets the shared key later reads what was recorded today.",
        "RFC 9325 4.1",
    ),
    (r"RC4", "cipher-rc4", BAD, "Its key stream is biased: what is sent often can be recovered.", "RFC 7465"),
    (r"_DES_CBC_", "cipher-des", BAD, "56 bits: its key is found by trying them all.", "RFC 9325 4.1"),
    (
        r"3DES",
        "cipher-3des",
        WEAK,
        "Blocks of 64 bits repeat within hours of traffic (SWEET32).",
        "CVE-2016-2183",
    ),
    (r"RC2|IDEA|SEED", "cipher-obsolete", WEAK, "Nobody looks after this cipher any more.", "RFC 5469"),
    (
        r"(?:AES|CAMELLIA|ARIA)_\d+_CBC",
        "mode-cbc",
        NOTE,
        "Encrypted after the checksum: one slip in its handling leaks the content (Lucky 13).",
        "RFC 9325 4.1",
    ),
    (
        r"_MD5$",
        "mac-md5",
        WEAK,
        "MD5 is broken; its use here is not yet, but nobody should rely on that.",
        "RFC 6151",
    ),
    (
        r"^TLS_(?:PSK_)?DHE_",
        "dhe",
        NOTE,
        "The size of its group is not agreed on: many servers use 1024 bits (Logjam).",
        "RFC 9325 4.1",
    ),
)
WEAK_GROUPS = {"secp224r1": "below 128 bits of security", "ffdhe2048": "below 128 bits of security"}
FORGEABLE = re.compile(r"md[245]|sha-?1(?!\d)", re.IGNORECASE)


def judge_session(
    *, version: str, suite: str, group: str, chain: Sequence[Certificate], ocsp: str, post_quantum: bool
) -> tuple[Judgement, ...]:
    """What is wrong with a session: all that the functions below say of its parts.

    Args:
        version: `TLSv1.2` …
        suite: the cipher suite, by IANA's name.
        group: of the key exchange, as `judge_group` takes it.
        chain: certificates, the server's own first; none where they cannot be seen.
        ocsp: what a stapled OCSP response says, or empty.
        post_quantum: whether a group that withstands quantum computers was offered: else the server could not
            choose it, and is not blamed.

    >>> suite = "TLS_RSA_WITH_RC4_128_SHA"
    >>> found = judge_session(
    ...     version="TLSv1.0", suite=suite, group="", chain=(), ocsp="", post_quantum=True
    ... )
    >>> [judgement.name for judgement in found]
    ['protocol-tlsv1.0', 'no-forward-secrecy', 'cipher-rc4']
    """
    judged_group = judge_group(group)
    if not post_quantum:
        judged_group = tuple(each for each in judged_group if each.name != "not-post-quantum")
    return (
        judge_version(version) + judge_suite(suite) + judged_group + judge_chain(chain) + judge_staple(ocsp)
    )


def judge_version(version: str) -> tuple[Judgement, ...]:
    """What is wrong with a protocol version.

    Args:
        version: `SSLv3`, `TLSv1.0` …
    """
    known = VERSIONS.get(version)
    if known is None:
        return ()
    severity, why, reference = known
    return (Judgement(f"protocol-{version.lower()}", severity, version, why, reference),)


def judge_suite(suite: str) -> tuple[Judgement, ...]:
    """What is wrong with a cipher suite.

    Args:
        suite: IANA's name.
    """
    return tuple(
        Judgement(name, severity, suite, why, reference)
        for pattern, name, severity, why, reference in SUITE_PARTS
        if re.search(pattern, suite)
    )


def judge_group(group: str) -> tuple[Judgement, ...]:
    """What is to say about the group of a key exchange.

    Args:
        group: IANA's name, in any capitals, or `DH` and the bits of a prime; empty where there was none.

    >>> [(judgement.name, judgement.severity) for judgement in judge_group("DH 768")]
    [('group-weak', 'bad')]
    """
    small = group.lower()
    kind, _, bits = small.partition(" ")
    if kind == "dh" and bits.isdigit() and int(bits) < MINIMUM_RSA:
        severity = BAD if int(bits) < 1024 else WEAK
        why = f"With a prime of {bits} bits, who can afford it reads all that was recorded (Logjam)."
        return (Judgement("group-weak", severity, group, why, "RFC 9325 4.1"),)
    if small in WEAK_GROUPS:
        return (Judgement("group-weak", WEAK, group, f"The group is {WEAK_GROUPS[small]}.", "RFC 9325 4.2"),)
    if small and "mlkem" not in small:
        why = "What is recorded today, quantum computers may read one day; X25519MLKEM768 prevents that."
        return (Judgement("not-post-quantum", NOTE, group, why, "RFC 9794"),)
    return ()


def judge_staple(words: str) -> tuple[Judgement, ...]:
    """What is wrong with a stapled OCSP response.

    Args:
        words: what it says (`x509.staple_words`); empty without one.

    >>> [judgement.severity for judgement in judge_staple("revoked, as of 2026-01-01T00:00:00Z")]
    ['bad']
    """
    what = f"OCSP: {words}"
    if words.startswith("revoked"):
        why = "Its authority took the certificate back: mostly because its key is in other hands."
        return (Judgement("certificate-revoked", BAD, what, why, "RFC 6960 2.2"),)
    if (words and not words.startswith("good")) or "which is over" in words or "another certificate" in words:
        why = "The response vouches for nothing; browsers that insist on one refuse the server."
        return (Judgement("staple-useless", WEAK, what, why, "RFC 6960 3.2"),)
    return ()


def judge_chain(chain: Sequence[Certificate]) -> tuple[Judgement, ...]:
    """What is weak about the certificates themselves, whether or not they are trusted."""
    return tuple(judgement for place, each in enumerate(chain) for judgement in _certificate(each, place))


def _certificate(certificate: Certificate, place: int) -> Iterator[Judgement]:
    which = "the server's certificate" if place == 0 else f"certificate {place} of the chain"
    if certificate.damage:
        yield Judgement(
            "certificate-damaged", BAD, which, f"It cannot be read: {certificate.damage}", "RFC 5280"
        )
        return
    kind, _, size = certificate.key.partition(" ")
    if kind in ("RSA", "DSA") and size.isdigit() and int(size) < MINIMUM_RSA:
        severity = BAD if int(size) < 1024 else WEAK
        why = "The key is too short: who can afford it computes the private key."
        yield Judgement("key-short", severity, f"{which}: {certificate.key}", why, "NIST SP 800-57")
    # A root is trusted because it is known, not because of its signature.
    if FORGEABLE.search(certificate.signature) and not certificate.self_signed:
        why = "A certificate with the same hash but another name can be made (SHAttered, Flame)."
        yield Judgement("signature-forgeable", BAD, f"{which}: {certificate.signature}", why, "RFC 6194")
    if 0 <= certificate.days_left < SOON:
        why = f"It is over in {certificate.days_left} days; whoever renews it should have done so."
        yield Judgement(
            "expires-soon", WEAK, f"{which}: until {certificate.not_after}", why, "RFC 5280 4.1.2.5"
        )
