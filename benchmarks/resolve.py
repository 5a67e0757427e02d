"""Resolving many names: netanatomy, `dig -f`, and a loop over getaddrinfo().

    python benchmarks/resolve.py [--names 10000] [--delay 0 1 5] [--runs 5]

Prints names a second (the least, the median and the most of all runs) and the ratios of the medians. Each
program asks the same server on loopback for one A record of each name, one query a name, in turns; start-up
counts. The server has one core, the program another. It is Knot DNS (Debian: knot, bind9-dnsutils), or with
--delay one that answers after so many milliseconds, as one at the other end of a network does. dig and the
loop ask one name after another, so there they are given as many names as take some two seconds.

dnsperf (Debian: dnsperf), where it is installed, is no peer but the limit: it is made to load servers, keeps
a hundred questions under way and looks at no answer. No program resolves faster than it asks.

getaddrinfo() asks where resolv.conf says, at port 53; so as root (Linux: unshare, ip) it all takes place in
namespaces of its own. Without root the loop is left out.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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
RUNS = 5
SECONDS = 2.0  # for whoever asks one name after another
LATE = """\
import collections, select, socket, sys, time
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
server.bind((sys.argv[1], int(sys.argv[2])))
server.setblocking(False)
delay, due = float(sys.argv[3]) / 1000, collections.deque()
answer = bytes.fromhex("c00c 0001 0001 0000012c 0004 c0000201")
opt = bytes.fromhex("00 0029 04d0 00000000 0000")
while True:
    select.select([server], [], [], max(0, due[0][0] - time.perf_counter()) if due else None)
    now = time.perf_counter()
    try:
        while True:
            query, peer = server.recvfrom(512)
            end = query.index(0, 12) + 5
            counts = b"\\0\\1\\0\\1\\0\\0" + query[10:12]
            reply = query[:2] + b"\\x85\\x80" + counts + query[12:end] + answer + opt * query[11]
            due.append((now + delay, reply, peer))
    except BlockingIOError:
        pass
    while due and due[0][0] <= now:
        server.sendto(*due.popleft()[1:])
"""


@dataclass(frozen=True)
class Program:
    """A program and how many names it is given."""

    command: list[str]
    names: int


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
    with running(process):
        if process.poll() is not None:
            sys.exit((folder / "log").read_text())
        yield


@contextmanager
def late(folder: Path, port: int, delay: float) -> Iterator[None]:
    """A server that takes its time."""
    (folder / "late.py").write_text(LATE)
    command = [sys.executable, str(folder / "late.py"), ADDRESS, str(port), str(delay)]
    with running(subprocess.Popen(command)):
        yield


@contextmanager
def running(server: subprocess.Popen[bytes]) -> Iterator[None]:
    bind(server.pid, last=True)
    try:
        time.sleep(1.5)
        yield
    finally:
        server.terminate()
        server.wait(10)


def bind(pid: int, *, last: bool) -> None:
    """To the last core, or to the first; where there is only one, to that."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(pid, {cores[-1] if last else cores[0]})


def names_a_second(program: Program) -> float:
    started = time.perf_counter()
    process = subprocess.Popen(program.command, stdout=subprocess.DEVNULL)
    bind(process.pid, last=False)
    if process.wait():
        sys.exit(f"{program.command} failed")
    return program.names / (time.perf_counter() - started)


def compare(delay: float, number: int, runs: int, *, root: bool) -> None:
    """Measure all programs in turns, and print."""
    port = 53 if root else 5399
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with late(folder, port, delay) if delay else knot(folder, port):
            programs = _programs(folder, port, number, delay, root)
            rates: dict[str, list[float]] = {who: [] for who in programs}
            for _ in range(runs):
                for who, program in programs.items():
                    rates[who].append(names_a_second(program))
    ours = statistics.median(rates["netanatomy"])
    print(f"{delay:g} ms of delay; names a second in {runs} runs")
    for who, found in rates.items():
        middle = statistics.median(found)
        print(
            f"  {who:<12} {min(found):>9,.0f} {middle:>9,.0f} {max(found):>9,.0f}"
            f"   {programs[who].names:>6,} names   netanatomy is {ours / middle:.2f} times as fast",
            flush=True,
        )


def _programs(folder: Path, port: int, number: int, delay: float, root: bool) -> dict[str, Program]:
    one_by_one = min(number, int(SECONDS / delay * 1000)) if delay else number
    for file, count in (("names", number), ("some", one_by_one)):
        (folder / file).write_text("".join(f"host{each}.bench.test\n" for each in range(count)))
    (folder / "questions").write_text("".join(f"host{each}.bench.test A\n" for each in range(one_by_one)))
    ours = [sys.executable, "-m", "netanatomy", "resolve", "--server", f"{ADDRESS}:{port}", "--type", "A"]
    programs = {"netanatomy": Program([*ours, "--file", str(folder / "names")], number)}
    if dig := shutil.which("dig"):
        command = [dig, "-r", f"@{ADDRESS}", "-p", str(port), "-f", str(folder / "questions")]
        programs["dig -f"] = Program(command, one_by_one)
    else:
        print("dig is not installed (Debian: bind9-dnsutils): left out")
    if dnsperf := shutil.which("dnsperf"):
        (folder / "all").write_text("".join(f"host{each}.bench.test A\n" for each in range(number)))
        command = [dnsperf, "-s", ADDRESS, "-p", str(port), "-d", str(folder / "all"), "-n", "1"]
        programs["dnsperf"] = Program(command, number)
    if root:
        (folder / "resolv.conf").write_text(f"nameserver {ADDRESS}\n")
        (folder / "loop.py").write_text(LOOP)
        subprocess.run(["mount", "--bind", f"{folder}/resolv.conf", "/etc/resolv.conf"], check=True)
        loop = [sys.executable, str(folder / "loop.py"), str(folder / "some")]
        programs["getaddrinfo"] = Program(loop, one_by_one)
    else:
        print("getaddrinfo() cannot be told whom to ask without root: left out")
    return programs


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--names", type=int, default=10_000)
    parser.add_argument("--delay", type=float, nargs="+", default=[0.0], metavar="MS")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        [delay] = options.delay
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True, env={"PATH": PATH})
        compare(delay, options.names, options.runs, root=True)
        return
    unshare = shutil.which("unshare") if hasattr(os, "geteuid") and os.geteuid() == 0 else None
    if unshare is None:
        for delay in options.delay:
            compare(delay, options.names, options.runs, root=False)
        return
    for delay in options.delay:
        again = [sys.executable, __file__, "--inside", "--delay", str(delay)]
        again += ["--names", str(options.names), "--runs", str(options.runs)]
        # A mount namespace as well: resolv.conf is another one in there.
        subprocess.run([unshare, "--net", "--mount", *again], check=True)


if __name__ == "__main__":
    main()
