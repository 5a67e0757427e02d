"""ptunnel carries web requests in echo messages."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    client, proxy = net.inside("attacker"), net.web(net.outside("www"))
    pinger = net.inside("pc3")
    net.everyday()
    net.loop(pinger, f"ping -n -q -c 1 -W 1 {proxy.ip}", 0.7)
    with net.attack(
        "icmp-tunnel",
        by=client,
        victims=[],
        frames=f"icmp and dst host {proxy.ip}",
        responses=f"icmp and src host {proxy.ip} and dst host {client.ip}",
    ):
        server = net.start(proxy, "ptunnel", "-c", "eth0")
        forwarder = net.start(client, *f"ptunnel -p {proxy.ip} -lp 8000 -da {proxy.ip} -dp 80".split())
        net.quiet(1)
        for _ in range(6):
            net.tool(client, "curl", "-s", "-m", "4", "-o", "/dev/null", "http://127.0.0.1:8000/", seconds=5)
            net.quiet(0.5)
        net.end(forwarder)
        net.end(server)
    net.quiet(2)


SCENARIO = Scenario(
    name="icmp-tunnel-ptunnel",
    about="ptunnel carries six web requests in echo requests and replies; another host pings.",
    detectors=("icmp-tunnel",),
    tools={"ptunnel": "ptunnel"},
    run=run,
)
