"""Teredo by miredo: an inside host reaches IPv6 through UDP."""

from lab.namespaces import unlines, wait_for
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    client, far, relay = net.inside("attacker"), net.outside("www"), net.outside("relay")
    far.run("ip", "address", "add", "198.51.100.81/24", "dev", "eth0")  # a server has two addresses, RFC 4380
    relay.run("ip", "address", "add", "2001:db8:7e::2/128", "dev", "lo", "nodad")
    # Teredo is for hosts behind a NAT; servers take no private addresses.
    chain = f"type nat hook postrouting priority 100; ip saddr {client.ip} masquerade;"
    net.router().run("nft", f"table ip nat {{ chain out {{ {chain} }}; }}")
    net.everyday()
    with net.attack(
        "ip-tunnel",
        by=client,
        victims=[],
        frames="udp port 3544",
        responses=f"udp port 3544 and dst host {client.ip}",
    ):
        for host, program, name, lines in (
            (
                far,
                "miredo-server",
                "server",
                [f"ServerBindAddress {far.ip}", "ServerBindAddress2 198.51.100.81"],
            ),
            (relay, "miredo", "relay", ["RelayType cone", f"BindAddress {relay.ip}", "BindPort 3544"]),
            (client, "miredo", "client", ["RelayType client", f"ServerAddress {far.ip}"]),
        ):
            conf = host.folder / f"{name}.conf"
            conf.write_text(unlines([*lines, *([] if name == "server" else ["InterfaceName teredo"])]))
            host.start(program, "-f", "-u", "nobody", "-c", str(conf), "-p", f"/run/{name}.pid")
        net.commands.append("miredo")
        wait_for(
            "a Teredo address",
            lambda: "2001:0" in client.run("ip", "-6", "address", "show", "teredo", check=False).stdout,
            15,
        )
        client.run("ip", "-6", "route", "add", "2001:db8:7e::2/128", "dev", "teredo")
        net.tool(client, *["ping", "-n", "-q", "-c", "8", "-i", "0.5", "2001:db8:7e::2"], seconds=10)
    net.quiet(2)


SCENARIO = Scenario(
    name="ip-tunnel-teredo",
    about="miredo gives an inside host IPv6 through UDP, past a router that knows nothing of it.",
    detectors=("ip-tunnel",),
    tools={"miredo": "miredo", "miredo-server": "miredo-server"},
    run=run,
)
