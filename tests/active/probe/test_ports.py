"""An inventory of ports, on loopback; what nmap says where it is installed."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time

import pytest

from netanatomy.active.probe.ports import PortOptions, parse_ports, probe_ports
from netanatomy.errors import UsageError
from tests.active.probe.authority import Authority
from tests.active.probe.programs import free_port, program, running, saying
from tests.active.probe.test_tcp_udp import full_listener

FAST = PortOptions(rate=5000, wait=0.4, timeout=1)


def test_open_closed_filtered_and_what_speaks(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("ports")
    pem, secure, closed = authority.server("good"), free_port(), free_port()
    openssl = [program("openssl", "openssl"), "s_server", "-accept", f"127.0.0.1:{secure}"]
    with (
        saying(b"SSH-2.0-x\r\n") as (ssh, _),
        saying(b"HTTP/1.0 200 OK\r\n\r\n", hear=True) as (http, _),
        saying(b"", linger=3) as (silent, _),
        running([*openssl, "-cert", str(pem), "-key", str(pem), "-quiet"], secure, folder),
    ):
        ports = sorted([ssh, http, silent, secure, closed])
        found = probe_ports("127.0.0.1", ports, FAST)
        plain = probe_ports("127.0.0.1", ports, PortOptions(rate=5000, identify=False))
        nmap = shutil.which("nmap")
        if nmap is not None:
            listed = ",".join(map(str, ports))
            theirs = subprocess.run(
                [nmap, "-sT", "-Pn", "-p", listed, "127.0.0.1"], capture_output=True, text=True, check=True
            )
            opened = sorted(
                int(port) for port in re.findall(r"^(\d+)/tcp +open", theirs.stdout, re.MULTILINE)
            )
            assert opened == [each.port for each in found.open]
    services = {each.port: each.service for each in found.open}
    assert services == {ssh: "ssh", http: "http", silent: "", secure: "tls"}
    assert (found.closed, found.filtered, found.hosts) == (1, 0, 1)
    assert {each.port for each in plain.open} == set(services)
    assert {each.service for each in plain.open} == {""}


def test_silence_is_filtered() -> None:
    with full_listener() as (address, port):
        found = probe_ports(address, [port], PortOptions(timeout=0.2))
    assert (found.filtered, found.hosts, found.open) == (1, 0, ())


def test_a_network_with_its_counts_and_its_pace() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.9", port)):
        begun = time.monotonic()
        found = probe_ports("127.0.0.0/28", [port], PortOptions(rate=50, identify=False))
        taken = time.monotonic() - begun
    assert [(each.address, each.port) for each in found.open] == [("127.0.0.9", port)]
    assert (found.addresses, found.closed + found.open_count, found.hosts) == (14, 14, 14)
    assert taken > 0.2


def test_what_is_too_large_or_no_network() -> None:
    for target in ("127.0.0.0/23", "::/64", "10.0.0.0/8", "x/24", "224.0.0.0/28", "127.0.0.1/99"):
        with pytest.raises(UsageError):
            probe_ports(target, [1])
    with pytest.raises(UsageError, match="--yes"):
        probe_ports("127.0.0.0/23", [1])


@pytest.mark.parametrize("text", ["", ",", "0", "65536", "9-1", "1-99999", "nothing-such", "1--2", "-", "²"])
def test_ports_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        parse_ports(text)
