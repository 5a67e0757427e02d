"""A connection that becomes a TLS connection, and what the handshake said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netanatomy.active.probe.draft import Draft
from netanatomy.active.probe.target import Target

if TYPE_CHECKING:
    from netanatomy.active.probe.tls_stream import TlsStream


async def start_tls(
    draft: Draft, alpn: Sequence[str] = (), server_name: str = "", target: Target | None = None
) -> TlsStream:
    """Shake hands over the connection of a draft; its stream and its facts are of TLS from then on.

    Args:
        draft: of the probe, connected.
        alpn: application protocols to offer.
        server_name: whom one wants, and for whom the certificate must be; the target's host if empty.
        target: who it is, if not the target of the draft.

    Raises:
        ProbeError: it came to nothing.
    """
    from netanatomy.active.probe.tls_stream import TlsStream

    if draft.stream is None:
        raise AssertionError("not connected")
    wanted = target or draft.target
    draft.doing = f"TLS with {wanted}"
    stream = TlsStream(draft.stream, server_name or wanted.host, alpn, draft.options.ca)
    facts = await stream.handshake()
    draft.watch.lap("TLS")
    if draft.tls is None or target is None:
        draft.tls = facts
    draft.stream = stream
    return stream
