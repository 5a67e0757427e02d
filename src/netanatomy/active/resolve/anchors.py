"""Trust anchors: the keys that everything else in DNSSEC hangs from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import dns.exception
import dns.name
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.zonefile

from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen

if TYPE_CHECKING:
    from dns.rdtypes.ANY.DNSKEY import DNSKEY
    from dns.rdtypes.ANY.DS import DS

ROOT_ANCHORS = """\
. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
. IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16
"""
"""The root's key-signing keys, as IANA publishes them (https://data.iana.org/root-anchors/root-anchors.xml):
that of 2017, valid from 2017-02-02, and that of 2024, valid from 2024-07-18."""

MAXIMUM_FILE = 1 << 20
"""Octets of a file of anchors: it holds a few keys."""


@frozen
class Anchors:
    """Trusted keys by zone: digests of keys, or the keys themselves."""

    digests: dict[dns.name.Name, tuple[DS, ...]]
    keys: dict[dns.name.Name, tuple[DNSKEY, ...]]

    def above(self, name: dns.name.Name) -> dns.name.Name | None:
        """The closest zone with an anchor that holds the name."""
        zones = [zone for zone in (*self.digests, *self.keys) if name.is_subdomain(zone)]
        return max(zones, key=len, default=None)


def root_anchors() -> Anchors:
    """The anchors of the root that come with this program.

    >>> [str(digest.key_tag) for digests in root_anchors().digests.values() for digest in digests]
    ['20326', '38696']
    """
    return parse_anchors(ROOT_ANCHORS, "the root's anchors")


def anchors_from(path: Path) -> Anchors:
    """Anchors from a file of DS or DNSKEY records in zone file format.

    Raises:
        UsageError: it cannot be read, or holds no such records.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAXIMUM_FILE).decode("utf-8")
    except OSError as error:
        raise UsageError(f"--anchor {path}: {error.strerror or error}") from error
    except UnicodeError as error:
        raise UsageError(f"--anchor {path}: not text in UTF-8") from error
    return parse_anchors(text, f"--anchor {path}")


def parse_anchors(text: str, what: str) -> Anchors:
    """Anchors from DS or DNSKEY records in zone file format (RFC 1035 section 5).

    Raises:
        UsageError: there are other records in it, or none.
    """
    digests: dict[dns.name.Name, tuple[DS, ...]] = {}
    keys: dict[dns.name.Name, tuple[DNSKEY, ...]] = {}
    try:
        rrsets = dns.zonefile.read_rrsets(text, default_ttl=0, rdclass=None, origin=".", relativize=False)
    except (dns.exception.DNSException, ValueError) as error:
        raise UsageError(f"{what}: no records in zone file format: {error}") from error
    for rrset in rrsets:
        if rrset.rdtype == dns.rdatatype.DS:
            digests[rrset.name] = digests.get(rrset.name, ()) + tuple(rrset)
        elif rrset.rdtype == dns.rdatatype.DNSKEY:
            keys[rrset.name] = keys.get(rrset.name, ()) + tuple(rrset)
        else:
            raise UsageError(f"{what}: {dns.rdatatype.to_text(rrset.rdtype)} is neither DS nor DNSKEY")
    if not digests and not keys:
        raise UsageError(f"{what}: no DS and no DNSKEY record in it")
    return Anchors(digests, keys)
