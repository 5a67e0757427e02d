"""Only one direction was recorded, as on a tap with two ports of which one is plugged in."""

import time

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    www = net.web(net.outside("www"))
    net.web()
    people = [net.inside(name) for name in ("pc1", "pc2", "pc3", "pc4")]
    net.everyday()
    for person in people:
        page = " ".join(f"http://{www.ip}/logo.png?{picture}" for picture in range(6))
        net.loop(person, f"curl -s -Z --parallel-max 6 -m 5 {page} -o /dev/null", 1.0)
        net.loop(person, f"ping -n -q -c 3 -i 0.2 -W 1 {www.ip}", 1.0)
    net.quiet(12)
    taken = net.finish().frames
    # What servers and the router say; what people say is missing.
    hosts = [net.hosts[name] for name in ("web", "names", "router")]
    kept = [(frame, next((host for host in hosts if host.name == frame.port), None)) for frame in taken]
    now = time.time_ns()
    net.made(
        [((frame.when - now) / 1e9, host, frame.octets) for frame, host in kept if host is not None],
        net.link_type,
    )


SCENARIO = Scenario(
    name="one-sided-capture",
    about="People browse and ping; of all that only what servers and the router sent was recorded.",
    run=run,
)
