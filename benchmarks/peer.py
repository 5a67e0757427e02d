"""What a peer is, and where the peers are found: every file in peers/ holds one, or several."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

LIMIT, TOOL = "limit", "tool"
"""Kinds: what no reader of packets can beat, and programs that take packets apart."""
OURSELVES = "netanatomy"
"""The kind that all the others are compared with."""
PACKETS, CONNECTIONS = "packets", "connections"
"""Groups of work: packets taken apart one by one, or gathered into connections."""
GROUPS = (PACKETS, CONNECTIONS)
ALL = sys.maxsize
"""For `Peer.packets`: the whole capture."""

FOLDER = Path(__file__).resolve().parent
"""Where the child programs are started, so that `python -m peers.x` finds its file."""


class Missing(Exception):  # noqa: N818  (not a failure: a peer that is not installed is said so)
    """A peer cannot run here; the message says how to install it."""


class Peer(NamedTuple):
    """A program that reads a capture from the first packet to the last."""

    name: str
    kind: str
    work: str
    """What it does with a packet, in a few words: rates mean nothing without it."""
    command: Callable[[Path], list[str]]
    """The command line for a capture; raises `Missing`."""
    packets: int = ALL
    """How many packets it is given: as many as it reads in about ten seconds."""
    counts: bool = False
    """Whether the last line that it prints is the number of packets, which is then checked."""
    groups: tuple[str, ...] = (PACKETS,)
    """The tables that it stands in."""


def peers(group: str = PACKETS) -> list[Peer]:
    """The peers of a group: the limits, then ourselves, then the tools."""
    import peers as folder

    modules = [
        importlib.import_module(f"peers.{module.name}") for module in pkgutil.iter_modules(folder.__path__)
    ]
    every: list[Peer] = [peer for module in modules for peer in module.PEERS]
    found = [peer for peer in every if group in peer.groups]
    return sorted(found, key=lambda peer: (peer.kind != LIMIT, peer.kind != OURSELVES))


def program(name: str, install: str) -> str:
    """The path of a program, looked for beside this Python first, or `Missing`."""
    path = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if path is None:
        raise Missing(f"{name} is not installed: {install}")
    return path


def python_module(name: str, *, needs: str) -> list[str]:
    """The command that runs `peers/name.py` as a program, or `Missing` if it cannot import what it needs."""
    if importlib.util.find_spec(needs) is None:
        raise Missing(f"{needs} is not installed: pip install {needs} (all: pip install --group bench)")
    return [sys.executable, "-m", f"peers.{name}"]
