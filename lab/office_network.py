"""The office: who is in it, how it is cabled, and which servers run.

```
                     sw-core (Linux bridge, root of the spanning tree, LLDP)
                        │                │
   attacker  www  isp   router ──────────┤ trunk
        └──────┴───┴──────┘ wan0         │
        outside (198.51.100.0/24)        │
              │  captured as "wan"   sw-office (Open vSwitch) ── mirror, captured as "span"
              branch                     │
                       names web mail files printer pc1 pc2 pc3 laptop   (untagged, 192.168.10.0/24)
                       pbx phone1 phone2                                 (VLAN 20,  192.168.20.0/24)
```
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lab import servers
from lab.capture import Labels
from lab.namespaces import Host, Laboratory, has_interface, wait_for
from lab.switch import Switch

DOMAIN = "office.example"
LAN, LAN6 = "192.168.10", "2001:db8:10:"
OUTSIDE, OUTSIDE6 = "198.51.100", "2001:db8:ffff:"
VOICE, VOICE_VLAN = "192.168.20", 20
BRANCH, BRANCH6 = "192.168.30.10", "2001:db8:30::10"
ROUTER_WAN, BRANCH_WAN = f"{OUTSIDE}.2", f"{OUTSIDE}.130"
VXLAN_ID = 30

# The MAC prefixes are those of ordinary office hardware, so that the vendor column has something to say.
MACS = {
    "router": "00:00:0c:10:00:01",
    "names": "b8:27:eb:10:00:53",
    "web": "d4:be:d9:10:00:80",
    "mail": "d4:be:d9:10:00:25",
    "files": "d4:be:d9:10:00:22",
    "printer": "3c:d9:2b:10:00:09",
    "pc1": "3c:fd:fe:10:01:01",
    "pc2": "3c:fd:fe:10:01:02",
    "pc3": "3c:fd:fe:10:01:03",
    "laptop": "f0:18:98:10:01:04",
    "pbx": "00:04:f2:20:00:01",
    "phone1": "00:04:f2:20:00:11",
    "phone2": "00:04:f2:20:00:12",
    "sw-core": "00:1c:73:10:00:02",
    "isp": "00:05:85:ff:00:01",
    "www": "02:00:00:ff:00:80",
    "attacker": "02:00:00:ff:00:66",
    "branch": "00:00:0c:ff:01:30",
}
ROLES = {
    "router": "gateway, NAT, router advertisements",
    "names": "DHCP, DNS and NTP server",
    "web": "HTTP and HTTPS server",
    "mail": "SMTP server",
    "files": "SSH server",
    "printer": "announces itself by mDNS",
    "pc1": "office PC (dhclient)",
    "pc2": "office PC (udhcpc)",
    "pc3": "office PC (dhclient, gives its lease back)",
    "laptop": "intruder inside: ARP sweep and port scan",
    "pbx": "DHCP and TFTP server of the telephones",
    "phone1": "telephone",
    "phone2": "telephone",
    "sw-core": "root of the spanning tree",
    "isp": "gateway and DNS server outside",
    "www": "HTTP server outside",
    "attacker": "outside: IPv6 port scan and SYN flood",
    "branch": "branch office behind VXLAN and 6in4 tunnels",
}


@dataclass
class Office:
    """The hosts by name, and what their servers write down."""

    hosts: dict[str, Host]
    switch: Switch
    dns_log: Path = Path()
    outside_dns_log: Path = Path()
    pbx_log: Path = Path()
    web_logs: dict[str, Path] = field(default_factory=dict)
    mail_log: Path = Path()
    ssh_key: Path = Path()
    ssh_log: Path = Path()

    def __getitem__(self, name: str) -> Host:
        return self.hosts[name]


def build(lab: Laboratory) -> Office:
    """Cable everything; no server runs yet, and no client has an address."""
    rack = lab.host("rack")
    hosts = {name: lab.host(name) for name in MACS}
    switch = Switch(lab, rack)
    office = Office(hosts, switch)
    for name in ("names", "web", "mail", "files", "printer", "pc1", "pc2", "pc3", "laptop"):
        switch.attach(hosts[name])
    for name in ("pbx", "phone1", "phone2"):
        switch.attach(hosts[name], vlan=VOICE_VLAN)
    _core(lab, office)
    _outside(lab, office, rack)
    switch.mirror("span")
    _addresses(office)
    _routes(office)
    _tunnels(office)
    wait_for(
        "the spanning tree to forward",
        lambda: "stp_state=forward" in switch.set("get", "port", "core", "status"),
        40,
    )
    return office


def _core(lab: Laboratory, office: Office) -> None:
    core, router, rack = office["sw-core"], office["router"], office.switch.host
    lab.cable(core, "trunk", rack, "core")
    lab.cable(core, "router", router, "eth0")
    # Priority 4096 wins against the default 32768; 4 s is the least forward delay that 802.1D allows.
    core.run(
        *("ip", "link", "add", "br0", "type", "bridge"),
        *("stp_state", "1", "priority", "4096", "forward_delay", "400", "hello_time", "200"),
    )
    core.sysctl(net__ipv6__conf__all__disable_ipv6="1")
    core.run("ip", "link", "set", "trunk", "address", MACS["sw-core"])
    for port in ("trunk", "router"):
        core.run("ip", "link", "set", port, "master", "br0")
        core.run("ip", "link", "set", port, "up")
    core.run("ip", "link", "set", "br0", "up")
    office.switch.set("set", "bridge", office.switch.bridge, "stp_enable=true")
    office.switch.port("core")


def _outside(lab: Laboratory, office: Office, rack: Host) -> None:
    """The segment outside is a plain bridge in the rack; the router's port of it is the second interface."""
    rack.run("ip", "link", "add", "outside", "type", "bridge")
    for name, port in (
        ("router", "wan"),
        ("isp", "isp"),
        ("www", "www"),
        ("attacker", "evil"),
        ("branch", "far"),
    ):
        lab.cable(office[name], "wan0" if name == "router" else "eth0", rack, port)
        rack.sysctl(**{f"net__ipv6__conf__{port}__disable_ipv6": "1"})
        rack.run("ip", "link", "set", port, "master", "outside", "up")
    rack.sysctl(net__ipv6__conf__outside__disable_ipv6="1")
    rack.run("ip", "link", "set", "outside", "up")


