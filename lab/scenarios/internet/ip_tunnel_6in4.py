"""IPv6 in IPv4 from an inside host to one outside, past the edge's rules for IPv6."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    client, end = net.inside("attacker"), net.outside("www")
    net.everyday()
    with net.attack(
        "ip-tunnel",
        by=client,
        victims=[],
        frames=f"ip proto 41 and dst host {end.ip}",
        responses=f"ip proto 41 and src host {end.ip}",
    ):
        for number, (host, local, remote) in enumerate(
            ((client, client.ip, end.ip), (end, end.ip, client.ip)), 1
        ):
            host.start(
                *("socat", "TUN,tun-name=sixinfour,tun-type=tun,iff-no-pi,iff-up"),
                f"IP4-DATAGRAM:{remote}:41,bind={local}",
            )
            net.quiet(0.5)
            host.run("ip", "address", "add", f"2001:db8:41::{number}/64", "dev", "sixinfour", "nodad")
            host.run("ip", "link", "set", "sixinfour", "mtu", "1400")
        net.web(end)
        for _ in range(5):
            net.tool(client, *["curl", "-s", "-m", "3", "-o", "/dev/null", "-g", "http://[2001:db8:41::2]/"])
            net.quiet(0.5)


SCENARIO = Scenario(
    name="ip-tunnel-6in4",
    about="An inside host fetches pages over IPv6 inside IPv4 from a host outside, beside ordinary traffic.",
    detectors=("ip-tunnel",),
    tools={"socat": "socat"},
    run=run,
)
