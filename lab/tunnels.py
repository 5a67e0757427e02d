"""Every tunnel that Linux programs can make here, a few packets through each: makes examples/tunnels.pcapng.

    sudo python3 -m lab.tunnels [--output examples/tunnels.pcapng] [--only NAME …]

```
   alice ── left (Open vSwitch) ── eth0, captured ── right (Open vSwitch) ── bob
            left ──────────────── eth1, captured ──────────────── right
```
Over `eth0` the switches encapsulate what alice and bob say; over `eth1` the hosts do it themselves.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lab import capture, switch, transports, tunnels_host, tunnels_switch
from lab.capture import Labels
from lab.namespaces import Host, LabError, Laboratory, listens, wait_for
from lab.switch import Switch

EXAMPLE = Path(__file__).parent.parent / "examples" / "tunnels.pcapng"
COMMENT = "A few packets through each kind of tunnel: made in network namespaces by lab/tunnels.py"
ECHO_PORT = 7
PROGRAMS = {**switch.PROGRAMS, **capture.PROGRAMS, **tunnels_host.PROGRAMS, **transports.PROGRAMS}


@dataclass
class Pair:
    """The two hosts that talk through a switch's tunnel."""

    client: Host
    server: Host


def build(lab: Laboratory) -> tuple[Switch, Switch, Pair]:
    """Two switches back to back with one host behind each, and a second cable between them."""
    left_host, right_host = lab.host("left"), lab.host("right")
    lab.cable(left_host, "eth0", right_host, "eth0")
    lab.cable(left_host, "eth1", right_host, "eth1")
    switches: list[Switch] = []
    pair = Pair(lab.host("alice"), lab.host("bob"))
    for number, (host, guest) in enumerate(((left_host, pair.client), (right_host, pair.server)), 1):
        made = Switch(lab, host, "br-int")
        made.attach(guest)
        made.add_bridge("br-phy")
        mac = f"02:00:00:aa:00:0{number}"
        # The switch must know the MAC with which it encapsulates; the cable's end keeps another one, so that
        # the kernel does not answer there as well.
        made.set("set", "bridge", "br-phy", f'other_config:hwaddr="{mac}"')
        host.sysctl(net__ipv4__conf__eth0__arp_ignore="1")
        made.port("eth0", bridge="br-phy")
        host.run("ethtool", "-K", "br-phy", "tx", "off")
        host.address("br-phy", mac, f"198.51.100.{number}/24", f"2001:db8:aa::{number}/64")
        host.address(
            "eth1", f"02:00:00:bb:00:0{number}", f"203.0.113.{number}/24", f"2001:db8:bb::{number}/64"
        )
        host.sysctl(net__ipv4__ip_forward="1", net__ipv6__conf__all__forwarding="1")
        guest.address("eth0", f"02:00:00:cc:00:0{number}", f"10.1.0.{number}/24", f"fd00:1::{number}/64")
        guest.run("ip", "link", "set", "eth0", "mtu", "1400")
        switches.append(made)
    for host in (pair.server, right_host):
        echo(host)
    return switches[0], switches[1], pair


def who_is_who(hosts: Iterable[Host], labels: Labels) -> None:
    """Write names and addresses, as they are before the tunnels bring their own."""
    for host in hosts:
        shown = host.run("ip", "-o", "address", "show", "scope", "global").stdout
        addresses = sorted({line.split()[3].split("/")[0] for line in shown.splitlines()})
        labels.hosts.append({"name": host.name, "addresses": addresses})


def echo(host: Host) -> None:
    """The echo service of RFC 862 over TCP and UDP, for both address families."""
    # A UDP server that answers from the address it was asked at must know that address: so one per question.
    host.start("socat", f"TCP6-LISTEN:{ECHO_PORT},fork,reuseaddr,ipv6only=0", "EXEC:cat")
    host.start("socat", f"UDP6-RECVFROM:{ECHO_PORT},fork,reuseaddr,ipv6only=0", "EXEC:head -c 64")
    wait_for("echo", listens(host, ECHO_PORT))


def talk(client: Host, target: str) -> None:
    """A ping, one line over TCP and one over UDP; raises `LabError` when nothing comes back."""
    wait_for(f"{target} to answer", _answers(client, target), 8)
    shown = f"[{target}]" if ":" in target else target
    family = "6" if ":" in target else "4"
    for transport in ("TCP", "UDP"):
        line = f"through the tunnel over {transport}\n"
        said = client.run(
            "socat", "-t", "0.3", "-", f"{transport}{family}:{shown}:{ECHO_PORT}", stdin=line, timeout=10
        ).stdout
        if said != line:
            raise LabError(f"{client.name}: no {transport} echo from {target}")


def _answers(client: Host, target: str) -> Callable[[], bool]:
    return lambda: client.run("ping", "-n", "-q", "-c", "1", "-W", "1", target, check=False).returncode == 0


def make(lab: Laboratory, labels: Labels, only: Iterable[str] = ()) -> bytes:
    """Run each kind in turn; one that this computer cannot do is noted in `labels.left_out`."""
    left, right, pair = build(lab)
    who_is_who((left.host, right.host, pair.client, pair.server), labels)
    recorder = capture.Recorder(left.host, {"eth0": "", "eth1": ""}, COMMENT)
    wanted = set(only)
    for kind in tunnels_switch.KINDS:
        if wanted and kind.name not in wanted:
            continue
        try:
            # What a guest learned through the tunnel before is no longer true.
            for guest in (pair.client, pair.server):
                guest.run("ip", "neighbour", "flush", "all")
            with labels.scenario(kind.name, kind.about) as facts, kind.between(left, right):
                facts["targets"] = list(kind.targets)
                for target in kind.targets:
                    talk(pair.client, target)
        except LabError as error:
            labels.left_out[kind.name] = str(error)
    for name, run in {**tunnels_host.KINDS, **transports.KINDS}.items():
        if wanted and name not in wanted:
            continue
        try:
            with labels.scenario(name, transports.ABOUT.get(name) or str(run.__doc__)) as facts:
                facts["targets"] = targets = run(left.host, right.host)
                for target in targets:
                    talk(left.host, target)
        except LabError as error:
            labels.left_out[name] = str(error)
    return recorder.finish()


def main() -> int:
    """Make the capture; exit code 0, or 1 with one line that says what failed."""
    parser = argparse.ArgumentParser(prog="python3 -m lab.tunnels", description=str(__doc__).splitlines()[0])
    parser.add_argument("--output", type=Path, default=EXAMPLE, help="where to write (default: %(default)s)")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="only these kinds")
    arguments = parser.parse_args()
    make_these = partial(make, only=arguments.only)
    return capture.produce("lab.tunnels", PROGRAMS, make_these, arguments.output)


if __name__ == "__main__":
    sys.exit(main())
