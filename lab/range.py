"""The range: the small network on which every scenario happens, built only as far as it is asked for.

```
   inside 10.20.0.0/24, fd00:20::/64                outside 198.51.100.0/24, 2001:db8:100::/64
   web names mail … pc1 pc2 …  (attacker)           visitor www …  (attacker)
        └──┴──┴───┴──┴───┴──────────┴─── router ───────┴──────┴───────┘
```
The capture holds the frames that come in at the ports of the inside switch (or of the outside one, as the
scenario's `view` says): each frame once, with its port known, which is what the labels are made from.
"""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lab import servers
from lab.namespaces import Host, LabError, Laboratory, stop
from lab.range_labels import (
    ETHERNET,
    HOUSEKEEPING,
    Frame,
    PortRecorder,
    across_the_router,
    as_ranges,
    matching,
)
from lab.switch import Switch

Segment = Literal["inside", "outside"]
INSIDE, INSIDE6 = "10.20.0", "fd00:20:"
OUTSIDE, OUTSIDE6 = "198.51.100", "2001:db8:100:"
DOMAIN = "range.example"
NETWORK = {"home_networks": [f"{INSIDE}.0/24", f"{INSIDE6}:/64"], "gateways": [f"{INSIDE}.1", f"{INSIDE6}:1"]}

# The last part of a known host's addresses; a host of another name gets the next free one from 150 on.
NUMBERS = {
    "inside": {"web": 10, "files": 21, "mail": 25, "printer": 30, "names": 53, "dhcp": 67, "clock": 123}
    | {"snmp": 161, "cache": 211, "pc1": 101, "pc2": 102, "pc3": 103, "pc4": 104}
    | {"attacker": 66, "attacker2": 68},
    "outside": {"resolver": 53, "www": 80, "visitor": 100, "visitor2": 101, "attacker": 66, "attacker2": 68},
}
CORE_NUMBER = 2
FIRST_FREE_NUMBER = 150
MAC = {"inside": "00:1b:21:20:00:", "outside": "00:25:90:51:00:"}
SETTLE_SECONDS = 0.3  # from a tool's last frame to its last port
TOOL_SECONDS = 20.0

Who = Host | str


@dataclass
class Incident:
    """One attack within a scenario: what is said beforehand, and the interval in which it ran."""

    detector: str
    also: list[str]
    by: list[Host]
    attackers: list[str]
    attacker_known: bool
    victims: list[str]
    others: dict[str, list[str]]
    frames: str
    responses: str
    start: int = 0
    end: int = 0


@dataclass
class Port:
    """Where a host is plugged in."""

    name: str
    segment: Segment
    host: Host


@dataclass
class Recorded:
    """What a range gives at its end: the frames of the view, and the incidents with their frame numbers."""

    frames: list[Frame] = field(default_factory=list)
    incidents: list[dict[str, object]] = field(default_factory=list)