def _addresses(office: Office) -> None:
    inside = {"router": "1", "names": "53", "web": "80", "mail": "25", "files": "22", "printer": "9"}
    for name, number in inside.items():
        if name == "router":
            office[name].sysctl(net__ipv4__ip_forward="1", net__ipv6__conf__all__forwarding="1")
        office[name].address("eth0", MACS[name], f"{LAN}.{number}/24", f"{LAN6}:{number}/64")
        if name != "router":
            # A server has the address set by hand only: a second one would blur who is who.
            office[name].sysctl(net__ipv6__conf__eth0__autoconf="0")
            office[name].run("ip", "route", "add", "default", "via", f"{LAN}.1")
    for name, number in {"pbx": "1", "phone1": "", "phone2": ""}.items():
        office[name].address("eth0", MACS[name], *([f"{VOICE}.{number}/24"] if number else []))
    outside = {"isp": "1", "www": "80", "attacker": "66", "branch": "130"}
    for name, number in outside.items():
        office[name].address("eth0", MACS[name], f"{OUTSIDE}.{number}/24", f"{OUTSIDE6}:{number}/64")
        office[name].run("ip", "route", "add", f"{LAN6}:/64", "via", f"{OUTSIDE6}:2")
    office["isp"].run("ip", "address", "add", f"{OUTSIDE}.53/24", "dev", "eth0")
    office["router"].address("wan0", "00:00:0c:10:00:fe", f"{ROUTER_WAN}/24", f"{OUTSIDE6}:2/64")
    for name in ("names", "web", "mail", "files", "pc1", "pc2", "pc3", "laptop", "router"):
        office[name].resolve_at(f"{LAN}.53", domain=DOMAIN)


def _routes(office: Office) -> None:
    # Answers to the flood's invented addresses end here, as silently as out in the world.
    office["isp"].run("ip", "route", "add", "blackhole", "default")
    office["isp"].sysctl(net__ipv4__ip_forward="1")
    router = office["router"]
    router.run("ip", "route", "add", "default", "via", f"{OUTSIDE}.1")
    servers.firewall(
        router,
        f"""
table ip nat {{
  chain prerouting {{
    type nat hook prerouting priority dstnat;
    iifname "wan0" ip daddr {ROUTER_WAN} tcp dport {{ 80, 443 }} dnat to {LAN}.80
    iifname "wan0" ip daddr {ROUTER_WAN} tcp dport 25 dnat to {LAN}.25
  }}
  chain postrouting {{
    type nat hook postrouting priority srcnat;
    oifname "wan0" ip saddr {LAN}.0/24 masquerade
  }}
}}
table ip truth {{
  counter flood {{ }}
  chain forward {{
    type filter hook forward priority 0;
    iifname "wan0" ip daddr {LAN}.80 tcp dport 80 tcp flags == syn counter name flood
  }}
}}
""",
    )


