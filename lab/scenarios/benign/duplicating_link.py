"""A cable that doubles every fourth frame."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.benign.bad_cable import traffic


def run(net: Range) -> None:
    traffic(net, "--duplicate 25 --delay 3")


SCENARIO = Scenario(
    name="duplicating-link",
    about="Two people fetch and send files over cables each of which doubles every fourth frame.",
    run=run,
    snap_octets=100,
)
