"""The server as a process of its own, as its users start it: volumes, floods, killed clients.

Nothing here is made smaller than it is meant: 1,000 sessions with 1 GB, 10,000 slow handshakes.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from netanatomy.active.socks import Limits
from tests.active.socks.serving import (
    echo,
    read_exactly,
    request,
    serving,
    settings,
    target,
    through,
    until,
)

SESSIONS = 1000
ONE_WAY = 512 * 1024
"""Octets of a session in one direction: 1.05 GB for all of them and both directions."""

CHUNK = 1 << 18
SLOW = 10_000
NEEDED = 11_500
"""Descriptors that this process holds while it plays all the clients."""

DESCRIPTORS = Path("/proc/self/fd")

PATIENT = 5.0
"""Seconds within which somebody gets through, whatever others do: half of the time that slow ones have."""

pytestmark = pytest.mark.skipif(
    not DESCRIPTORS.is_dir(), reason="descriptors are counted in /proc, which is not here"
)


@dataclass(frozen=True)
class Process:
    """A server that runs."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    def descriptors(self) -> int:
        """How many files and sockets it has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def lines(self) -> list[dict[str, Any]]:
        """The sessions that it has logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def outcomes(self) -> Counter[str]:
        """How they ended."""
        return Counter(line["outcome"] for line in self.lines())


@contextmanager
def server(folder: Path, *options: str) -> Iterator[Process]:
    """`netanatomy socks serve` on loopback, which may go to loopback; it must stop without a complaint."""
    log, told = folder / "sessions.log", folder / "told.log"
    command = [sys.executable, "-m", "netanatomy", "socks", "serve", "--listen", "127.0.0.1:0"]
    command += ["--allow", "127.0.0.0/8", "--log", str(log), "--grace", "1", *options]
    with told.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, stdin=subprocess.DEVNULL)
    try:
        until(lambda: b"listening at" in told.read_bytes() or process.poll() is not None)
        port = re.search(rb"listening at 127\.0\.0\.1:(\d+)", told.read_bytes())
        assert port is not None, told.read_text()
        yield Process(process, int(port[1]), log)
        assert process.poll() is None, told.read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, told.read_text()
        assert "Traceback" not in told.read_text()
    finally:
        process.kill()
        process.wait(10)


