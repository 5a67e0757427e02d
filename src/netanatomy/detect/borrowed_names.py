"""A station that speaks in a neighbour's name to whom the neighbour itself speaks: for `ip-spoofing`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from netanatomy.detect.detector import Verdict
from netanatomy.detect.forged_sources import Claims, Proofs, accused
from netanatomy.detect.relations import Row
from netanatomy.tables.text import address_text, mac_text

CONFIDENCE = 0.75


def by_borrowers(claims: Claims, every: pa.Table, lasting: pa.Table, proofs: Proofs) -> Iterator[Verdict]:
    """A verdict for each station that speaks in the name of neighbours which speak there themselves.

    Who relays a neighbour's words under its name was told them first, and the neighbour then has no need to
    speak to the same peer itself: neither is so here.

    Args:
        claims: what is known of the stations.
        every: sources of short conversations that prove nothing, with those of owners; as `Claims.table`.
        lasting: the same of long ones that were never answered.
        proofs: the thresholds.
    """
    suspects = _suspects(claims, lasting)
    if not suspects:
        return
    carriers = _carriers(claims, lasting, {row["mac"] for row in suspects})
    heard = _heard((every, lasting), {row["address"] for row in suspects})
    by_mac: dict[bytes, list[tuple[Row, bytes]]] = {}
    for row in suspects:
        if row["mac"] not in carriers:
            owner = _owner(row, heard[row["address"]], claims)
            if owner is not None:
                by_mac.setdefault(row["mac"], []).append((row, owner))
    for mac, pairs in sorted(by_mac.items()):
        forged = [row for row, _ in pairs]
        if sum(row["packets"] for row in forged) < proofs.claims:
            continue
        taken, owner = pairs[0]
        name = address_text(taken["address"])
        why = (
            f"{name}, which it sent from, lives at {mac_text(owner)}, which itself went on speaking to "
            f"{address_text(taken['peer'])}; nobody answered the sender at {name}, and no router has handed "
            "the packets on"
        )
        robbed = {address_text(row["address"]) for row in forged}
        verdict = accused(mac, forged, [why], True, claims.known[mac], robbed)
        yield replace(verdict, confidence=CONFIDENCE)


def _suspects(claims: Claims, lasting: pa.Table) -> list[Row]:
    """Rows of stations that speak from an address that another one says is its own."""
    stations = claims.stations()
    owners: dict[bytes, set[bytes]] = {}
    for mac, addresses in claims.owned.items():
        for address in filter(None, addresses):
            owners.setdefault(address, set()).add(mac)
    if not lasting.num_rows or not stations:
        return []
    near = pc.is_in(lasting["ttl"], pa.array(claims.initial_ttls, lasting.schema.field("ttl").type))
    mine = pc.and_(_among(lasting, "mac", stations), _among(lasting, "address", owners))
    return [
        row
        for row in lasting.filter(pc.and_(near, mine)).to_pylist()
        if row["address"] not in claims.known[row["mac"]] and owners[row["address"]] - {row["mac"]}
    ]


def _carriers(claims: Claims, lasting: pa.Table, stations: set[bytes]) -> set[bytes]:
    """Those of the stations that hand on what comes from afar, so that they are routers."""
    found: set[bytes] = set()
    for table in (claims.table, lasting):
        if not table.num_rows:
            continue
        near = pc.is_in(table["ttl"], pa.array(claims.initial_ttls, table.schema.field("ttl").type))
        for row in table.filter(pc.and_(_among(table, "mac", stations), pc.invert(near))).to_pylist():
            if row["address"] not in claims.known[row["mac"]]:  # its own may be a trace of the way
                found.add(row["mac"])
    return found


def _heard(tables: Sequence[pa.Table], addresses: set[bytes]) -> dict[bytes, list[Row]]:
    """Who spoke from which of the addresses, to whom and when."""
    found: dict[bytes, list[Row]] = {address: [] for address in addresses}
    for table in tables:
        if not table.num_rows:
            continue
        for row in table.filter(_among(table, "address", addresses)).to_pylist():
            found[row["address"]].append(row)
    return found


def _owner(row: Row, heard: Sequence[Row], claims: Claims) -> bytes | None:
    """Who owns the address and spoke from it to the same peer, meanwhile; None if nobody did."""
    own = claims.owned[row["mac"]]
    spans: dict[bytes, tuple[int, int]] = {}
    for other in heard:
        if other["mac"] == row["mac"]:
            continue
        if other["peer"] in own:
            return None  # it is told what it then says: a relay
        if other["peer"] == row["peer"] and row["address"] in claims.owned.get(other["mac"], ()):
            first, last = spans.get(other["mac"], (other["start"], other["end"]))
            spans[other["mac"]] = min(first, other["start"]), max(last, other["end"])
    # Who moves to another card, or to a repeater that speaks for it, does not speak from both places at once.
    return next(
        (mac for mac, (first, last) in sorted(spans.items()) if first < row["end"] and last > row["start"]),
        None,
    )


def _among(table: pa.Table, column: str, values: Iterable[bytes]) -> pa.ChunkedArray:
    return pc.is_in(table[column], value_set=pa.array(sorted(values), table.schema.field(column).type))
