"""A UDP probe: a datagram is sent, and an answer, a refusal (ICMP) or silence is what comes of it."""

from __future__ import annotations

import asyncio
import socket

from netanatomy.active.probe.draft import Draft, ProbeOptions, carry_out
from netanatomy.active.probe.failure import ProbeError
from netanatomy.active.probe.names import addresses
from netanatomy.active.probe.stream import address_texts
from netanatomy.active.probe.target import endpoint, parse_target
from netanatomy.active.probe.tcp import MAXIMUM_KEPT
from netanatomy.layers.application.datagram_questions import question
from netanatomy.layers.application.identify import identify_datagram
from netanatomy.schema.probe import Exchange, Probe, ProbeOutcome

ATTEMPTS = 3
"""Times that the datagram is sent: one may get lost."""

MAXIMUM_DATAGRAM = 65_535  # octets, RFC 768


async def aprobe_udp(target: str, send: bytes | None = None, options: ProbeOptions | None = None) -> Probe:
    """Send a datagram and wait for the first that comes back.

    Args:
        target: `host:port`.
        send: the datagram; without it a harmless question that the port's service understands.
        options: how to probe; the time is shared by up to three tries.

    Raises:
        UsageError: the target makes no sense.
    """
    draft = Draft("udp", parse_target(target), options or ProbeOptions())
    asked = question(draft.target.port)
    octets = send if send is not None else asked.octets
    if send is None:
        draft.notes.append(f"sent: {asked.meaning}")

    async def work(draft: Draft) -> str:
        return await _asked(draft, octets)

    return await carry_out(draft, work)


def probe_udp(target: str, send: bytes | None = None, options: ProbeOptions | None = None) -> Probe:
    """`aprobe_udp` for code that is not asynchronous."""
    return asyncio.run(aprobe_udp(target, send, options))


async def _asked(draft: Draft, octets: bytes) -> str:
    loop = asyncio.get_running_loop()
    target = draft.target
    draft.doing = f"looking up {target.host}"
    found = await addresses(target.host, target.port, draft.options.family)
    if not target.is_address:
        draft.watch.lap("name")
    draft.addresses = tuple(address_texts(found))
    family, address = found[0]
    where = endpoint(address[0], address[1])
    draft.doing = f"waiting for {where}"
    draft.exchange = Exchange(octets, b"", 0)
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect(address)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await loop.sock_sendall(sock, octets)
                # A little less than the share, so that the last try ends before the probe does.
                async with asyncio.timeout(0.9 * draft.options.timeout / ATTEMPTS):
                    answer = await loop.sock_recv(sock, MAXIMUM_DATAGRAM)
            except TimeoutError:
                continue
            except ConnectionRefusedError as error:
                draft.watch.lap("refusal")
                reason = (
                    f"{where} is closed: the host says that nothing listens there (ICMP port unreachable)"
                )
                raise ProbeError(ProbeOutcome.REFUSED, reason) from error
            draft.watch.lap("answer")
            if attempt > 1:
                draft.notes.append(
                    f"answered to datagram {attempt} only: the others or their answers were lost"
                )
            name = identify_datagram(answer, octets)
            draft.exchange = Exchange(octets, answer[:MAXIMUM_KEPT], len(answer), name)
            return f"{where} answers with {len(answer)} bytes{f' ({name})' if name else ''}"
    reason = f"{where} is open or filtered: no answer to {ATTEMPTS} datagrams, and no refusal either"
    raise ProbeError(ProbeOutcome.TIMEOUT, reason)
