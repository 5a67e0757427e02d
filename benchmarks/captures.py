"""Makes the captures that are measured: the same octets for the same scale, on every machine.

    python benchmarks/captures.py [--scale 0.01] [NAME ...]

They lie in build/benchmarks/ and are made once. What each holds is said in its file in traffic/.
NumPy is imported only where a capture is made: see `make_elsewhere`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import multiprocessing
import pkgutil
import struct
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol, cast

import traffic

if TYPE_CHECKING:
    import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "build" / "benchmarks"
SEED = 20_261_101
FILE_HEADER, RECORD_HEADER, CAPTURED_LENGTH = 24, 16, 8
"""Octets of pcap's two headers, and where in the second the length stands."""


class Traffic(Protocol):
    """What a file in traffic/ offers."""

    WHAT: str
    PACKETS: int
    GROUPS: tuple[str, ...]

    def write(self, file: BinaryIO, packets: int, rng: np.random.Generator, /) -> None:
        """Writes a pcap file of so many packets."""


class Capture(NamedTuple):
    """A capture that lies on the disk."""

    name: str
    what: str
    path: Path
    packets: int
    octets: int
    """Octets of the frames, without the file's own headers."""


def names() -> list[str]:
    """The captures there are."""
    return sorted(module.name for module in pkgutil.iter_modules(traffic.__path__))


def names_of(group: str) -> list[str]:
    """The captures that a group of peers is measured on, unless others are asked for."""
    return [name for name, groups in _groups().items() if group in groups]


def _groups() -> dict[str, tuple[str, ...]]:
    """Read in a process of its own: the generators import NumPy, and this process stays small."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_read_groups)


def _read_groups() -> dict[str, tuple[str, ...]]:
    modules = {name: cast("Traffic", importlib.import_module(f"traffic.{name}")) for name in names()}
    return {name: module.GROUPS for name, module in modules.items()}


def make(name: str, scale: float = 1.0) -> Capture:
    """Makes a capture, unless it is there already."""
    import numpy as np

    module = cast("Traffic", importlib.import_module(f"traffic.{name}"))
    packets = max(100, round(module.PACKETS * scale))
    path = FOLDER / f"{name}-{packets}-{_generator_mark()}.pcap"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        for outdated in FOLDER.glob(f"{name}-{packets}-*.pcap"):
            outdated.unlink()
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            module.write(file, packets, np.random.default_rng([SEED, zlib.crc32(name.encode())]))
        unfinished.rename(path)
    return Capture(name, module.WHAT, path, packets, _frame_octets(path, packets))


def make_elsewhere(name: str, scale: float) -> Capture:
    """The same in a process of its own, so that this one stays small.

    A child's peak memory is never told as less than its parent's at the fork (Linux, getrusage(2)).
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(make, (name, scale))


def first_packets(capture: Capture, packets: int) -> Capture:
    """The same capture, cut after so many packets; 0 leaves the file header alone."""
    if packets >= capture.packets:
        return capture
    path = capture.path.with_suffix(f".first-{packets}.pcap")
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        with capture.path.open("rb") as whole, unfinished.open("wb") as part:
            part.write(whole.read(FILE_HEADER))
            for _ in range(packets):
                header = whole.read(RECORD_HEADER)
                part.write(header)
                part.write(whole.read(struct.unpack_from("<I", header, CAPTURED_LENGTH)[0]))
        unfinished.rename(path)
    return capture._replace(path=path, packets=packets, octets=_frame_octets(path, packets))


def _frame_octets(path: Path, packets: int) -> int:
    return path.stat().st_size - FILE_HEADER - RECORD_HEADER * packets


def _generator_mark() -> str:
    """Changes with the generator's source, so that a capture of an older one is not taken for the new."""
    here = Path(__file__).parent
    sources = [
        *(here / "traffic").glob("*.py"),
        *here.glob("*_payloads.py"),
        here / "hosts.py",
        here / "wire.py",
    ]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources)))
    return digest.hexdigest()[:8]


def main() -> None:
    """Makes the captures that are asked for and says what they are."""
    parser = argparse.ArgumentParser(description="Make the captures of the benchmarks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names()))
    parser.add_argument("--scale", type=float, default=1.0, help="1 makes millions of packets (default: 1)")
    arguments = parser.parse_args()
    for unknown in set(arguments.names) - set(names()):
        parser.error(f"no capture is called {unknown!r}: there are {', '.join(names())}")
    for name in arguments.names or names():
        begin = time.perf_counter()
        capture = make(name, arguments.scale)
        took = time.perf_counter() - begin
        print(
            f"{capture.path}: {capture.what}: {capture.packets:,} packets, "
            f"{capture.octets / capture.packets:.0f} octets on average, {took:.1f} s"
        )


if __name__ == "__main__":
    main()
