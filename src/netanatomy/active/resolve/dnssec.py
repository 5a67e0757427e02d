"""Validation of answers by DNSSEC, here and not at the server: the chain from a trust anchor down.

RFC 4035 section 5, with the clarifications of RFC 6840. Whoever answers is only a messenger: each record set
counts as far as it is signed by a zone for whose key the zone above it vouches, up to the anchor.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from netanatomy.active.resolve.anchors import Anchors
from netanatomy.active.resolve.denial import Denial, Proofs
from netanatomy.active.resolve.message import aliases
from netanatomy.active.resolve.signatures import Verdict, keys_of_digests, usable_keys, verify
from netanatomy.schema.frozen import frozen
from netanatomy.schema.resolution import ChainLink, Security, Validation

if TYPE_CHECKING:
    from dns.rdtypes.ANY.DNSKEY import DNSKEY
    from dns.rdtypes.ANY.DS import DS
    from dns.rdtypes.ANY.RRSIG import RRSIG

Ask: TypeAlias = Callable[[dns.name.Name, dns.rdatatype.RdataType], Awaitable["dns.message.Message | str"]]
"""Asks a server for records with their signatures; a string says why there is no answer."""

SECURE, INSECURE, BOGUS = Security.SECURE, Security.INSECURE, Security.BOGUS
INDETERMINATE = Security.INDETERMINATE
RANK = {SECURE: 0, INSECURE: 1, INDETERMINATE: 2, BOGUS: 3}

MAXIMUM_SETS = 64
"""Record sets of one answer that are validated; an honest one has a few, and each costs a signature."""


@frozen
class Zone:
    """A zone on the chain: its keys if it is secure, and why if it is not."""

    name: dns.name.Name
    security: Security
    reason: str
    keys: tuple[DNSKEY, ...] = ()


class Validator:
    """Validates answers; zones once reached are kept for the next answer."""

    def __init__(self, ask: Ask, anchors: Anchors, now: float | None = None) -> None:
        self._ask = ask
        self._anchors = anchors
        self._now = time.time() if now is None else now
        self._zones: dict[dns.name.Name, Zone] = {}
        self._not_cut: set[dns.name.Name] = set()
        self._chain: list[ChainLink] = []

    async def validate(
        self, message: dns.message.Message, name: dns.name.Name, record_type: dns.rdatatype.RdataType
    ) -> Validation:
        """What an answer is worth."""
        self._chain = []
        if self._anchors.above(name) is None:
            return Validation(INDETERMINATE, f"no trust anchor is above {name}", ())
        worst, reason = SECURE, ""
        sets = [rrset for rrset in message.answer if rrset.rdtype != dns.rdatatype.RRSIG]
        if len(sets) > MAXIMUM_SETS:
            return Validation(
                BOGUS, f"{len(sets)} record sets in one answer, {MAXIMUM_SETS} are validated", ()
            )
        for rrset in sets:
            security, why = await self._positive(message, rrset, sets)
            self._link(rrset.name, dns.rdatatype.to_text(rrset.rdtype), security, why)
            if RANK[security] > RANK[worst]:
                worst, reason = security, why
        way, _ = aliases(message, name)
        answered = any(
            rrset.name == way[-1] and record_type in (rrset.rdtype, dns.rdatatype.ANY) for rrset in sets
        )
        if not answered and worst is not BOGUS:
            security, why = await self._negative(message, way[-1], record_type)
            self._link(way[-1], f"no {dns.rdatatype.to_text(record_type)}", security, why)
            if RANK[security] > RANK[worst]:
                worst, reason = security, why
        return Validation(worst, reason or "every signature leads to the trust anchor", tuple(self._chain))

    def _link(self, name: dns.name.Name, what: str, security: Security, reason: str) -> None:
        link = ChainLink(name.to_text(), what, security, reason)
        if link not in self._chain:
            self._chain.append(link)

    async def _positive(
        self, message: dns.message.Message, rrset: dns.rrset.RRset, sets: list[dns.rrset.RRset]
    ) -> tuple[Security, str]:
        """What one record set of the answer is worth."""
        signatures = _signatures(message.answer, rrset)
        if not signatures and _from_dname(rrset, sets):
            return SECURE, "made from the DNAME record, which is signed"  # RFC 6672 section 5.3.1
        signer = signatures[0].signer if signatures else rrset.name
        if not rrset.name.is_subdomain(signer):
            return BOGUS, f"{rrset.name} is signed by {signer}, which is not above it"
        zone = await self._zone_of(signer)
        if zone.security is not SECURE:
            return zone.security, zone.reason
        if not signatures:
            what = f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)}"
            return BOGUS, f"{what} is not signed, though its zone {zone.name} is"
        verdict = verify(rrset, signatures, zone.name, zone.keys, self._now)
        if not verdict.valid:
            return BOGUS, verdict.reason
        own_labels = len(rrset.name) - 1 - (rrset.name.labels[0] == b"*")
        if verdict.labels < own_labels:
            return self._wildcard(message, rrset.name, verdict, zone)
        return SECURE, verdict.reason

    def _wildcard(
        self, message: dns.message.Message, name: dns.name.Name, verdict: Verdict, zone: Zone
    ) -> tuple[Security, str]:
        """An answer from a wildcard needs the proof that there is nothing closer."""
        denial = self._proofs(message, zone).denies_next_closer(name, verdict.labels)
        if denial is Denial.NO_NAME:
            return SECURE, f"{verdict.reason}, from a wildcard"
        if denial in (Denial.OPTED_OUT, Denial.TOO_COSTLY):
            return INSECURE, f"{name} comes from a wildcard, and is {denial}"
        return BOGUS, f"{name} comes from a wildcard, without proof that the name itself does not exist"

    async def _negative(
        self, message: dns.message.Message, name: dns.name.Name, record_type: dns.rdatatype.RdataType
    ) -> tuple[Security, str]:
        """What it is worth that something is not there."""
        signers = [rrset.name for rrset in message.authority if rrset.rdtype == dns.rdatatype.SOA]
        start = next((signer for signer in signers if name.is_subdomain(signer)), name)
        zone = await self._zone_of(start)
        if zone.security is SECURE and start == name and zone.name != name:
            # Nobody said which zone it is: then every cut on the way down matters.
            zone = await self._zone_of(name)
        if zone.security is not SECURE:
            return zone.security, zone.reason
        denial = self._proofs(message, zone).denial(name, record_type)
        match denial:
            case Denial.NO_NAME if message.rcode() == dns.rcode.NXDOMAIN:
                return SECURE, f"{zone.name} proves that {name} does not exist"
            case Denial.NO_TYPE | Denial.NO_NAME if message.rcode() == dns.rcode.NOERROR:
                return SECURE, f"{zone.name} proves that {name} has no {dns.rdatatype.to_text(record_type)}"
            case Denial.OPTED_OUT | Denial.TOO_COSTLY | Denial.DELEGATION:
                return INSECURE, f"{name}: {denial}"
        return BOGUS, f"{zone.name} is signed, but does not prove that {name} or its type is not there"

    async def _zone_of(self, name: dns.name.Name) -> Zone:
        """The zone that holds a name, with every cut between the anchor and it."""
        top = self._anchors.above(name)
        if top is None:
            return Zone(name, INDETERMINATE, f"no trust anchor is above {name}")
        zone = await self._anchor_zone(top)
        self._link(zone.name, "zone", zone.security, zone.reason)
        for depth in range(len(top) + 1, len(name) + 1):
            if zone.security is not SECURE:
                break
            child = name.split(depth)[1]
            if child in self._zones:
                zone = self._zones[child]
            elif child not in self._not_cut:
                below = await self._cut(zone, child)
                if below is None:
                    self._not_cut.add(child)
                else:
                    zone = self._keep(below)
            self._link(zone.name, "zone", zone.security, zone.reason)
        return zone

    def _keep(self, zone: Zone) -> Zone:
        self._zones[zone.name] = zone
        return zone

    async def _anchor_zone(self, name: dns.name.Name) -> Zone:
        if name in self._zones:
            return self._zones[name]
        digests = self._anchors.digests.get(name, ())
        trusted = self._anchors.keys.get(name, ())
        return self._keep(await self._keys(name, digests, trusted, "the trust anchor"))

    async def _keys(
        self,
        name: dns.name.Name,
        digests: tuple[DS, ...],
        trusted: tuple[DNSKEY, ...],
        voucher: str,
    ) -> Zone:
        """The keys of a zone, for at least one of which somebody vouches."""
        message = await self._ask(name, dns.rdatatype.DNSKEY)
        if isinstance(message, str):
            return Zone(name, INDETERMINATE, f"the keys of {name} cannot be had: {message}")
        rrset = message.get_rrset(message.answer, name, message.question[0].rdclass, dns.rdatatype.DNSKEY)
        if rrset is None:
            return Zone(name, BOGUS, f"{voucher} vouches for a key of {name}, which has no DNSKEY record")
        keys = usable_keys(rrset)
        vouched, supported = keys_of_digests(name, keys, digests)
        vouched += tuple(key for key in keys if key in trusted)
        if not vouched and not supported and not trusted:
            return Zone(
                name, INSECURE, f"{voucher} vouches for {name} only with algorithms not supported here"
            )
        if not vouched:
            return Zone(name, BOGUS, f"no key of {name} is the one that {voucher} vouches for")
        verdict = verify(rrset, _signatures(message.answer, rrset), name, vouched, self._now)
        if not verdict.valid:
            return Zone(name, BOGUS, verdict.reason)
        return Zone(name, SECURE, f"{voucher} vouches for its key, {verdict.reason}", keys)

    async def _cut(self, parent: Zone, child: dns.name.Name) -> Zone | None:
        """The zone that begins at a name, or None if it belongs to the parent."""
        message = await self._ask(child, dns.rdatatype.DS)
        if isinstance(message, str):
            return Zone(child, INDETERMINATE, f"the DS record of {child} cannot be had: {message}")
        question = message.question[0]
        rrset = message.get_rrset(message.answer, child, question.rdclass, dns.rdatatype.DS)
        if rrset is not None:
            verdict = verify(rrset, _signatures(message.answer, rrset), parent.name, parent.keys, self._now)
            if not verdict.valid:
                return Zone(child, BOGUS, verdict.reason)
            return await self._keys(child, tuple(rrset), (), f"the DS record in {parent.name}")
        alias = message.get_rrset(message.answer, child, question.rdclass, dns.rdatatype.CNAME)
        if alias is not None:
            # An alias cannot stand at a cut (RFC 2181 section 10.1); its own validation tells if it is real.
            return None
        denial = self._proofs(message, parent).denial(child, dns.rdatatype.DS)
        match denial:
            case Denial.NO_TYPE | Denial.NO_NAME:
                return None
            case Denial.DELEGATION:
                return Zone(child, INSECURE, f"{parent.name} proves that it has no DS record for {child}")
            case Denial.OPTED_OUT | Denial.TOO_COSTLY:
                return Zone(child, INSECURE, f"{child} in {parent.name}: {denial}")
        why = f"{parent.name} is signed, but does not prove that {child} has no DS record"
        return Zone(child, BOGUS, why)

    def _proofs(self, message: dns.message.Message, zone: Zone) -> Proofs:
        """The NSEC and NSEC3 records that the zone has signed."""
        nsec, nsec3 = [], []
        sets = [
            rrset
            for rrset in message.authority
            if rrset.rdtype in (dns.rdatatype.NSEC, dns.rdatatype.NSEC3)
            and rrset.name.is_subdomain(zone.name)
        ]
        for rrset in sets[:MAXIMUM_SETS]:
            verdict = verify(rrset, _signatures(message.authority, rrset), zone.name, zone.keys, self._now)
            # A record from a wildcard would prove something about another name.
            if not verdict.valid or verdict.labels != len(rrset.name) - 1 - (rrset.name.labels[0] == b"*"):
                continue
            if rrset.rdtype == dns.rdatatype.NSEC:
                nsec += [(rrset.name, record) for record in rrset]
            else:
                nsec3 += [(rrset.name, record) for record in rrset]
        return Proofs(zone.name, nsec, nsec3)


def _signatures(section: list[dns.rrset.RRset], rrset: dns.rrset.RRset) -> list[RRSIG]:
    return [
        signature
        for signatures in section
        if signatures.rdtype == dns.rdatatype.RRSIG
        and signatures.name == rrset.name
        and signatures.rdclass == rrset.rdclass
        for signature in signatures
        if signature.type_covered == rrset.rdtype
    ]


def _from_dname(rrset: dns.rrset.RRset, sets: list[dns.rrset.RRset]) -> bool:
    """Whether an alias follows from a DNAME record of the same answer (RFC 6672 section 3.1)."""
    if rrset.rdtype != dns.rdatatype.CNAME:
        return False
    for other in sets:
        if (
            other.rdtype == dns.rdatatype.DNAME
            and rrset.name.is_subdomain(other.name)
            and rrset.name != other.name
        ):
            prefix = rrset.name.relativize(other.name)
            if (
                len(prefix) + len(other[0].target) <= 127
                and prefix.concatenate(other[0].target) == rrset[0].target
            ):
                return True
    return False
