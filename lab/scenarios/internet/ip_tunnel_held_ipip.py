"""IPv4 in IPv4 from an inside host to one outside."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    client, end = net.inside("attacker"), net.outside("www")
    net.everyday()
    with net.attack(
        "ip-tunnel",
        by=client,
        victims=[],
        frames=f"ip proto 4 and dst host {end.ip}",
        responses=f"ip proto 4 and src host {end.ip}",
    ):
        for number, (host, local, remote) in enumerate(
            ((client, client.ip, end.ip), (end, end.ip, client.ip)), 1
        ):
            host.start(
                *("socat", "TUN,tun-name=ipip,tun-type=tun,iff-no-pi,iff-up"),
                f"IP4-DATAGRAM:{remote}:4,bind={local}",
            )
            net.quiet(0.5)
            host.run("ip", "address", "add", f"172.16.9.{number}/24", "dev", "ipip")
            host.run("ip", "link", "set", "ipip", "mtu", "1400")
        net.web(end)
        for _ in range(4):
            net.tool(client, *["curl", "-s", "-m", "3", "-o", "/dev/null", "http://172.16.9.2/"])
            net.quiet(1)
    net.quiet(2)


SCENARIO = Scenario(
    name="ip-tunnel-held-ipip",
    about="An inside host fetches pages through an IPv4-in-IPv4 tunnel to a machine outside.",
    detectors=("ip-tunnel",),
    tools={"socat": "socat"},
    held_out=True,
    run=run,
)
