"""Throughput of SOCKS servers on loopback: netanatomy, pproxy and microsocks.

    python benchmarks/socks.py [--octets 1G] [--connections 2000] [--runs 5]

Each carries the same octets from one source to one sink, then short connections one after another (SOCKS5
without a password, an IPv4 address, one octet back), in turns. Prints the least, the median and the most of
all runs, and the ratios of the medians; checks that every octet is the same. netanatomy writes its log, the
others have none. pproxy (PyPI) is looked for in this interpreter and in
the one that PPROXY_PYTHON names; microsocks (Debian) in PATH. What is missing is left out, and said.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

RUNS = 5
BUFFER = 1 << 20
SOURCE = """\
import socket, sys, threading
octets, block = int(sys.argv[1]), bytes(range(256)) * 4096
listener = socket.create_server(("127.0.0.1", 0), backlog=512)
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    with connection:
        wanted = int.from_bytes(connection.recv(8), "big")
        while wanted:
            wanted -= connection.send(memoryview(block)[:min(wanted, len(block))])
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None:
                    sys.exit(f"{command[0]} does not run")
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)


def through(port: int, target: int) -> socket.socket:
    """A connection to a port of loopback; through a proxy, unless its port is 0."""
    if not port:
        return socket.create_connection(("127.0.0.1", target))
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(b"\x05\x01\x00")
    assert connection.recv(2, socket.MSG_WAITALL) == b"\x05\x00"
    connection.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + struct.pack("!H", target))
    reply = connection.recv(10, socket.MSG_WAITALL)
    assert reply[:2] == b"\x05\x00", reply
    return connection


def transfer(port: int, target: int, octets: int, digest: str = "") -> float:
    """Seconds for so many octets; with a digest, every one is checked (and not timed)."""
    buffer, received = bytearray(BUFFER), 0
    found = hashlib.sha256()
    with through(port, target) as connection:
        started = time.perf_counter()
        connection.sendall(octets.to_bytes(8, "big"))
        while length := connection.recv_into(buffer):
            received += length
            if digest:
                found.update(memoryview(buffer)[:length])
        seconds = time.perf_counter() - started
    if received != octets or (digest and found.hexdigest() != digest):
        sys.exit(f"{received} of {octets} octets arrived, or not the same ones")
    return seconds


def connections(port: int, target: int, number: int) -> float:
    started = time.perf_counter()
    for _ in range(number):
        with through(port, target) as connection:
            connection.sendall((1).to_bytes(8, "big"))
            assert connection.recv(1) == b"\0"
    return time.perf_counter() - started


def expected_digest(octets: int) -> str:
    block, found = bytes(range(256)) * 4096, hashlib.sha256()
    for _ in range(octets // len(block)):
        found.update(block)
    found.update(block[: octets % len(block)])
    return found.hexdigest()


def servers() -> dict[str, tuple[list[str], int]]:
    """The commands that serve, and their ports."""
    found: dict[str, tuple[list[str], int]] = {}
    port = free_port()
    ours = [sys.executable, "-m", "netanatomy", "socks", "serve", "--listen", f"127.0.0.1:{port}"]
    found["netanatomy"] = ([*ours, "--allow", "127.0.0.0/8", "--log", os.devnull], port)
    python = os.environ.get("PPROXY_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import pproxy"], check=False, capture_output=True).returncode == 0:
        port = free_port()
        # pproxy asks for an event loop as older Pythons made one by themselves.
        start = (
            "import asyncio, sys; asyncio.set_event_loop(asyncio.new_event_loop()); "
            "from pproxy.server import main; main()"
        )
        found["pproxy"] = ([python, "-c", start, "-l", f"socks5://127.0.0.1:{port}"], port)
    else:
        print("pproxy is not installed: left out")
    if microsocks := shutil.which("microsocks"):
        port = free_port()
        found["microsocks"] = ([microsocks, "-i", "127.0.0.1", "-p", str(port)], port)
    else:
        print("microsocks is not installed: left out")
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--octets", default="256M", help="how many (K, M, G)")
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    octets = int(options.octets[:-1]) * 1024 ** (" KMG".index(options.octets[-1]))
    source = subprocess.Popen([sys.executable, "-c", SOURCE, "0"], stdout=subprocess.PIPE, text=True)
    assert source.stdout is not None
    target = int(source.stdout.readline())
    ports = {"no proxy": 0}
    try:
        with ExitStack() as stack:
            for name, (command, port) in servers().items():
                stack.enter_context(running(command, port))
                ports[name] = port
            digest = expected_digest(octets)
            for port in ports.values():
                transfer(port, target, octets, digest)
            bulk: dict[str, list[float]] = {name: [] for name in ports}
            short: dict[str, list[float]] = {name: [] for name in ports}
            for _ in range(options.runs):
                for name, port in ports.items():
                    bulk[name].append(octets / transfer(port, target, octets) / 1e6)
                    short[name].append(options.connections / connections(port, target, options.connections))
    finally:
        source.terminate()
        source.wait(10)
    print(f"{octets:,} octets, every one equal; MB/s in {options.runs} runs")
    tell(bulk)
    print(f"{options.connections:,} connections one after another; connections/s in {options.runs} runs")
    tell(short)


def tell(rates: dict[str, list[float]]) -> None:
    ours = statistics.median(rates["netanatomy"])
    for name, found in rates.items():
        middle = statistics.median(found)
        print(
            f"  {name:<12} {min(found):>9,.0f} {middle:>9,.0f} {max(found):>9,.0f}"
            f"   netanatomy is {ours / middle:.2f} times as fast"
        )


if __name__ == "__main__":
    main()
