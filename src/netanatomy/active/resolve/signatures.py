"""Signatures of record sets (RFC 4035 section 5.3), and keys that match a digest (section 5.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dns.dnssec
import dns.exception
import dns.name
import dns.rdatatype
import dns.rrset

from netanatomy.schema.frozen import frozen

if TYPE_CHECKING:
    from dns.rdtypes.ANY.DNSKEY import DNSKEY
    from dns.rdtypes.ANY.DS import DS
    from dns.rdtypes.ANY.RRSIG import RRSIG

ZONE_KEY = 0x0100  # RFC 4034 section 2.1.1
REVOKED = 0x0080  # RFC 5011 section 7
DNSSEC_PROTOCOL = 3  # RFC 4034 section 2.1.2

MAXIMUM_SIGNATURES = 8
"""Signatures of one record set that are tried. Many keys with one tag times many signatures is KeyTrap
(CVE-2023-50387); a zone in the middle of two rollovers has four."""

MAXIMUM_KEYS_OF_A_TAG = 4
"""Keys with the same tag and algorithm that are tried; honest zones have one, by accident two."""

ALGORITHMS = frozenset({5, 7, 8, 10, 13, 14, 15, 16})
"""Signature algorithms that are verified; zones with only others count as insecure (RFC 4035 section 5.2).
RSAMD5, DSA and GOST are left out: RFC 9904 and RFC 8624 say that they must not be relied upon."""

DIGESTS = {2: "SHA256", 4: "SHA384", 1: "SHA1"}
"""Digests of DS records (RFC 4509, RFC 6605, RFC 4034), the better ones first."""


@frozen
class Verdict:
    """Whether a record set is signed well.

    Attributes:
        valid: it is.
        reason: by which key, or why not.
        labels: the label count of the signature: fewer than the owner has means a wildcard.
    """

    valid: bool
    reason: str
    labels: int = 0


def usable_keys(keys: Iterable[DNSKEY]) -> tuple[DNSKEY, ...]:
    """The keys that may sign a zone, at most a few of each tag."""
    seen: Counter[tuple[int, int]] = Counter()
    found = []
    for key in keys:
        if not key.flags & ZONE_KEY or key.flags & REVOKED or key.protocol != DNSSEC_PROTOCOL:
            continue
        tag = (dns.dnssec.key_id(key), int(key.algorithm))
        seen[tag] += 1
        if seen[tag] <= MAXIMUM_KEYS_OF_A_TAG:
            found.append(key)
    return tuple(found)


def verify(
    rrset: dns.rrset.RRset,
    signatures: Sequence[RRSIG],
    zone: dns.name.Name,
    keys: Sequence[DNSKEY],
    now: float,
) -> Verdict:
    """Whether at least one signature of a record set is good.

    Args:
        rrset: the records.
        signatures: RRSIG records of the same owner that cover their type.
        zone: the zone that must have signed.
        keys: its keys.
        now: seconds since 1970.
    """
    what = f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)}"
    if not signatures:
        return Verdict(False, f"{what} has no signature")
    reasons = []
    for signature in signatures[:MAXIMUM_SIGNATURES]:
        reason = _refusal(rrset, signature, zone, keys, now)
        if not reason:
            return Verdict(True, f"signed by key {signature.key_tag} of {zone}", signature.labels)
        reasons.append(reason)
    return Verdict(False, f"{what}: {'; '.join(dict.fromkeys(reasons))}")


def _refusal(
    rrset: dns.rrset.RRset, signature: RRSIG, zone: dns.name.Name, keys: Sequence[DNSKEY], now: float
) -> str:
    """Why a signature does not count; empty if it does."""
    if signature.signer != zone:
        return f"signed by {signature.signer}, which is not the zone {zone}"
    if signature.labels > len(rrset.name) - 1:
        return "the signature claims more labels than the name has"
    if signature.expiration < now:
        return f"the signature expired on {_date(signature.expiration)}"
    if signature.inception > now:
        return f"the signature is valid only from {_date(signature.inception)}"
    fitting = [
        key
        for key in keys
        if key.algorithm == signature.algorithm and dns.dnssec.key_id(key) == signature.key_tag
    ]
    if not fitting:
        return f"signed with key {signature.key_tag}, which {zone} does not have"
    rdataset = dns.rrset.from_rdata(zone, 0, *fitting)
    try:
        dns.dnssec.validate_rrsig(rrset, signature, {zone: rdataset.to_rdataset()}, now=now)
    except dns.exception.UnsupportedAlgorithm:
        return f"signed with algorithm {int(signature.algorithm)}, which is not supported"
    except (dns.exception.DNSException, ValueError) as error:
        return f"the signature by key {signature.key_tag} is wrong ({error or type(error).__name__})"
    return ""


def keys_of_digests(
    zone: dns.name.Name, keys: Sequence[DNSKEY], digests: Sequence[DS]
) -> tuple[tuple[DNSKEY, ...], bool]:
    """The keys that a parent vouches for, and whether any of its digests can be computed at all."""
    supported = [
        digest
        for digest in digests
        if int(digest.digest_type) in DIGESTS and int(digest.algorithm) in ALGORITHMS
    ]
    # RFC 4509 section 3: SHA-1 does not count where there is something better.
    better = [digest for digest in supported if int(digest.digest_type) != 1]
    found = []
    for key in keys:
        tag = dns.dnssec.key_id(key)
        for digest in better or supported:
            if digest.key_tag == tag and digest.algorithm == key.algorithm and _matches(zone, key, digest):
                found.append(key)
                break
    return tuple(found), bool(supported)


def _matches(zone: dns.name.Name, key: DNSKEY, digest: DS) -> bool:
    try:
        made = dns.dnssec.make_ds(zone, key, DIGESTS[int(digest.digest_type)], validating=True)
    except (dns.exception.DNSException, ValueError):
        return False
    return made.digest == digest.digest


def _date(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
