"""A station that has one address and sends from those of other networks: for `ip-spoofing`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network

from netanatomy.detect.detector import Verdict
from netanatomy.detect.forged_sources import Claims, Proofs, accused
from netanatomy.detect.relations import Row
from netanatomy.tables.text import address_text

CONFIDENCE = 0.7
ADDRESSES = 64
"""Addresses that are remembered of a station. Bounds what floods of forged sources cost."""
SITE_BITS = {4: 16, 6: 48}
"""Leading bits of an address that one site's share (RFC 6177 for IPv6): whole octets."""
V4_MAPPED = bytes(10) + b"\xff\xff"  # RFC 4291 section 2.5.5.2
OWN_USE = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)
"""Networks that everybody may use within (RFC 1918, RFC 6598, RFC 4193): virtual interfaces have such."""


def by_foreigners(
    claims: Claims,
    lasting: Sequence[Row],
    answered: Mapping[bytes, set[bytes]],
    proofs: Proofs,
) -> Iterator[Verdict]:
    """A verdict for each station that sends from several networks that it is not in, and is never answered.

    Args:
        claims: what was seen of short conversations.
        lasting: the same of long ones that were never answered; rows as in `claims`.
        answered: by station, the addresses at which it was answered; `ADDRESSES` of them at most.
        proofs: the thresholds.
    """
    stations = claims.stations()
    by_mac: dict[bytes, list[Row]] = {}
    carriers: set[bytes] = set()
    for row in (*claims.of(stations), *(row for row in lasting if row["mac"] in stations)):
        if row["ttl"] in claims.initial_ttls:
            by_mac.setdefault(row["mac"], []).append(row)
        else:
            carriers.add(row["mac"])  # hands on what comes from afar, so it is a router
    for mac in sorted(by_mac.keys() - carriers):
        own = claims.known[mac]
        rows = [
            row
            for row in by_mac[mac]
            if row["address"] not in own and not row["impossible"] and not _is_group(row["peer"])
        ]
        met = answered.get(mac, set())
        at_home = {_site(address) for address in claims.owned[mac]}
        versions = {_site(row["address"])[0] for row in rows}
        elsewhere = {site for site in map(_site, met) if site[0] in versions} - at_home
        # Of a capture that shows one direction nothing can be said; who is answered elsewhere is a router.
        if not claims.owned[mac] & met or len(met) >= ADDRESSES or elsewhere:
            continue
        forged = _enough(rows, met | claims.homes.keys(), proofs.claims)
        sites = {_site(row["address"]) for row in forged} - {_site(address) for address in own}
        forged = [row for row in forged if _site(row["address"]) in sites]
        if len(sites) < proofs.foreign or all(map(_is_of_own_use, {row["address"] for row in forged})):
            continue
        why = (
            f"they are of {len(sites)} different networks, none of them its own; it is answered at its own "
            "address and never at these, and no router has handed the packets on"
        )
        yield replace(accused(mac, forged, [why], True, own, set()), confidence=CONFIDENCE)


def _enough(rows: Sequence[Row], spared: set[bytes], packets: int) -> list[Row]:
    """Rows of the addresses from which so many packets came."""
    sent: dict[bytes, int] = {}
    for row in rows:
        sent[row["address"]] = sent.get(row["address"], 0) + row["packets"]
    return [row for row in rows if sent[row["address"]] >= packets and row["address"] not in spared]


def _is_group(address: bytes) -> bool:
    if address.startswith(V4_MAPPED):
        return address[12] >> 4 == 0xE or address[15] == 0xFF
    return address[0] == 0xFF


def _site(address: bytes) -> tuple[int, bytes]:
    """The version and the network of an address."""
    if address.startswith(V4_MAPPED):
        return 4, address[12 : 12 + SITE_BITS[4] // 8]
    return 6, address[: SITE_BITS[6] // 8]


def _is_of_own_use(address: bytes) -> bool:
    found = ip_address(address_text(address))
    return any(found in network for network in OWN_USE if network.version == found.version)
