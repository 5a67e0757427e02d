"""On a machine without any network, every command says so in one clear line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

from netanatomy.active import network
from netanatomy.active.network import LINK_ONLY, NOWHERE, no_network


@pytest.fixture(scope="module")
def apart() -> list[str]:
    """What starts a program in a network namespace of its own, in which not even loopback is up."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("unshare is not installed (Debian: util-linux)")
    for options in (["--net"], ["--user", "--map-root-user", "--net"]):
        if subprocess.run([unshare, *options, "true"], check=False, capture_output=True).returncode == 0:
            return [unshare, *options]
    pytest.skip("no network namespaces for this user")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["resolve", "example.org"], 15),
        (["resolve", "example.org", "--server", "192.0.2.53", "--attempts", "1"], 15),
        (["resolve", "example.org", "--server", "tls://192.0.2.53", "--attempts", "1"], 15),
        (["resolve", "example.org", "--server", "h3://192.0.2.53", "--attempts", "1"], 15),
        (["probe", "tcp", "192.0.2.1:80"], 15),
        (["probe", "tcp", "[2001:db8::1]:80"], 15),
        (["probe", "tcp", "example.org:80"], 15),
        (["probe", "udp", "192.0.2.1:53"], 15),
        (["probe", "tls", "192.0.2.1"], 15),
        (["probe", "http", "http://192.0.2.1/"], 15),
        (["probe", "http", "https://192.0.2.1/", "--http", "3"], 15),
        (["probe", "ssh", "192.0.2.1"], 15),
        (["probe", "socks", "192.0.2.1"], 15),
        (["probe", "tcp", "192.0.2.1:80", "--via", "socks5://192.0.2.2"], 20),
        (["probe", "ports", "192.0.2.1", "--ports", "1-3"], 15),
    ],
)
def test_one_line(apart: list[str], arguments: list[str], code: int) -> None:
    command = [*apart, sys.executable, "-m", "netanatomy", *arguments]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == code, found.stdout + found.stderr
    assert found.stderr == f"netanatomy: {NOWHERE}\n"
    assert found.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["service", "443/tcp"], 0), (["address", "192.0.2.1"], 0), (["resolve", "localhost"], 0)],
)
def test_what_needs_none(apart: list[str], arguments: list[str], code: int) -> None:
    command = [*apart, sys.executable, "-m", "netanatomy", *arguments]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (found.returncode, found.stderr) == (code, "")


@pytest.mark.parametrize(
    ("addresses", "up", "expected"),
    [
        ({"lo": ["127.0.0.1", "::1"]}, True, NOWHERE),
        ({"lo": ["127.0.0.1"], "eth0": ["00:00:5e:00:53:01"]}, True, NOWHERE),
        ({"eth0": ["192.0.2.1"]}, False, NOWHERE),
        ({"eth0": ["fe80::1%eth0", "169.254.1.1"]}, True, LINK_ONLY),
        ({"eth0": ["fe80::1%eth0", "10.0.0.1"]}, True, ""),
        ({}, True, NOWHERE),
    ],
)
def test_what_counts(
    monkeypatch: pytest.MonkeyPatch, addresses: dict[str, list[str]], up: bool, expected: str
) -> None:
    listed = {name: [SimpleNamespace(address=text) for text in texts] for name, texts in addresses.items()}
    states = {name: SimpleNamespace(isup=up) for name in addresses}
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: listed)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: states)
    assert network.no_network() == no_network() == expected
