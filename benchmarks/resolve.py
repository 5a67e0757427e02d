"""Resolving many names: netanatomy, `dig -f`, and a loop over getaddrinfo().

    python benchmarks/resolve.py [--names 10000] [--delay 0 1 5] [--runs 5]

Prints names a second (the least, the median and the most of all runs) and the ratios of the medians. Each
program asks the same server on loopback for one A record of each name, one query a name, in turns; start-up
counts. The server has one core, the program another. It is Knot DNS (Debian: knot, bind9-dnsutils), on
loopback, or with --delay at the other end of a link on which a question and its answer take so many
milliseconds together: two interfaces in two namespaces (Linux: tun), and a relay between them that holds each
packet. That needs root. dig and the loop ask one name after another, so there they are given as many names
as take some two seconds.

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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
LOOPBACK = "127.0.0.53"
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
NEAR, FAR = "10.99.0.1", "10.99.0.2"  # the two ends of the link
LINK = """\
import collections, contextlib, fcntl, os, select, struct, sys, time
ends = {}
for name in ("near", "far"):
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    # TUNSETIFF with IFF_TUN and IFF_NO_PI (linux/if_tun.h)
    fcntl.ioctl(end, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x1001))
    ends[end] = name
near, far = ends
other, delay, due = {near: far, far: near}, float(sys.argv[1]) / 2000, collections.deque()
print("ready", flush=True)
while True:
    wait = max(0, due[0][0] - time.perf_counter()) if due else None
    ready, _, _ = select.select([near, far], [], [], wait)
    now = time.perf_counter()
    for end in ready:
        try:
            for _ in range(64):
                due.append((now + delay, other[end], os.read(end, 2048)))
        except BlockingIOError:
            pass
    while due and due[0][0] <= now:
        with contextlib.suppress(OSError):  # as long as an end is not up, packets are lost
            os.write(*due.popleft()[1:])
"""


@dataclass(frozen=True)
class Program:
    """A program and how many names it is given."""

    command: list[str]
    names: int


@contextmanager
def knot(folder: Path, address: str, port: int, prefix: Sequence[str] = ()) -> Iterator[None]:
    """The server, started by what stands in front of it: in another namespace."""
    (folder / "zone").write_text(ZONE)
    (folder / "knot.conf").write_text(
        f"server:\n  listen: {address}@{port}\n  rundir: {folder}\n  pidfile: {folder}/pid\n"
        "  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n"
        f"database:\n  storage: {folder}\n"
        f"zone:\n  - domain: bench.test\n    file: {folder}/zone\n"
    )
    program = shutil.which("knotd", path=PATH) or sys.exit("knotd is not installed (Debian: knot)")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*prefix, program, "-c", str(folder / "knot.conf")], stdout=log, stderr=log
        )
    with running(process):
        time.sleep(1.5)
        if process.poll() is not None:
            sys.exit((folder / "log").read_text())
        yield


@contextmanager
def knot_behind_a_link(folder: Path, port: int, delay: float) -> Iterator[None]:
    """The server at the other end of a link; needs to be alone in a network namespace."""
    (folder / "link.py").write_text(LINK)
    other = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo ready; exec sleep 3600"], stdout=PIPE)
    link = subprocess.Popen([sys.executable, str(folder / "link.py"), str(delay)], stdout=PIPE)
    with running(other), running(link):
        if not all(each.stdout and each.stdout.readline() for each in (other, link)):
            sys.exit("a link cannot be made here: there is no /dev/net/tun, or no unshare")
        inside = ["nsenter", f"--net=/proc/{other.pid}/ns/net"]
        _ip("link", "set", "far", "netns", str(other.pid))
        for name, address, prefix in (("near", NEAR, []), ("far", FAR, inside)):
            _ip("address", "add", f"{address}/24", "dev", name, prefix=prefix)
            _ip("link", "set", name, "up", prefix=prefix)
        with knot(folder, FAR, port, inside):
            yield


def _ip(*arguments: str, prefix: Sequence[str] = ()) -> None:
    subprocess.run([*prefix, "ip", *arguments], check=True, env={"PATH": PATH})


@contextmanager
def running(server: subprocess.Popen[bytes]) -> Iterator[None]:
    bind(server.pid, last=True)
    try:
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
    address = FAR if delay else LOOPBACK
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = knot_behind_a_link(folder, port, delay) if delay else knot(folder, address, port)
        with server:
            programs = _programs(folder, address, port, number, delay, root)
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


def _programs(
    folder: Path, address: str, port: int, number: int, delay: float, root: bool
) -> dict[str, Program]:
    one_by_one = min(number, int(SECONDS / delay * 1000)) if delay else number
    for file, count in (("names", number), ("some", one_by_one)):
        (folder / file).write_text("".join(f"host{each}.bench.test\n" for each in range(count)))
    (folder / "questions").write_text("".join(f"host{each}.bench.test A\n" for each in range(one_by_one)))
    ours = [sys.executable, "-m", "netanatomy", "resolve", "--server", f"{address}:{port}", "--type", "A"]
    programs = {"netanatomy": Program([*ours, "--file", str(folder / "names")], number)}
    if dig := shutil.which("dig"):
        command = [dig, "-r", f"@{address}", "-p", str(port), "-f", str(folder / "questions")]
        programs["dig -f"] = Program(command, one_by_one)
    else:
        print("dig is not installed (Debian: bind9-dnsutils): left out")
    if dnsperf := shutil.which("dnsperf"):
        (folder / "all").write_text("".join(f"host{each}.bench.test A\n" for each in range(number)))
        command = [dnsperf, "-s", address, "-p", str(port), "-d", str(folder / "all"), "-n", "1"]
        programs["dnsperf"] = Program(command, number)
    if root:
        (folder / "resolv.conf").write_text(f"nameserver {address}\n")
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
        _ip("link", "set", "lo", "up")
        compare(delay, options.names, options.runs, root=True)
        return
    unshare = shutil.which("unshare") if hasattr(os, "geteuid") and os.geteuid() == 0 else None
    if unshare is None:
        for delay in options.delay:
            if delay:
                print(f"a link of {delay:g} ms cannot be made without root: left out")
            else:
                compare(delay, options.names, options.runs, root=False)
        return
    for delay in options.delay:
        again = [sys.executable, __file__, "--inside", "--delay", str(delay)]
        again += ["--names", str(options.names), "--runs", str(options.runs)]
        # A mount namespace as well: resolv.conf is another one in there.
        subprocess.run([unshare, "--net", "--mount", *again], check=True)


if __name__ == "__main__":
    main()
