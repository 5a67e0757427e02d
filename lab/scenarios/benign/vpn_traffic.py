"""Much goes through WireGuard to a gateway outside: to others it is UDP of one host with one other."""

from lab.namespaces import Host, has_file, wait_for
from lab.range import Range
from lab.scenario import Scenario


def tunnel(one: Host, other: Host) -> None:
    """WireGuard between two hosts, 10.51.0.1 and 10.51.0.2, by its program in user space."""
    keys = {}
    for host in (one, other):
        private = host.folder / "wg.key"
        private.write_text(host.run("wg", "genkey").stdout)
        keys[host.name] = host.run("wg", "pubkey", stdin=private.read_text()).stdout.strip()
    for number, (host, peer) in enumerate(((one, other), (other, one)), 1):
        host.start("wireguard-go", "-f", "wg0")
        wait_for("wireguard-go", has_file(host, "run/wireguard/wg0.sock"))
        host.run(
            *("wg", "set", "wg0", "listen-port", "51820", "private-key", str(host.folder / "wg.key")),
            *("peer", keys[peer.name], "allowed-ips", "10.51.0.0/24", "endpoint", f"{peer.ip}:51820"),
        )
        host.run("ip", "address", "add", f"10.51.0.{number}/24", "dev", "wg0")
        host.run("ip", "link", "set", "wg0", "up")


def run(net: Range) -> None:
    person, gateway = net.inside("pc3"), net.web(net.outside("gateway"))
    (gateway.folder / "www" / "system.iso").write_bytes(bytes(8_000_000))
    net.everyday()
    tunnel(person, gateway)
    words = "curl -s --limit-rate 450k -o /dev/null http://10.51.0.2/system.iso"
    person.start(*words.split())
    net.loop(person, "ping -n -q -c 1 -W 1 10.51.0.2", 1.0)
    net.quiet(6)
    upload = person.folder / "backup"
    upload.write_bytes(bytes(1_200_000))
    person.run(
        *f"curl -s -m 9 --limit-rate 400k -o /dev/null -T {upload} http://10.51.0.2/x".split(), check=False
    )
    net.quiet(3)


SCENARIO = Scenario(
    name="vpn-traffic",
    about="A person fetches a system image and sends a backup through WireGuard, 400 datagrams a second.",
    tools={"wireguard-go": "wireguard-go", "wg": "wireguard-tools"},
    run=run,
    held_out=True,
    snap_octets=64,
)
