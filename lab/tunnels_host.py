"""Tunnels that hosts make themselves, with the kernel or with programs on TUN devices and raw sockets.

A kind is a function: it sets up its tunnel between two hosts (`203.0.113.1` and `.2`, `2001:db8:bb::1` and
`::2`) and gives the addresses to talk to through it, none when it has said all itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lab.namespaces import Host, has_file, has_interface, unlines, wait_for

PROGRAMS = {
    "socat": "socat",
    "nft": "nftables",
    "wg": "wireguard-tools",
    "wireguard-go": "wireguard-go",
    "miredo": "miredo",
    "miredo-server": "miredo-server",
    "swanctl": "strongswan-swanctl",
    "/usr/lib/ipsec/charon": "strongswan-charon",
    "/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so": "libcharon-extra-plugins",
    "pppoe": "pppoe",
    "ping": "iputils-ping",
}
V4 = ("203.0.113.1", "203.0.113.2")
V6 = ("2001:db8:bb::1", "2001:db8:bb::2")
USER_SPACE_IPSEC = Path(__file__).with_name("ipsec_tun.py")


def _raw(
    left: Host, right: Host, name: str, protocol: int, ends: tuple[str, str], inner: Sequence[str]
) -> None:
    """A TUN device on each side whose packets travel as the payload of IP protocol `protocol`."""
    for number, (host, local, remote) in enumerate(((left, ends[0], ends[1]), (right, ends[1], ends[0])), 1):
        family = "IP6" if ":" in local else "IP4"
        shown = [f"[{address}]" if ":" in address else address for address in (local, remote)]
        host.start(
            *("socat", f"TUN,tun-name={name},tun-type=tun,iff-no-pi,iff-up"),
            f"{family}-DATAGRAM:{shown[1]}:{protocol},bind={shown[0]}",
        )
        wait_for(name, has_interface(host, name))
        for address in inner:
            nodad = ["nodad"] if ":" in address else []
            host.run("ip", "address", "add", address.replace("N", str(number)), "dev", name, *nodad)
        host.run("ip", "link", "set", name, "mtu", "1400")


def six_in_four(left: Host, right: Host) -> list[str]:
    """IPv6 in IPv4, protocol 41 (RFC 4213)."""
    _raw(left, right, "sixinfour", 41, V4, ["fd00:41::N/64"])
    return ["fd00:41::2"]


def ip_in_ip(left: Host, right: Host) -> list[str]:
    """IPv4 in IPv4, protocol 4 (RFC 2003)."""
    _raw(left, right, "ipip", 4, V4, ["10.4.0.N/24"])
    return ["10.4.0.2"]


def four_in_six(left: Host, right: Host) -> list[str]:
    """IPv4 in IPv6 (RFC 2473)."""
    _raw(left, right, "fourinsix", 4, V6, ["10.46.0.N/24"])
    return ["10.46.0.2"]


def six_in_six(left: Host, right: Host) -> list[str]:
    """IPv6 in IPv6 (RFC 2473)."""
    _raw(left, right, "sixinsix", 41, V6, ["fd00:66::N/64"])
    return ["fd00:66::2"]


def segment_routing(left: Host, right: Host) -> list[str]:
    """IPv4 and IPv6 in IPv6 with a segment routing header of two segments (RFC 8754), by the kernel."""
    for number, host in enumerate((left, right), 1):
        other = 3 - number
        host.sysctl(
            net__ipv6__conf__all__seg6_enabled="1",
            net__ipv6__conf__eth1__seg6_enabled="1",
            net__ipv4__conf__all__rp_filter="0",
        )
        host.run("ip", "address", "add", f"10.43.0.{number}/32", "dev", "lo")
        host.run("ip", "address", "add", f"fd00:43::{number}/128", "dev", "lo", "nodad")
        host.run("ip", "-6", "route", "add", f"fd00:5e9:{other}::/48", "via", V6[other - 1])
        segments = ["encap", "seg6", "mode", "encap", "segs", f"fd00:5e9:{other}::e,fd00:5e9:{other}::N"]
        for target, action in ((f"10.43.0.{other}/32", "4"), (f"fd00:43::{other}/128", "6")):
            words = [word.replace("N", action) for word in segments]
            source = ["src", f"fd00:43::{number}" if ":" in target else f"10.43.0.{number}"]
            host.run("ip", "route", "add", target, *words, "dev", "eth1", *source)
        local = ["encap", "seg6local", "action"]
        host.run("ip", "-6", "route", "add", f"fd00:5e9:{number}::e/128", *local, "End", "dev", "eth1")
        host.run(
            *("ip", "-6", "route", "add", f"fd00:5e9:{number}::4/128", *local),
            *("End.DX4", "nh4", f"10.43.0.{number}", "dev", "eth1"),
        )
        host.run(
            *("ip", "-6", "route", "add", f"fd00:5e9:{number}::6/128", *local),
            *("End.DT6", "table", "local", "dev", "eth1"),
        )
    return ["10.43.0.2", "fd00:43::2"]


def wireguard(left: Host, right: Host) -> list[str]:
    """WireGuard, by its program in user space."""
    keys: list[tuple[Path, str]] = []
    for host in (left, right):
        private = host.folder / "wg.key"
        private.write_text(host.run("wg", "genkey").stdout)
        keys.append((private, host.run("wg", "pubkey", stdin=private.read_text()).stdout.strip()))
    for number, host in enumerate((left, right), 1):
        host.start("wireguard-go", "-f", "wg0")
        wait_for("wireguard-go", has_file(host, "run/wireguard/wg0.sock"))
        host.run(
            *("wg", "set", "wg0", "listen-port", "51820", "private-key", str(keys[number - 1][0])),
            *(
                "peer",
                keys[2 - number][1],
                "allowed-ips",
                "10.51.0.0/24",
                "endpoint",
                f"{V4[2 - number]}:51820",
            ),
        )
        host.run("ip", "address", "add", f"10.51.0.{number}/24", "dev", "wg0")
        host.run("ip", "link", "set", "wg0", "up")
    return ["10.51.0.2"]


def teredo(left: Host, right: Host) -> list[str]:
    """Teredo: miredo's client against its server and relay (RFC 4380)."""
    # A server has two consecutive addresses, to learn what kind of NAT a client is behind.
    right.run("ip", "address", "add", "203.0.113.3/24", "dev", "eth1")
    for host, program, name, lines in (
        (
            right,
            "miredo-server",
            "server",
            ["ServerBindAddress 203.0.113.2", "ServerBindAddress2 203.0.113.3"],
        ),
        (right, "miredo", "relay", ["RelayType cone", "BindAddress 203.0.113.2", "BindPort 3545"]),
        (left, "miredo", "client", ["RelayType client", "ServerAddress 203.0.113.2"]),
    ):
        conf = host.folder / f"{name}.conf"
        extra = [] if name == "server" else ["InterfaceName teredo"]
        conf.write_text(unlines([*lines, *extra]))
        host.start(program, "-f", "-u", "nobody", "-c", str(conf), "-p", f"/run/{name}.pid")
    right.run("ip", "address", "add", "2001:db8:7e::2/128", "dev", "lo", "nodad")
    wait_for(
        "a Teredo address",
        lambda: "2001:0" in left.run("ip", "-6", "address", "show", "teredo", check=False).stdout,
        15,
    )
    left.run("ip", "-6", "route", "add", "2001:db8:7e::2/128", "dev", "teredo")
    return ["2001:db8:7e::2"]


