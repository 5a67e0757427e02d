"""Has tshark verify small captures of each kind: every checksum, nothing malformed.

    python benchmarks/check_captures.py [--scale 0.02]

Ends with 1 if tshark finds anything wrong, with 2 if it is not installed.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import captures

VERIFY = ("ip", "tcp", "udp")
"""Protocols whose checksums tshark verifies only when it is told to."""
WRONG = " || ".join(
    ["_ws.malformed", "_ws.expert.severity >= error"]
    + [f"{protocol}.checksum.status == Bad" for protocol in (*VERIFY, "icmp", "icmpv6")]
)
VERIFIED = (
    " || ".join(f"{protocol}.checksum.status == Good" for protocol in (*VERIFY, "icmp", "icmpv6")) + " || arp"
)


def matching(path: Path, expression: str) -> list[str]:
    """A line for each packet that the display filter matches."""
    options = [part for protocol in VERIFY for part in ("-o", f"{protocol}.check_checksum:TRUE")]
    done = subprocess.run(
        ["tshark", "-n", "-r", str(path), *options, "-Y", expression],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def main() -> None:
    """Checks each capture and says what was found."""
    parser = argparse.ArgumentParser(description="Have tshark verify the captures of the benchmarks.")
    parser.add_argument("--scale", type=float, default=0.02, help="size of the captures (default: 0.02)")
    scale = parser.parse_args().scale
    if shutil.which("tshark") is None:
        sys.stderr.write("tshark is not installed: apt install tshark\n")
        sys.exit(2)
    sound = True
    for name in captures.names():
        capture = captures.make(name, scale)
        wrong, verified = matching(capture.path, WRONG), len(matching(capture.path, VERIFIED))
        print(f"{name}: {capture.packets:,} packets, {verified:,} verified, {len(wrong)} wrong")
        print(*wrong[:5], sep="\n", end="\n" * bool(wrong))
        sound = sound and not wrong and verified == capture.packets
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