def need_descriptors(number: int) -> None:
    """The test skips where the system does not allow so many open files."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < number:
        if hard != resource.RLIM_INFINITY and hard < number:
            pytest.skip(f"this system allows {hard} open files only")
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))


def gets_through(process: Process, port: int) -> float:
    """Seconds for somebody to connect, and to get an echo."""
    begun = time.monotonic()
    with through(process.address, port) as connection:
        connection.sendall(b"hello")
        assert read_exactly(connection, 5) == b"hello"
    return time.monotonic() - begun


# A volume.


def test_a_thousand_sessions_at_once_with_a_gigabyte(tmp_path: Path) -> None:
    """Each session sends and receives octets of its own, in both directions at once, and all are compared."""
    need_descriptors(3 * SESSIONS)
    block = memoryview(random.Random(1).randbytes(ONE_WAY + SESSIONS) * 2)
    wrong: list[tuple[str, int]] = []
    ended = Counter[str]()

    async def receive(reader: asyncio.StreamReader, expected: memoryview, who: str, number: int) -> None:
        place = 0
        while octets := await reader.read(CHUNK):
            if octets != expected[place : place + len(octets)]:
                wrong.append((who, number))
                return
            place += len(octets)
        if place == ONE_WAY:
            ended[who] += 1

    async def send(writer: asyncio.StreamWriter, octets: memoryview) -> None:
        for place in range(0, ONE_WAY, CHUNK):
            writer.write(octets[place : place + CHUNK])
            await writer.drain()
        writer.write_eof()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (number,) = struct.unpack("!I", await reader.readexactly(4))
        own, other = block[number + SESSIONS :][:ONE_WAY], block[number:][:ONE_WAY]
        await asyncio.gather(receive(reader, other, "server", number), send(writer, own))
        writer.close()

    async def one(process: Process, port: int, number: int, everybody: asyncio.Barrier) -> None:
        reader, writer = await asyncio.open_connection(*process.address, limit=CHUNK)
        writer.write(b"\x05\x01\x00" + request("127.0.0.1", port))
        assert (await reader.readexactly(12))[:4] == b"\x05\x00\x05\x00"
        await everybody.wait()  # all of them are open now
        writer.write(struct.pack("!I", number))
        own, other = block[number:][:ONE_WAY], block[number + SESSIONS :][:ONE_WAY]
        await asyncio.gather(receive(reader, other, "client", number), send(writer, own))
        writer.close()

    async def everyone(process: Process) -> None:
        listener = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=SESSIONS, limit=CHUNK)
        port = listener.sockets[0].getsockname()[1]
        everybody = asyncio.Barrier(SESSIONS)
        async with listener, asyncio.timeout(60):
            await asyncio.gather(*(one(process, port, number, everybody) for number in range(SESSIONS)))
            while ended["server"] + len(wrong) < SESSIONS:
                await asyncio.sleep(0.01)

    with server(tmp_path, "--handshakes", str(2 * SESSIONS)) as process:
        before = process.descriptors()
        asyncio.run(everyone(process))
        until(lambda: len(process.lines()) >= SESSIONS)
        assert not wrong
        assert ended == {"client": SESSIONS, "server": SESSIONS}
        assert process.outcomes() == {"closed": SESSIONS}
        lines = process.lines()
        assert sum(line["octets_up"] for line in lines) == SESSIONS * (ONE_WAY + 4)
        assert sum(line["octets_down"] for line in lines) == SESSIONS * ONE_WAY
        until(lambda: process.descriptors() <= before)
    assert SESSIONS * 2 * ONE_WAY > 1_000_000_000


# Floods.

HALVES = (
    b"",
    b"\x05",
    b"\x05\x02\x00",
    b"\x05\x01\x00",
    b"\x05\x01\x00\x05\x01",
    b"\x05\x01\x00\x05\x01\x00\x03\xff",
)


SOURCES: dict[str, Callable[[int], str]] = {
    # Where the slow clients come from; who is shut out or not comes from 127.0.0.1.
    "the same address": lambda _: "127.0.0.1",
    "addresses of their own": lambda number: f"127.9.{number >> 8}.{number & 255 or 1}",
}


@pytest.mark.parametrize("kind", SOURCES)
def test_ten_thousand_slow_half_handshakes_do_not_shut_others_out(tmp_path: Path, kind: str) -> None:
    """With the caps that it has by itself."""
    need_descriptors(NEEDED)
    come_from = SOURCES[kind]
    slow: list[socket.socket] = []

    def flood(process: Process) -> None:
        for number in range(SLOW):
            connection = socket.socket()
            slow.append(connection)
            connection.settimeout(30)
            # Without this every address has ports of its own only after a search through all of them.
            connection.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24), 1)
            connection.bind((come_from(number), 0))
            connection.connect(process.address)
            connection.sendall(HALVES[number % len(HALVES)])

    with server(tmp_path) as process, target(echo) as port:
        before = process.descriptors()
        took = [gets_through(process, port)]
        thread = threading.Thread(target=flood, args=(process,))
        thread.start()
        while thread.is_alive():
            took.append(gets_through(process, port))
            time.sleep(0.005)
        thread.join()
        assert len(slow) == SLOW
        took += [gets_through(process, port) for _ in range(20)]
        assert process.descriptors() < before + 1100  # 512 half-open ones are all that it keeps
        for connection in slow:
            connection.close()
        until(lambda: process.descriptors() <= before)
        outcomes = process.outcomes()
    assert max(took) < PATIENT and len(took) > 40
    assert outcomes["closed"] == len(took)
    assert outcomes["error"] == 0


# Killed clients.

CLIENT = """
import socket, struct, sys, time
port, target, full, times = map(int, sys.argv[1:])
keep = []
def ask(command, host, where):
    one = socket.create_connection(("127.0.0.1", port), 20)
    keep.append(one)
    address = socket.inet_aton(host) + struct.pack("!H", where)
    one.sendall(b"\\x05\\x01\\x00" + bytes((5, command, 0, 1)) + address)
    return one