class Range:
    """Builds hosts and cables on demand, records, runs tools, and knows which frames were the attacker's."""

    def __init__(self, lab: Laboratory, *, view: Segment = "inside", vlan_switch: bool = False) -> None:
        self.lab = lab
        self.view: Segment = view
        self.hosts: dict[str, Host] = {}
        self.commands: list[str] = []
        self.incidents: list[Incident] = []
        self.ports: list[Port] = []
        self.bridge = lab.host("switch")
        self.switch: Switch | None = Switch(lab, self.bridge, "inside") if vlan_switch else None
        self._taken: dict[str, set[int]] = {"inside": {1}, "outside": {1}}
        self.link_type = ETHERNET
        self._recorder: PortRecorder | None = None
        self._made: list[Frame] = []
        self._servers: set[tuple[str, str]] = set()
        script = [
            "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1",
            # With it the bridge would hand packets to netfilter, which puts fragments together.
            "sysctl -qew net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0"
            " net.bridge.bridge-nf-call-arptables=0",
        ]
        for segment in ("inside", "outside"):
            if segment == "outside" or not vlan_switch:
                # Like a simple switch it floods multicast and forwards what 802.1D keeps to the link, save
                # for the three addresses that Linux never lets pass.
                script += [
                    f"ip link add name {segment} type bridge"
                    " stp_state 0 mcast_snooping 0 group_fwd_mask 0xfff8 forward_delay 0",
                    f"ip link set {segment} up",
                ]
        self.bridge.run("sh", "-ec", "\n".join(script))

    # Hosts

    def inside(
        self,
        name: str,
        number: int | None = None,
        *,
        address: bool = True,
        vlan: int | None = None,
        wire: str = "",
    ) -> Host:
        """The host of that name on the inside, made now if it is new; without `address` it has only a MAC.

        `wire` makes its cable a bad one: options of wire.py, for instance `--loss 3 --delay 20`.
        """
        return self.hosts.get(name) or self._host(
            name, "inside", number, address=address, vlan=vlan, wire=wire
        )

    def outside(self, name: str, number: int | None = None, *, wire: str = "") -> Host:
        """The host of that name on the outside, made now (with the router) if it is new."""
        if name in self.hosts:
            return self.hosts[name]
        self.router()
        return self._host(name, "outside", number, wire=wire)

    def router(self) -> Host:
        """The router of both segments; what it has no route for it drops in silence, as a provider does."""
        if "router" in self.hosts:
            return self.hosts["router"]
        router = self._host("router", "inside", 1)
        self._plug(router, "eth1", "router-out", "outside")
        router.run(
            *("sh", "-ec"),
            "\n".join(
                [
                    "ethtool -K eth1 tx off >/dev/null",
                    "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1"
                    " net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0"
                    " net.ipv4.conf.eth1.rp_filter=0 net.ipv4.conf.all.send_redirects=0"
                    " net.ipv4.conf.eth0.send_redirects=0 net.ipv6.conf.eth1.accept_dad=0",
                    f"ip link set eth1 address {MAC['outside']}01",
                    f"ip address add {OUTSIDE}.1/24 dev eth1",
                    f"ip address add {OUTSIDE6}:1/64 dev eth1 nodad",
                    "ip link set eth1 up",
                    "ip route add blackhole default",
                    "ip -6 route add blackhole default metric 2048",
                ]
            ),
        )
        return router

    def core_switch(self) -> Host:
        """A second switch, root of the spanning tree (priority 4096), on a port of the first: its BPDUs pass.

        The inside switch itself takes no part in it and floods them.
        """
        if "core" in self.hosts:
            return self.hosts["core"]
        core = self._host("core", "inside", CORE_NUMBER, address=False)
        script = [
            "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1",
            # In hundredths of a second: hello as in 802.1D, the forward delay the least that it allows.
            f"ip link add name br0 address {core.mac} type bridge stp_state 1 priority 4096"
            " hello_time 200 forward_delay 400",
            "ip link set eth0 master br0",
            "ip link set br0 up",
        ]
        core.run("sh", "-ec", "\n".join(script))
        return core

    def _host(
        self,
        name: str,
        segment: Segment,
        number: int | None,
        *,
        address: bool = True,
        vlan: int | None = None,
        wire: str = "",
    ) -> Host:
        taken = self._taken[segment]
        if number is None:
            number = 1 if name == "router" else NUMBERS[segment].get(name)
        if number is None:
            number = next(free for free in range(FIRST_FREE_NUMBER, 255) if free not in taken)
        taken.add(number)
        host = self.lab.host(name)
        self.hosts[name] = host
        network, network6 = (INSIDE, INSIDE6) if segment == "inside" else (OUTSIDE, OUTSIDE6)
        host.mac = f"{MAC[segment]}{number:02x}"
        if wire:
            self._plug(self._bad_wire(host, wire), "near", name, segment, vlan)
            self.ports[-1].host = host
        else:
            self._plug(host, "eth0", name, segment, vlan)
        script = [
            "ethtool -K eth0 tx off >/dev/null",
            "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.eth0.accept_dad=0",
            f"ip link set eth0 address {host.mac}",
        ]
        if address:
            host.ip, host.ip6 = f"{network}.{number}", f"{network6}:{number}"
            script += [
                f"ip address add {host.ip}/24 dev eth0",
                f"ip address add {host.ip6}/64 dev eth0 nodad",
            ]
        script.append("ip link set eth0 up")
        if address and name != "router":
            script += [
                f"ip route add default via {network}.1",
                f"ip -6 route add default via {network6}:1 metric 512",
            ]
        host.run("sh", "-ec", "\n".join(script))
        return host

    def _bad_wire(self, host: Host, options: str) -> Host:
        """A host that is the cable: its `far` end is at the host, its `near` end is for the switch."""
        cable = self.lab.host(f"{host.name}-wire")
        cable.sysctl(net__ipv6__conf__default__disable_ipv6="1")
        self.lab.cable(cable, "far", host, "eth0")
        cable.run("ip", "link", "set", "far", "up", "promisc", "on")
        program = str(Path(__file__).with_name("wire.py"))
        # It waits for its other end, which is plugged in next.
        until = (
            "until ip link set near up promisc on 2>/dev/null; do sleep 0.02; done; ethtool -K near tx off"
        )
        command = shlex.join([sys.executable, program, "near", "far", *options.split()])
        cable.start("sh", "-c", f"{until} >/dev/null; exec {command}")
        return cable

    def _plug(self, host: Host, interface: str, port: str, segment: Segment, vlan: int | None = None) -> None:
        """Cable an interface to a port of the segment's switch."""
        if self._recorder:
            raise LabError(f"{host.name} is plugged in after the recording began: make every host before")
        made = subprocess.run(
            [
                *("ip", "link", "add", port, "netns", self.bridge.namespace, "type", "veth"),
                *("peer", "name", interface, "netns", host.namespace),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise LabError(f"no cable to {host.name}: {made.stderr.strip()}")
        offload = f"ethtool -K {port} tx off >/dev/null"
        if segment == "inside" and self.switch:
            self.bridge.run("sh", "-ec", offload)
            self.switch.port(port, *([f"tag={vlan}"] if vlan is not None else []))
        else:
            self.bridge.run(
                "sh", "-ec", f"{offload}\nip link set {port} master {segment}\nip link set {port} up"
            )
        self.ports.append(Port(port, segment, host))

    # Servers and ordinary traffic

    def web(self, host: Host | None = None) -> Host:
        """Run nginx, on `web` if no host is given; gives the host."""
        host = host or self.inside("web")
        if self._first("web", host):
            servers.web(host, f"{host.name}.{DOMAIN}")
        return host

    def names(self, host: Host | None = None) -> Host:
        """Run dnsmasq for the range's names, on `names` if no host is given; gives the host."""
        host = host or self.inside("names")
        if self._first("names", host):
            records = [
                f"address=/{name}.{DOMAIN}/{INSIDE}.{number}" for name, number in NUMBERS["inside"].items()
            ]
            servers.names_and_leases(
                host, [*records, f"local=/{DOMAIN}/", f"mx-host={DOMAIN},mail.{DOMAIN},10"]
            )
        return host

    def _first(self, kind: str, host: Host) -> bool:
        new = (kind, host.name) not in self._servers
        self._servers.add((kind, host.name))
        return new

    def record(self) -> None:
        """Start recording, if it has not begun; no host can be plugged in from now on."""
        if self._recorder is None:
            self._recorder = PortRecorder(self.bridge, [port.name for port in self.ports])

    def everyday(self, lead: float = 2.0, *, outside: bool | None = None) -> None:
        """Start recording, and ordinary traffic until the end: web, DNS, ping; returns after `lead` seconds.

        Web requests of pc1 (and, if there is an outside or `outside` says so, of a visitor there), DNS
        questions of pc2, pings once a second of both: about 40 frames a second.
        """
        web, names = self.web(), self.names()
        pc1, pc2 = self.inside("pc1"), self.inside("pc2")
        visitor = None
        if outside or (outside is None and "router" in self.hosts):
            visitor = self.outside("visitor")
        self.record()
        self.loop(pc1, f"curl -s -m 3 -o /dev/null http://{web.ip}/", 0.9)
        self.loop(pc1, f"ping -n -q -c 1 -W 1 {names.ip}", 1.0)
        self.loop(pc2, f"curl -s -m 3 -o /dev/null http://{web.ip}/logo.png", 1.7)
        self.loop(pc2, f"ping -n -q -c 1 -W 1 {web.ip6}", 1.0)
        for seconds, name, kind in (
            (0.8, f"web.{DOMAIN}", "A"),
            (1.3, DOMAIN, "MX"),
            (2.1, f"no.{DOMAIN}", "AAAA"),
        ):
            self.loop(pc2, f"dig +tries=1 +timeout=2 @{names.ip} {name} {kind}", seconds)
        if visitor:
            self.loop(visitor, f"curl -s -m 3 -o /dev/null http://{web.ip}/", 1.4)
            self.loop(visitor, f"curl -s -m 3 -o /dev/null -g http://[{web.ip6}]/logo.png", 2.3)
        time.sleep(lead)

    def loop(self, host: Host, command: str, pause: float) -> None:
        """Run a shell command on the host again and again until the end, `pause` seconds between."""
        host.start("sh", "-c", f"while :; do {command} >/dev/null 2>&1; sleep {pause}; done")

    def quiet(self, seconds: float) -> None:
        """Let only the ordinary traffic go on for a while."""
        time.sleep(seconds)

    # Attacks

    @contextmanager
    def attack(
        self,
        detector: str,
        *,
        by: Host | Sequence[Host],
        victims: Sequence[Who],
        attackers: Sequence[Who] | None = None,
        attacker_known: bool = True,
        others: dict[str, Sequence[Who]] | None = None,
        also: Sequence[str] = (),
        frames: str = f"not ({HOUSEKEEPING})",
        responses: str = "",
    ) -> Iterator[Incident]:
        """What happens inside is an attack: the frames from the ports of `by` that the pcap filter takes.

        `attackers` is who a detector should name: the hosts of `by` if nothing is said, nobody if
        `attacker_known` is false (sources are spoofed). `responses` is a pcap filter too: frames of others
        that answer the attack.
        """
        self.record()
        hosts = [by] if isinstance(by, Host) else list(by)
        named = attackers if attackers is not None else (hosts if attacker_known else [])
        incident = Incident(
            detector,
            list(also),
            hosts,
            _texts(named),
            attacker_known,
            _texts(victims),
            {role: _texts(who) for role, who in (others or {}).items()},
            frames,
            responses,
            time.time_ns(),
        )
        self.incidents.append(incident)
        yield incident
        time.sleep(SETTLE_SECONDS)
        incident.end = time.time_ns()

    def tool(self, host: Host, *command: str, seconds: float = TOOL_SECONDS, stdin: str = "") -> str:
        """Run an attack tool to its end, or interrupt it (as ^C does) after `seconds`; gives what it said."""
        self.commands.append(shlex.join(command))
        log = host.folder / f"tool{len(self.commands)}.out"
        with log.open("wb") as out:
            process = subprocess.Popen(
                host.argv(*command), stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT
            )
        host.processes.append(process)
        try:
            process.communicate(stdin.encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            self.end(process)
        said = log.read_text(errors="replace")
        if process.returncode in {126, 127}:
            raise LabError(f"{host.name}: {command[0]} cannot be run: {said.strip()[-200:]}")
        return said

    def start(self, host: Host, *command: str) -> subprocess.Popen[bytes]:
        """Start an attack tool beside others; `end` it, or it ends with the range."""
        self.commands.append(shlex.join(command))
        return host.start(*command)

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """End a tool as ^C does, so that it can tidy up after itself."""
        stop(process, signal.SIGINT)

    def scapy(self, host: Host, program: str, *words: str, seconds: float = TOOL_SECONDS) -> str:
        """Run a Python program with Debian's Scapy on the host; `from scapy.all import *` is done already."""
        self.commands.append("python3 -c …  # Scapy: " + " ".join(program.split())[:200])
        text = "from scapy.all import *\nconf.verb = 0\nconf.iface = 'eth0'\n" + program
        done = host.run("/usr/bin/python3", "-c", text, *words, timeout=seconds)
        return done.stdout

    def made(self, frames: Sequence[tuple[float, Host, bytes]], link_type: int) -> None:
        """Let these be the capture's frames (seconds from now, sender, octets), where there is no such wire.

        For radio (802.11), which namespaces have none of. Ordinary frames have to be among them. An incident
        then has the frames of its senders that its filter takes, whenever they were sent.
        """
        self.link_type = link_type
        now = time.time_ns()
        sent = [
            Frame(now + int(seconds * 1e9), host.name, octets, len(octets))
            for seconds, host, octets in frames
        ]
        self._made = sorted(sent, key=lambda frame: frame.when)

    # The end

    def finish(self) -> Recorded:
        """Stop recording; gives the frames of the view, and each incident with its frame numbers."""
        if self._made:
            return Recorded(
                self._made, [self._labelled(incident, self._made, []) for incident in self.incidents]
            )
        if self._recorder is None:
            raise LabError("the scenario recorded nothing: call record() or everyday()")
        everything = self._recorder.finish()
        segments = {port.name: port.segment for port in self.ports}
        view = [frame for frame in everything if segments[frame.port] == self.view]
        away = [frame for frame in everything if segments[frame.port] != self.view]
        return Recorded(view, [self._labelled(incident, view, away) for incident in self.incidents])

    def _labelled(self, incident: Incident, view: list[Frame], away: list[Frame]) -> dict[str, object]:
        inside_interval = [
            (number, frame)
            for number, frame in enumerate(view, 1)
            if self._made or incident.start <= frame.when <= incident.end
        ]
        folder = self.bridge.folder
        here = {port.name for port in self.ports if port.host in incident.by and port.segment == self.view}
        there = {port.name for port in self.ports if port.host in incident.by and port.segment != self.view}
        sent = [(number, frame) for number, frame in inside_interval if frame.port in here]
        taken = matching([frame for _, frame in sent], incident.frames, folder, self.link_type)
        numbers = [number for index, (number, _) in enumerate(sent) if index in taken]
        if there and not any(host.name == "router" for host in incident.by):
            beyond = [f for f in away if f.port in there and incident.start <= f.when <= incident.end]
            taken = matching(beyond, incident.frames, folder, self.link_type)
            crossed = {"router", "router-out"}
            handed_on = [(number, frame) for number, frame in inside_interval if frame.port in crossed]
            numbers += across_the_router(
                [frame for index, frame in enumerate(beyond) if index in taken], handed_on
            )
        if not numbers:
            raise LabError(f"no frame of the attack ({incident.detector}) is in the capture")
        answers: list[int] = []
        if incident.responses:
            mine = set(numbers)
            rest = [(number, frame) for number, frame in inside_interval if number not in mine]
            taken = matching([frame for _, frame in rest], incident.responses, folder, self.link_type)
            answers = [number for index, (number, _) in enumerate(rest) if index in taken]
        numbers.sort()
        return {
            "detector": incident.detector,
            "also": incident.also,
            "attackers": incident.attackers,
            "attacker_known": incident.attacker_known,
            "victims": incident.victims,
            "others": incident.others,
            "start": view[numbers[0] - 1].when,
            "end": view[numbers[-1] - 1].when,
            "frames": as_ranges(numbers),
            "responses": as_ranges(answers),
        }


def arp_sender(host: Host) -> str:
    """A pcap filter: the sender's hardware address within the ARP packet is the host's (RFC 826)."""
    octets = host.mac.replace(":", "")
    return f"arp[8:4] == 0x{octets[:8]} and arp[12:2] == 0x{octets[8:]}"


def _texts(who: Sequence[Who]) -> list[str]:
    return [one.ip if isinstance(one, Host) else one for one in who]
