"""A monitoring server goes on asking for hosts that are switched off."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    station = net.inside("station", 5)
    hosts = [net.inside(f"desk{number}") for number in range(18)]
    net.everyday()
    asleep = [f"10.20.0.{number}" for number in range(240, 246)]
    everybody = " ".join([*(host.ip for host in hosts), *asleep])
    net.loop(station, f"fping -q -c 1 -t 400 {everybody}", 1.0)
    for address in (hosts[0].ip, hosts[1].ip, *asleep[:3]):
        net.loop(station, f"ncat -w 1 -z {address} 22", 2.0)
    net.quiet(16)


SCENARIO = Scenario(
    name="monitoring-gaps",
    about="A station pings twenty-four hosts every second; six are switched off, some refuse SSH.",
    tools={"fping": "fping", "ncat": "ncat"},
    run=run,
    held_out=True,
)
