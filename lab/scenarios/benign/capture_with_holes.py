"""A recorder with a full buffer: now and then many frames in a row are missing."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.benign.lost_frames import traffic

PERIOD, HOLE = 170, 45  # frames


def run(net: Range) -> None:
    traffic(net, 10, lambda number: number % PERIOD >= HOLE)


SCENARIO = Scenario(
    name="capture-with-holes",
    about="Browsing, FTP, DNS and pings, of which 45 frames in a row are missing again and again.",
    tools={"fping": "fping", "vsftpd": "vsftpd"},
    run=run,
    held_out=True,
    snap_octets=100,
)