def _tunnels(office: Office) -> None:
    """VXLAN by the kernel for IPv4, and 6in4 by socat (a TUN device on a raw socket of protocol 41)."""
    ends = (("router", "wan0", ROUTER_WAN, BRANCH_WAN, "1"), ("branch", "eth0", BRANCH_WAN, ROUTER_WAN, "2"))
    for name, device, local, remote, number in ends:
        host = office[name]
        host.run(
            *("ip", "link", "add", "vxlan30", "type", "vxlan", "id", str(VXLAN_ID), "dstport", "4789"),
            *("local", local, "remote", remote, "dev", device),
        )
        host.address("vxlan30", f"02:00:00:30:00:0{number}", f"10.99.0.{number}/30")
        host.start(
            *("socat", "TUN,tun-name=tun6in4,tun-type=tun,iff-no-pi,iff-up"),
            f"IP4-DATAGRAM:{remote}:41,bind={local}",
        )
        wait_for("6in4", has_interface(host, "tun6in4"))
        host.run("ip", "link", "set", "tun6in4", "mtu", "1480")
        host.run("ip", "address", "add", f"2001:db8:99::{number}/64", "dev", "tun6in4", "nodad")
    branch, router = office["branch"], office["router"]
    branch.run("ip", "address", "add", f"{BRANCH}/32", "dev", "lo")
    branch.run("ip", "address", "add", f"{BRANCH6}/128", "dev", "lo", "nodad")
    branch.run("ip", "route", "add", f"{LAN}.0/24", "via", "10.99.0.1")
    branch.run("ip", "route", "replace", f"{LAN6}:/64", "via", "2001:db8:99::1")
    router.run("ip", "route", "add", f"{BRANCH}/32", "via", "10.99.0.2")
    router.run("ip", "route", "add", f"{BRANCH6}/128", "via", "2001:db8:99::2")


def serve(office: Office) -> None:
    """Start every server."""
    leases = [
        f"dhcp-host={MACS[name]},{LAN}.{100 + number},{name}"
        for number, name in enumerate(("pc1", "pc2", "pc3", "laptop"), 1)
    ]
    records = [
        f"host-record={name}.{DOMAIN},{LAN}.{number},{LAN6}:{number}"
        for name, number in {
            "router": 1,
            "names": 53,
            "web": 80,
            "mail": 25,
            "files": 22,
            "printer": 9,
        }.items()
    ]
    office.dns_log = servers.names_and_leases(
        office["names"],
        [
            *(f"domain={DOMAIN}", f"local=/{DOMAIN}/", "local=/10.168.192.in-addr.arpa/"),
            *(f"server={OUTSIDE}.53", "expand-hosts", "dhcp-authoritative"),
            *(f"dhcp-range={LAN}.100,{LAN}.150,1h", f"dhcp-option=3,{LAN}.1", f"dhcp-option=6,{LAN}.53"),
            *(f"dhcp-option=42,{LAN}.53", f"mx-host={DOMAIN},mail.{DOMAIN},10", *leases, *records),
            *(f'txt-record={DOMAIN},"v=spf1 mx -all"', f"cname=intranet.{DOMAIN},web.{DOMAIN}"),
            f"srv-host=_submission._tcp.{DOMAIN},mail.{DOMAIN},25",
        ],
    )
    office.outside_dns_log = servers.names_and_leases(
        office["isp"],
        [
            *(f"host-record=www.example.net,{OUTSIDE}.80,{OUTSIDE6}:80", "local=/example.net/"),
            *("txt-record=example.net,printed on recycled electrons", "no-dhcp-interface=eth0"),
        ],
    )
    tftp = office["pbx"].folder / "tftp"
    tftp.mkdir()
    (tftp / "phone.cfg").write_text("".join(f"line.{line}.label=Extension {line}\n" for line in range(100)))
    office.pbx_log = servers.names_and_leases(
        office["pbx"],
        [
            *(f"dhcp-range={VOICE}.11,{VOICE}.12,1h", f"dhcp-option=66,{VOICE}.1", "enable-tftp"),
            *(f"dhcp-host={MACS['phone1']},{VOICE}.11", f"dhcp-host={MACS['phone2']},{VOICE}.12"),
            f"tftp-root={tftp}",
        ],
    )
    for name, title in (("web", f"web.{DOMAIN}"), ("www", "www.example.net"), ("branch", f"branch.{DOMAIN}")):
        office.web_logs[name] = servers.web(office[name], title)
    office.ssh_key, office.ssh_log = servers.shell(office["files"])
    office.mail_log = servers.mail(office["mail"], f"mail.{DOMAIN}", DOMAIN)
    servers.clock(office["names"])


def who_is_who(office: Office, labels: Labels) -> None:
    """Write names, MACs and addresses as they are now."""
    for name, host in office.hosts.items():
        shown = host.run("ip", "-o", "address", "show", "scope", "global").stdout
        addresses = sorted({line.split()[3].split("/")[0] for line in shown.splitlines()})
        macs = [MACS[name], "00:00:0c:10:00:fe"] if name == "router" else [MACS[name]]
        labels.hosts.append({"name": name, "role": ROLES[name], "macs": macs, "addresses": addresses})