for number in range(times):
    keep.append(socket.create_connection(("127.0.0.1", port), 20))
    one = socket.create_connection(("127.0.0.1", port), 20)
    one.sendall(b"\\x05\\x01\\x00\\x05\\x01"[: number % 6])
    keep.append(one)
    one = ask(1, "127.0.0.1", target)
    one.recv(12, socket.MSG_WAITALL)
    one.sendall(b"x" * 100000)
    ask(2, "127.0.0.1", 1).recv(12, socket.MSG_WAITALL)
    ask(3, "0.0.0.0", 0).recv(12, socket.MSG_WAITALL)
    # What has come and is not read makes the system say at the end that nobody will: a reset, not an end.
    ask(1, "127.0.0.1", full).recv(2, socket.MSG_PEEK | socket.MSG_WAITALL)
print("ready", flush=True)
time.sleep(60)
"""


@contextmanager
def full() -> Iterator[int]:
    """The port of a server whose queue is full: connecting to it takes until somebody gives up."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as stack:
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_clients_that_are_killed_leak_no_descriptor(tmp_path: Path) -> None:
    """In every state of a session, three times over."""
    options = ("--udp", "--bind-command", "--client-sessions", "2000")
    with server(tmp_path, *options) as process, target(echo) as port, full() as never:
        gets_through(process, port)
        until(lambda: process.outcomes()["closed"] == 1)
        before = process.descriptors()
        for _ in range(3):
            command = [sys.executable, "-c", CLIENT, *map(str, (process.port, port, never, 40))]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as client:
                assert client.stdout is not None
                assert client.stdout.readline() == b"ready\n"
                assert process.descriptors() > before + 200
                client.kill()
            until(lambda: process.descriptors() <= before)
        gets_through(process, port)
        assert process.outcomes()["error"] == 0


def test_a_client_that_ends_while_it_is_connected_holds_nothing_for_longer_than_that_takes() -> None:
    """It may be one that has said all it wants to say, and waits for the answer: that is no reason to go."""
    chosen = settings(limits=Limits(connect_seconds=0.5))
    with serving(chosen) as proxy, full() as never, target(echo) as port:
        through(proxy.address, port).close()
        proxy.logged(1)
        until(lambda: not proxy.sessions())
        before = len(list(DESCRIPTORS.iterdir()))
        for _ in range(20):
            with socket.create_connection(proxy.address, 10) as connection:
                connection.sendall(b"\x05\x01\x00")
                assert read_exactly(connection, 2) == b"\x05\x00"
                connection.sendall(request("127.0.0.1", never))
        until(lambda: not proxy.sessions() and len(list(DESCRIPTORS.iterdir())) <= before)
        assert {each["outcome"] for each in proxy.logged(21)[1:]} == {"failed"}


def test_a_client_that_resets_while_it_is_connected_lets_go_at_once() -> None:
    with serving(settings(limits=Limits(connect_seconds=60.0))) as proxy, full() as never:
        before = len(list(DESCRIPTORS.iterdir()))
        for _ in range(20):
            with socket.create_connection(proxy.address, 10) as connection:
                # All at once: the server need not read a second time.
                connection.sendall(b"\x05\x01\x00" + request("127.0.0.1", never))
                assert read_exactly(connection, 2) == b"\x05\x00"
                until(lambda: len(list(DESCRIPTORS.iterdir())) > before + 2)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        until(lambda: not proxy.sessions() and len(list(DESCRIPTORS.iterdir())) <= before)
        assert {each["outcome"] for each in proxy.logged(20)} == {"left"}
