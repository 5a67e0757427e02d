"""The real clients of the scenarios; each function gives what the program itself says that it did."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from lab.namespaces import Host, LabError, wait_for

PROGRAMS = {
    "dhclient": "isc-dhcp-client",
    "udhcpc": "udhcpc",
    "dig": "bind9-dnsutils",
    "curl": "curl",
    "ssh": "openssh-client",
    "swaks": "swaks",
    "ping": "iputils-ping",
    "traceroute": "traceroute",
    "rdisc6": "ndisc6",
    "nmap": "nmap",
    "hping3": "hping3",
    "ntpdig": "ntpsec-ntpdig",
}

# Debian's own scripts would rewrite the computer's resolv.conf; these only set the address and the route.
DHCLIENT_SCRIPT = """#!/bin/sh
case "$reason" in
BOUND|RENEW|REBIND|REBOOT)
  ip address replace "$new_ip_address/$new_subnet_mask" dev "$interface"
  for router in $new_routers; do ip route replace default via "$router"; done ;;
# The release itself may still wait for an ARP reply, which the address must be there to receive.
EXPIRE|RELEASE|STOP) sleep 0.3; ip address flush dev "$interface" scope global ;;
esac
"""
UDHCPC_SCRIPT = """#!/bin/sh
case "$1" in
bound|renew)
  ip address replace "$ip/$mask" dev "$interface"
  for gateway in $router; do ip route replace default via "$gateway"; done ;;
esac
"""


def _script(host: Host, name: str, text: str) -> Path:
    path = host.folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def lease_with_dhclient(host: Host) -> str:
    """Get an address as ISC's client does, and stay; gives the address."""
    script = _script(host, "dhclient.sh", DHCLIENT_SCRIPT)
    conf = host.folder / "dhclient.conf"
    conf.write_text(
        f'send host-name "{host.name}";\n'
        "request subnet-mask, routers, domain-name, domain-name-servers, ntp-servers, interface-mtu;\n"
    )
    host.start("dhclient", "-d", *_dhclient_files(host), "-sf", str(script), "-cf", str(conf), "eth0")
    wait_for(f"a lease for {host.name}", lambda: bool(ipv4(host)))
    return ipv4(host)


def release_with_dhclient(host: Host) -> None:
    """Give the address back (DHCPRELEASE)."""
    script = host.folder / "dhclient.sh"
    host.run("dhclient", "-r", *_dhclient_files(host), "-sf", str(script), "eth0")


def _dhclient_files(host: Host) -> list[str]:
    return ["-lf", str(host.folder / "dhclient.leases"), "-pf", str(host.folder / "dhclient.pid")]


def lease_with_udhcpc(host: Host) -> str:
    """Get an address as busybox's client does, and leave; gives the address."""
    script = _script(host, "udhcpc.sh", UDHCPC_SCRIPT)
    host.run("udhcpc", "-f", "-n", "-q", "-i", "eth0", "-s", str(script), "-x", f"hostname:{host.name}")
    return ipv4(host)


def ipv4(host: Host) -> str:
    """The interface's first global IPv4 address, or an empty text."""
    return _first(r"inet ([\d.]+)", host.run("ip", "-4", "address", "show", "eth0", "scope", "global").stdout)


def ipv6(host: Host, interface: str = "eth0") -> list[str]:
    """All IPv6 addresses of the interface that are past duplicate address detection."""
    shown = host.run("ip", "-6", "address", "show", "dev", interface, "-tentative").stdout
    return re.findall(r"inet6 ([\da-f:]+)", shown)


def has_global_ipv6(host: Host) -> Callable[[], bool]:
    """Whether the host has configured itself from a router's advertisement."""
    return lambda: any(address.startswith("2001:") for address in ipv6(host))


def lookup(host: Host, *words: str) -> int:
    """`dig`; gives the number of questions sent, which is one, or raises when there is no answer at all."""
    host.run("dig", "+tries=1", "+timeout=3", "+noall", "+answer", *words)
    return 1


def fetch(host: Host, *words: str) -> int:
    """`curl`; gives the status of the last answer."""
    done = host.run("curl", "-sS", "-k", "-m", "20", "-o", "/dev/null", "-w", "%{http_code}", *words)
    return int(done.stdout[-3:])


def remote_shell(host: Host, server: str, key: Path, command: str) -> str:
    """Log in with the key and run one command."""
    quiet = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
    return host.run("ssh", "-F", "none", *quiet, "-i", str(key), f"root@{server}", command).stdout


def send_mail(host: Host, server: str, domain: str, subject: str, *words: str) -> None:
    """`swaks`: one message, with what further `words` ask (attachment, TLS)."""
    sender = f"{host.name}.{domain}"
    host.run(
        *(
            "swaks",
            "--server",
            server,
            "--helo",
            sender,
            "--from",
            f"berta@{domain}",
            "--to",
            f"anna@{domain}",
        ),
        *(
            "--header",
            f"Subject: {subject}",
            "--h-Message-Id",
            f"<{subject.replace(' ', '.')}@{sender}>",
            *words,
        ),
    )


def ping(host: Host, target: str, count: int, *words: str) -> dict[str, int]:
    """`ping`: echo requests sent and replies received."""
    done = host.run("ping", "-n", "-q", "-c", str(count), "-i", "0.2", "-W", "2", *words, target, check=False)
    found = re.search(r"(\d+) packets transmitted, (\d+) received", done.stdout)
    if not found:
        raise LabError(f"{host.name}: ping {target} said: {(done.stderr or done.stdout).strip()}")
    return {"echo_requests": int(found[1]), "echo_replies": int(found[2])}


def trace(host: Host, target: str, *words: str) -> int:
    """`traceroute`; gives the number of hops to the target."""
    shown = host.run("traceroute", "-n", "-q", "2", "-w", "1", "-m", "6", *words, target).stdout
    return len(re.findall(r"^ *\d+ ", shown, re.MULTILINE))


def scan(host: Host, *words: str) -> dict[str, list[int] | int | str]:
    """`nmap -n`: its own list of open ports, of hosts found, and its command line."""
    report = host.folder / f"nmap{len(list(host.folder.glob('nmap*')))}.xml"
    host.run("nmap", "-n", "-oX", str(report), *words)
    tree = ElementTree.parse(report).getroot()
    ports = [
        int(port.get("portid", "0"))
        for port in tree.iter("port")
        if (state := port.find("state")) is not None and state.get("state") == "open"
    ]
    up = list(tree.iter("hosts"))
    return {
        "command": " ".join(["nmap", "-n", *words]),
        "open_ports": sorted(ports),
        "hosts_up": int(up[0].get("up", "0")) if up else 0,
        "ports_scanned": sum(int(info.get("numservices", "0")) for info in tree.iter("scaninfo")),
    }


def flood(host: Host, target: str, port: int, count: int, microseconds: int) -> int:
    """`hping3`: SYNs from random sources; gives how many it says that it sent."""
    done = host.run(
        *("hping3", "-q", "-S", "--rand-source", "-p", str(port)),
        *("-c", str(count), "-i", f"u{microseconds}", target),
        check=False,  # no reply ever comes back, which hping3 calls a failure
    )
    return int(_first(r"(\d+) packets transmitted", done.stdout + done.stderr) or "0")


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else ""
