"""A mirror port that hands out each frame twice, once as it comes and once as it leaves."""

import time

from lab.range import Range
from lab.scenario import Scenario

SECOND_COPY = 0.000_03  # seconds after the first


def run(net: Range) -> None:
    www = net.web(net.outside("www"))
    people = [net.inside(name) for name in ("pc1", "pc2", "pc3")]
    net.everyday()
    for person in people:
        net.loop(person, f"curl -s -m 5 http://{www.ip}/report.pdf http://{www.ip}/ -o /dev/null", 1.2)
    net.quiet(10)
    taken = net.finish().frames
    host, now = people[0], time.time_ns()
    moments = [((frame.when - now) / 1e9, frame.octets) for frame in taken]
    twice = [(when + late, host, octets) for when, octets in moments for late in (0.0, SECOND_COPY)]
    net.made(twice, net.link_type)


SCENARIO = Scenario(
    name="mirrored-twice",
    about="Ordinary traffic of which the mirror port gave every frame twice.",
    run=run,
    snap_octets=100,
)
