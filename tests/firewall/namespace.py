"""A network namespace with the real nft in it, for tests; they skip where it cannot be had."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


def needs_nft() -> None:
    """Skip where nftables cannot be asked."""
    for program in ("nft", "ip"):
        if shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None:
            pytest.skip(f"{program} is not installed")
    if os.geteuid() != 0:
        pytest.skip("a network namespace needs root")


@contextmanager
def namespace() -> Iterator[str]:
    """A network namespace with an interface eth0, removed at the end."""
    needs_nft()
    name = f"netanatomy-test-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no network namespace can be made here: {made.stderr.strip()}")
    try:
        subprocess.run(["ip", "-n", name, "tuntap", "add", "dev", "eth0", "mode", "tap"], check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def refusal(name: str, text: str) -> str:
    """What `nft -c -f` says against a file; empty where it accepts it."""
    said = subprocess.run(
        ["ip", "netns", "exec", name, "nft", "-c", "-f", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout + said.stderr if said.returncode or said.stderr else ""
