"""Only what clients sent was recorded: no connection is ever seen to be answered."""

import time

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    www = net.web(net.outside("www"))
    people = [net.inside(name) for name in ("pc1", "pc2", "pc3", "pc4")]
    net.everyday()
    for person in people:
        page = " ".join(f"http://{www.ip}/logo.png?{picture}" for picture in range(8))
        net.loop(person, f"curl -s -Z --parallel-max 6 -m 5 {page} -o /dev/null", 0.6)
        net.loop(person, f"ping -n -q -c 3 -i 0.2 -W 1 {www.ip}", 1.0)
        net.loop(person, f"dig +tries=1 +timeout=2 @{net.names().ip} web.range.example", 0.3)
    net.quiet(12)
    taken = net.finish().frames
    hosts = {person.name: person for person in people}
    now = time.time_ns()
    net.made(
        [
            ((frame.when - now) / 1e9, hosts[frame.port], frame.octets)
            for frame in taken
            if frame.port in hosts
        ],
        net.link_type,
    )


SCENARIO = Scenario(
    name="one-sided-requests",
    about="Four people browse, ping and look up names; only what they sent was recorded.",
    run=run,
    held_out=True,
)
