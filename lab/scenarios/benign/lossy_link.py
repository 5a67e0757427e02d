"""A cable that loses six of a hundred frames."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.benign.bad_cable import traffic


def run(net: Range) -> None:
    traffic(net, "--loss 6 --delay 15 --jitter 5")


SCENARIO = Scenario(
    name="lossy-link",
    about="Two people fetch and send files over cables each of which loses six of a hundred frames.",
    run=run,
    snap_octets=100,
)
