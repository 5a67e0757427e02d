"""Proofs that something does not exist: NSEC (RFC 4034 section 4) and NSEC3 (RFC 5155).

All records given here have had their signatures verified; these functions only read what they say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

import dns.dnssec
import dns.exception
import dns.name
import dns.rdatatype

from netanatomy.schema.frozen import frozen

if TYPE_CHECKING:
    from dns.rdtypes.ANY.NSEC import NSEC
    from dns.rdtypes.ANY.NSEC3 import NSEC3

MAXIMUM_ITERATIONS = 50
"""NSEC3 iterations that are computed; with more, the proof counts as insecure (RFC 9276 section 3.2).

Hashing for a hostile zone is CVE-2023-50868; BIND, Unbound and Knot Resolver have drawn this line since."""

OPT_OUT = 0x01  # RFC 5155 section 3.1.2.1
SHA1 = 1  # RFC 5155 section 11: the only hash algorithm
WILDCARD = dns.name.Name((b"*",))
Owned = tuple[dns.name.Name, "NSEC"]
Owned3 = tuple[dns.name.Name, "NSEC3"]


class Denial(StrEnum):
    """What the records prove about a name and a type."""

    NO_NAME = "the name does not exist"
    NO_TYPE = "the name exists, the type does not"
    DELEGATION = "a delegation without DS"
    OPTED_OUT = "in a span that is opted out of signing"
    TOO_COSTLY = "more NSEC3 iterations than are computed"
    NOTHING = "nothing"


@frozen
class Proofs:
    """The verified NSEC and NSEC3 records of one message, and the zone that signed them."""

    zone: dns.name.Name
    nsec: Sequence[Owned]
    nsec3: Sequence[Owned3]

    def denial(self, name: dns.name.Name, record_type: dns.rdatatype.RdataType) -> Denial:
        """What is proven about a name and a type."""
        found = _nsec_denial(self.nsec, name, record_type)
        return found if found is not Denial.NOTHING else self._nsec3_denial(name, record_type)

    def denies_next_closer(self, name: dns.name.Name, encloser_labels: int) -> Denial:
        """Whether a name that a wildcard answered for does not itself exist (RFC 4035 section 5.3.4).

        Args:
            name: the name asked for.
            encloser_labels: labels of the closest encloser, the root's not counted: RRSIG's label count.
        """
        next_closer = name.split(encloser_labels + 2)[1]
        if any(_covers(owner, record.next, name, self.zone) for owner, record in self.nsec):
            return Denial.NO_NAME
        usable, costly = self._usable3()
        for owner, record in usable:
            if _covers3(owner, record, next_closer, self.zone):
                # RFC 5155 section 9.2: what is opted out is not authenticated.
                return Denial.OPTED_OUT if record.flags & OPT_OUT else Denial.NO_NAME
        return Denial.TOO_COSTLY if costly else Denial.NOTHING

    def _usable3(self) -> tuple[list[Owned3], bool]:
        usable = [
            (owner, record)
            for owner, record in self.nsec3
            if record.algorithm == SHA1 and record.iterations <= MAXIMUM_ITERATIONS
        ]
        return usable, len(usable) < len(self.nsec3)

    def _nsec3_denial(self, name: dns.name.Name, record_type: dns.rdatatype.RdataType) -> Denial:
        usable, costly = self._usable3()
        if costly:
            return Denial.TOO_COSTLY
        for owner, record in usable:
            if _matches3(owner, record, name, self.zone):
                return _lacks(_types(record), record_type)
        encloser, next_closer = self._closest_encloser(usable, name)
        if encloser is None:
            return Denial.NOTHING
        covering = [record for owner, record in usable if _covers3(owner, record, next_closer, self.zone)]
        if not covering:
            return Denial.NOTHING
        if any(record.flags & OPT_OUT for record in covering):
            return Denial.OPTED_OUT
        wildcard = WILDCARD.concatenate(encloser)
        for owner, record in usable:
            if _matches3(owner, record, wildcard, self.zone):
                return _lacks(_types(record), record_type)
            if _covers3(owner, record, wildcard, self.zone):
                return Denial.NO_NAME
        return Denial.NOTHING

    def _closest_encloser(
        self, usable: Sequence[Owned3], name: dns.name.Name
    ) -> tuple[dns.name.Name | None, dns.name.Name]:
        """RFC 5155 section 8.3: the deepest ancestor that exists, and the name one label longer."""
        next_closer = name
        while next_closer != self.zone and next_closer.is_subdomain(self.zone):
            encloser = next_closer.parent()
            if any(_matches3(owner, record, encloser, self.zone) for owner, record in usable):
                return encloser, next_closer
            next_closer = encloser
        return None, name


def _nsec_denial(
    records: Sequence[Owned], name: dns.name.Name, record_type: dns.rdatatype.RdataType
) -> Denial:
    for owner, record in records:
        if owner == name:
            return _lacks(_types(record), record_type)
    for owner, record in records:
        if not _between(owner, record.next, name):
            continue
        if _below_delegation(record, owner, name):
            continue
        if record.next.is_subdomain(name):
            return Denial.NO_TYPE  # RFC 4592 section 2.2.2: an empty non-terminal
        encloser = _common_ancestor(name, owner, record.next)
        wildcard = WILDCARD.concatenate(encloser)
        for other, at_wildcard in records:
            if other == wildcard:
                return _lacks(_types(at_wildcard), record_type)
            if _between(other, at_wildcard.next, wildcard) and not _below_delegation(
                at_wildcard, other, wildcard
            ):
                return Denial.NO_NAME
    return Denial.NOTHING


def _covers(owner: dns.name.Name, following: dns.name.Name, name: dns.name.Name, zone: dns.name.Name) -> bool:
    return name.is_subdomain(zone) and _between(owner, following, name)


def _between(owner: dns.name.Name, following: dns.name.Name, name: dns.name.Name) -> bool:
    """Whether a name lies strictly between two in canonical order (RFC 4034 section 6.1)."""
    if owner < following:
        return bool(owner < name < following)
    # The last record of the zone points back to its apex.
    return bool(name > owner and name.is_subdomain(following))


def _below_delegation(record: NSEC, owner: dns.name.Name, name: dns.name.Name) -> bool:
    """RFC 6840 section 4.1: the parent's record at a delegation says nothing about names below it."""
    types = _types(record)
    cut = dns.rdatatype.DNAME in types or (dns.rdatatype.NS in types and dns.rdatatype.SOA not in types)
    return cut and name != owner and name.is_subdomain(owner)