def ipsec_esp(left: Host, right: Host) -> list[str]:
    """ESP in tunnel mode, AES-GCM, protocol 50 (RFC 4303), by Scapy on TUN devices."""
    return _user_space_ipsec(left, right, "esp", "10.50.0")


def ipsec_esp_null(left: Host, right: Host) -> list[str]:
    """ESP with the null cipher, authenticated (RFC 2410), by Scapy on TUN devices."""
    return _user_space_ipsec(left, right, "esp-null", "10.52.0")


def ipsec_ah(left: Host, right: Host) -> list[str]:
    """AH in tunnel mode, protocol 51 (RFC 4302), by Scapy on TUN devices."""
    return _user_space_ipsec(left, right, "ah", "10.53.0")


def _user_space_ipsec(left: Host, right: Host, kind: str, network: str) -> list[str]:
    for number, host in enumerate((left, right), 1):
        host.start(sys.executable, "-B", str(USER_SPACE_IPSEC), kind, V4[number - 1], V4[2 - number])
        wait_for(kind, has_interface(host, kind), 15)
        host.run("ip", "address", "add", f"{network}.{number}/24", "dev", kind)
        host.run("ip", "link", "set", kind, "mtu", "1300", "up")
    return [f"{network}.2"]


def ike(left: Host, right: Host) -> list[str]:
    """IKEv2 and ESP in UDP port 4500 (RFC 7296, RFC 3948), by strongSwan in user space."""
    plugins = (
        "random nonce aes sha1 sha2 hmac kdf curve25519 kernel-libipsec kernel-netlink socket-default vici"
    )
    for number, host in enumerate((left, right), 1):
        conf = host.folder / "strongswan.conf"
        conf.write_text(
            f"charon {{ load = {plugins}\n install_routes = yes\n"
            f" plugins {{ vici {{ socket = unix:///run/charon.vici }} }} }}\n"
        )
        (host.folder / "swanctl.conf").write_text(
            f"""connections {{ lab {{
  local_addrs = {V4[number - 1]}
  remote_addrs = {V4[2 - number]}
  proposals = aes128-sha256-curve25519
  local {{ auth = psk
    id = host{number}.example }}
  remote {{ auth = psk
    id = host{3 - number}.example }}
  children {{ lab {{
    local_ts = 10.45.{number}.0/24
    remote_ts = 10.45.{3 - number}.0/24
    esp_proposals = aes128-sha256 }} }} }} }}
secrets {{ ike-lab {{ secret = "thrown away" }} }}
"""
        )
        host.run("ip", "address", "add", f"10.45.{number}.{number}/24", "dev", "lo")
        host.start("env", f"STRONGSWAN_CONF={conf}", "/usr/lib/ipsec/charon")
        wait_for("charon", has_file(host, "run/charon.vici"))
        host.run("swanctl", "--load-all", "--file", str(host.folder / "swanctl.conf"))
    left.run("swanctl", "--initiate", "--child", "lab", "--timeout", "10")
    return ["10.45.2.2"]


def pppoe_discovery(left: Host, right: Host) -> list[str]:
    """PPPoE discovery (RFC 2516): a session is opened; the kernel here has no PPP to fill it."""
    right.start(
        "pppoe-server", "-F", "-I", "eth1", "-C", "lab-concentrator", "-S", "internet", "-q", "/bin/true"
    )
    left.run("pppoe", "-I", "eth1", "-d", "-U", "-t", "1", timeout=20)
    return []


KINDS: dict[str, Callable[[Host, Host], list[str]]] = {
    "6in4": six_in_four,
    "ipip": ip_in_ip,
    "4in6": four_in_six,
    "6in6": six_in_six,
    "srv6": segment_routing,
    "wireguard": wireguard,
    "teredo": teredo,
    "esp": ipsec_esp,
    "esp-null": ipsec_esp_null,
    "ah": ipsec_ah,
    "ike": ike,
    "pppoe": pppoe_discovery,
}
