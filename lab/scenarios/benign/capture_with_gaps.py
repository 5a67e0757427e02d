"""A recorder that was too slow: one frame in eight is missing, at random."""

import random

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.benign.lost_frames import traffic


def run(net: Range) -> None:
    chance = random.Random(8)
    traffic(net, 12, lambda _: chance.random() >= 1 / 8)


SCENARIO = Scenario(
    name="capture-with-gaps",
    about="Browsing, FTP, DNS and pings, of which every eighth frame was not recorded.",
    tools={"fping": "fping", "vsftpd": "vsftpd"},
    run=run,
    snap_octets=100,
)
