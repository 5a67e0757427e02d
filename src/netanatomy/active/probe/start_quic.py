"""A QUIC connection of a draft, and what its handshake said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netanatomy.active.probe.draft import Draft
from netanatomy.active.probe.names import SocketAddress, addresses
from netanatomy.active.probe.stream import address_texts, race
from netanatomy.active.probe.target import Target

if TYPE_CHECKING:
    from netanatomy.active.probe.quic import QuicClient

MARGIN = 5.0
"""Seconds that the probe's own time ends before QUIC gives up by itself."""


async def start_quic(
    draft: Draft, alpn: Sequence[str], server_name: str = "", target: Target | None = None
) -> QuicClient:
    """Connect over QUIC; its facts are those of the draft. Who calls closes it.

    Args:
        draft: of the probe.
        alpn: application protocols to offer.
        server_name: whom one wants, and for whom the certificate must be; the target's host if empty.
        target: who it is, if not the target of the draft.

    Raises:
        ProbeError: it came to nothing.
    """
    from netanatomy.active.probe.quic import open_quic

    wanted = target or draft.target
    host = server_name or wanted.host
    draft.doing = f"looking up {wanted.host}"
    found = await addresses(wanted.host, wanted.port, draft.options.family)
    if not wanted.is_address:
        draft.watch.lap("name")
    if target is None:
        draft.addresses = tuple(address_texts(found))
    draft.doing = f"QUIC with {wanted}"

    async def opening(_: int, address: SocketAddress) -> QuicClient:
        patience = draft.options.timeout + MARGIN
        return await open_quic(address, server_name=host, alpn=alpn, patience=patience)

    client = await race(found, draft.attempts, opening)
    draft.watch.lap("QUIC and TLS")
    facts = client.tls_facts(host, draft.options.ca)
    if draft.tls is None or target is None:
        draft.tls = facts
        draft.quic = client.quic_facts()
    return client