def _lacks(types: frozenset[int], record_type: dns.rdatatype.RdataType) -> Denial:
    """What the bitmap of types at a name proves about one of them."""
    if record_type in types or (dns.rdatatype.CNAME in types and record_type != dns.rdatatype.DS):
        return Denial.NOTHING
    delegation = dns.rdatatype.NS in types and dns.rdatatype.SOA not in types
    if record_type == dns.rdatatype.DS:
        return Denial.DELEGATION if delegation else Denial.NO_TYPE
    # RFC 6840 section 4.1: above a delegation, only its DS record can be denied.
    return Denial.NOTHING if delegation else Denial.NO_TYPE


def _types(record: NSEC | NSEC3) -> frozenset[int]:
    return frozenset(_bitmap(record.windows))


def _bitmap(windows: Sequence[tuple[int, bytes]]) -> Iterator[int]:
    """RFC 4034 section 4.1.2."""
    for window, octets in windows:
        for position, octet in enumerate(octets):
            for bit in range(8):
                if octet & 0x80 >> bit:
                    yield window << 8 | position << 3 | bit


def _common_ancestor(name: dns.name.Name, one: dns.name.Name, other: dns.name.Name) -> dns.name.Name:
    """The deepest ancestor of a name that the neighbours prove to exist."""
    labels = max(name.fullcompare(one)[2], name.fullcompare(other)[2])
    return name.split(labels)[1]


def _matches3(owner: dns.name.Name, record: NSEC3, name: dns.name.Name, zone: dns.name.Name) -> bool:
    return owner.parent() == zone and _own_hash(owner) == _hash(name, record)


def _covers3(owner: dns.name.Name, record: NSEC3, name: dns.name.Name, zone: dns.name.Name) -> bool:
    if owner.parent() != zone:
        return False
    start, wanted, end = _own_hash(owner), _hash(name, record), record.next
    if start < end:
        return bool(start < wanted < end)
    return bool(wanted > start or wanted < end)


def _own_hash(owner: dns.name.Name) -> bytes:
    """The hash in the first label, base 32 with the extended hex alphabet (RFC 5155 section 3)."""
    from base64 import b32hexdecode
    from binascii import Error

    label = owner.labels[0].upper()
    try:
        return b32hexdecode(label + b"=" * (-len(label) % 8))
    except Error:
        return b""


def _hash(name: dns.name.Name, record: NSEC3) -> bytes:
    from base64 import b32hexdecode

    return b32hexdecode(dns.dnssec.nsec3_hash(name, record.salt, record.iterations, SHA1).encode("ascii"))
