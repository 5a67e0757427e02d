"""Resolving many names against a server on loopback: netanatomy, `dig -f`, and a loop over getaddrinfo().

    python benchmarks/resolve.py [--names 10000] [--delay 5]

Prints names a second and ratios. All three ask the same Knot DNS (Debian: knot, bind9-dnsutils) for one A
record of each name, in turns, and the best of three runs counts. getaddrinfo() asks where resolv.conf says,
at port 53; so it runs in a mount namespace of its own (unshare, as root), or is left out.

With --delay, a relay between them holds each answer back for so many milliseconds, as a network does: that is
where asking for many names at once pays.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
ADDRESS = "127.0.0.53"
ZONE = """\
$TTL 300
@ SOA ns host 1 3600 600 86400 300
@ NS ns
ns A 127.0.0.1
* A 192.0.2.1
"""
LOOP = """\
import socket, sys
for name in open(sys.argv[1]):
    socket.getaddrinfo(name.strip(), None, socket.AF_INET)
"""
RUNS = 3


@contextmanager
def knot(folder: Path, port: int) -> Iterator[None]:
    (folder / "zone").write_text(ZONE)
    (folder / "knot.conf").write_text(
        f"server:\n  listen: {ADDRESS}@{port}\n  rundir: {folder}\n  pidfile: {folder}/pid\n"
        "  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n"
        f"database:\n  storage: {folder}\n"
        f"zone:\n  - domain: bench.test\n    file: {folder}/zone\n"
    )
    program = shutil.which("knotd", path=PATH) or sys.exit("knotd is not installed (Debian: knot)")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "-c", str(folder / "knot.conf")], stdout=log, stderr=log)
    try:
        time.sleep(1.5)
        if process.poll() is not None:
            sys.exit((folder / "log").read_text())
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def delayed(port: int, behind: int, milliseconds: float) -> Iterator[None]:
    """A relay that holds each answer back."""
    loop = asyncio.new_event_loop()

    class Relay(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast(asyncio.DatagramTransport, transport)
            self.inner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.inner.setblocking(False)
            self.inner.connect((ADDRESS, behind))
            self.peers: dict[bytes, list[tuple[str, int]]] = {}
            loop.add_reader(self.inner, self.answered)

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            self.peers.setdefault(data[:2] + data[12:30], []).append(addr)
            self.inner.send(data)

        def answered(self) -> None:
            data = self.inner.recv(4096)
            addr = self.peers[data[:2] + data[12:30]].pop()
            loop.call_later(milliseconds / 1000, self.transport.sendto, data, addr)

    loop.run_until_complete(loop.create_datagram_endpoint(Relay, local_addr=(ADDRESS, port)))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--names", type=int, default=10_000)
    parser.add_argument("--delay", type=float, default=0.0, help="milliseconds")
    options = parser.parse_args()
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    port = 53 if root else 5399
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        inner = port if not options.delay else 5398
        stack.enter_context(knot(folder, inner))
        if options.delay:
            stack.enter_context(delayed(port, inner, options.delay))
        names = [f"host{number}.bench.test" for number in range(options.names)]
        (folder / "names").write_text("\n".join(names) + "\n")
        (folder / "questions").write_text("\n".join(f"{each} A" for each in names) + "\n")
        (folder / "resolv.conf").write_text(f"nameserver {ADDRESS}\n")
        (folder / "loop.py").write_text(LOOP)
        commands = _commands(folder, port, root)
        best = dict.fromkeys(commands, float("inf"))
        for _ in range(RUNS):
            for who, command in commands.items():
                best[who] = min(best[who], seconds(command))
    for who, spent in best.items():
        ratio = spent / best["netanatomy"]
        print(f"{who:<12} {options.names / spent:>9,.0f} names/s   netanatomy is {ratio:.2f} times as fast")


def _commands(folder: Path, port: int, root: bool) -> dict[str, list[str]]:
    ours = [sys.executable, "-m", "netanatomy", "resolve", "--server", f"{ADDRESS}:{port}", "--type", "A"]
    commands = {"netanatomy": [*ours, "--file", str(folder / "names")]}
    if dig := shutil.which("dig"):
        commands["dig -f"] = [dig, "-r", f"@{ADDRESS}", "-p", str(port), "-f", str(folder / "questions")]
    unshare = shutil.which("unshare")
    if root and unshare:
        script = (
            f"mount --bind {folder}/resolv.conf /etc/resolv.conf && "
            f"exec {sys.executable} {folder}/loop.py {folder}/names"
        )
        commands["getaddrinfo"] = [unshare, "-m", "sh", "-c", script]
    return commands


if __name__ == "__main__":
    main()
