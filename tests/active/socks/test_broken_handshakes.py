"""Whatever a client sends instead of a handshake, and however it goes on: no crash and no hang."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from netanatomy.active.socks import Limits, parse_rule
from netanatomy.active.socks.resolver import ResolutionError
from netanatomy.layers.internet.addresses import Address
from tests.active.socks.serving import (
    LOOPBACK,
    echo,
    read_exactly,
    request,
    serving,
    settings,
    target,
    through,
    until,
)

DESCRIPTORS = Path("/proc/self/fd")

pytestmark = pytest.mark.skipif(
    not DESCRIPTORS.is_dir(), reason="descriptors are counted in /proc, which is not here"
)

WHOLE = (
    b"\x05\x01\x00" + request("127.0.0.1", 1),
    b"\x05\x03\x00\x01\x02\x05\x01\x00\x03\x0clocalhost.xx\x00\x01",
    b"\x05\x01\x00\x05\x01\x00\x04" + bytes(15) + b"\x01\x00\x01",
    b"\x05\x01\x00" + request("127.0.0.1", 1, 2),
    b"\x05\x01\x00" + request("0.0.0.0", 0, 3),
    b"\x04\x01\x00\x01\x7f\x00\x00\x01anna\x00",
    b"\x04\x01\x00\x01\x00\x00\x00\x01anna\x00localhost.xx\x00",
    b"\x04\x02\x00\x01\x7f\x00\x00\x01\x00",
)


def broken_ones() -> Iterator[bytes]:
    """Every truncation of every kind of handshake, each octet of them changed, and random octets."""
    choice = random.Random(5)
    for whole in WHOLE:
        for place in range(len(whole) + 1):
            yield whole[:place]
            yield whole[:place] + bytes((choice.randrange(256),)) + whole[place + 1 :]
    for number in range(500):
        head = (b"", b"\x05\x01\x00", b"\x04\x01", b"\x05\x01\x00\x05\x01\x00")[number % 4]
        yield head + choice.randbytes(choice.randrange(1, 600))


async def unknown(name: str) -> Sequence[Address]:
    """No name leaves this machine, whatever it has become."""
    raise ResolutionError(f"{name}: nobody knows it here")


@pytest.mark.parametrize("end", ["end", "reset", "silence"])
def test_broken_handshakes_neither_crash_nor_hang_it(end: str) -> None:
    """However the client goes on: it says that it has finished, is gone, or waits and says no more."""

    async def one(address: tuple[str, int], octets: bytes, enough: asyncio.Semaphore) -> None:
        async with enough, asyncio.timeout(20):
            try:
                reader, writer = await asyncio.open_connection(*address)
                writer.write(octets)
                if end == "end":
                    writer.write_eof()
                if end == "reset":
                    await writer.drain()
                    at_once = struct.pack("ii", 1, 0)
                    connection: socket.socket = writer.get_extra_info("socket")
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
                else:
                    assert (await reader.read())[:1] in (b"", b"\x05", b"\x00")
                writer.close()
                await writer.wait_closed()
            except ConnectionError:
                return  # an end as good as any

    async def everyone(address: tuple[str, int], everything: list[bytes]) -> None:
        enough = asyncio.Semaphore(400)
        await asyncio.gather(*(one(address, octets, enough) for octets in everything))

    everything = list(broken_ones())
    nowhere = tuple(parse_rule(network, allow=False) for network in ("0.0.0.0/0", "::/0"))
    second = 1.0 if end == "silence" else 10.0
    limits = Limits(handshake_seconds=second, bind_seconds=1, idle_seconds=1, connect_seconds=1)
    chosen = settings(socks4=True, bind=True, udp=True, limits=limits, rules=(*LOOPBACK, *nowhere))
    with (
        target(echo) as port,
        serving(chosen, resolve=unknown) as proxy,
    ):  # it fails if anything goes unhandled
        through(proxy.address, port).close()
        proxy.logged(1)
        until(lambda: not proxy.sessions())
        before = len(list(DESCRIPTORS.iterdir()))
        asyncio.run(everyone(proxy.address, everything))
        until(lambda: not proxy.sessions())
        until(lambda: len(list(DESCRIPTORS.iterdir())) <= before)
        with through(proxy.address, port) as connection:
            connection.sendall(b"hello")
            assert read_exactly(connection, 5) == b"hello"
        outcomes = Counter(each["outcome"] for each in proxy.lines)
    assert outcomes["error"] == 0
    assert sum(outcomes.values()) > len(everything) * 0.9
