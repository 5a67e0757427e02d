"""A bad cable between two interfaces, since the kernel may lack netem.

`python3 wire.py A B [--loss P] [--delay MS] [--jitter MS] [--reorder P] [--duplicate P]`
A frame that comes in at one goes out at the other, perhaps later, twice, or never. P is in percent, the
delay is that of each direction. Frames keep their order under jitter; only `--reorder` lets one wait for
those behind it. Imports nothing but the standard library, and runs until SIGTERM.
"""

from __future__ import annotations

import argparse
import heapq
import random
import select
import socket
import time

ETH_P_ALL = 3  # linux/if_ether.h
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23  # linux/if_packet.h
LONGEST_FRAME = 65_600
REORDER_SECONDS = 0.004  # how long a frame steps aside
DUPLICATE_SECONDS = 0.001


def main() -> None:
    """Relay until ended."""
    parser = argparse.ArgumentParser(description="a bad cable")
    parser.add_argument("interfaces", nargs=2)
    for name in ("loss", "delay", "jitter", "reorder", "duplicate"):
        parser.add_argument(f"--{name}", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    ends = [_open(name) for name in given.interfaces]
    waiting: list[tuple[float, int, int, bytes]] = []  # when, a number for the order, to which end, frame
    last = [0.0, 0.0]
    count = 0
    while True:
        pause = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select(ends, [], [], pause)
        now = time.monotonic()
        for end in ready:
            octets = end.recv(LONGEST_FRAME)
            if chance.random() * 100 < given.loss:
                continue
            to = 1 - ends.index(end)
            when = now + (given.delay + chance.random() * given.jitter) / 1000
            last[to] = when = max(when, last[to])
            if chance.random() * 100 < given.reorder:
                when += REORDER_SECONDS
            copies = [when]
            if chance.random() * 100 < given.duplicate:
                copies.append(when + DUPLICATE_SECONDS)
            for moment in copies:
                count += 1
                heapq.heappush(waiting, (moment, count, to, octets))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, to, octets = heapq.heappop(waiting)
            ends[to].send(octets)


def _open(name: str) -> socket.socket:
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    end.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    end.bind((name, ETH_P_ALL))
    return end


if __name__ == "__main__":
    main()
