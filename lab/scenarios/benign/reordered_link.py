"""A cable that lets every eighth frame wait."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.benign.bad_cable import traffic


def run(net: Range) -> None:
    traffic(net, "--reorder 12 --delay 5 --jitter 2")


SCENARIO = Scenario(
    name="reordered-link",
    about="Two people fetch and send files over cables each of which lets every eighth frame wait.",
    run=run,
    held_out=True,
    snap_octets=100,
)
