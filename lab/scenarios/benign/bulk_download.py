"""A large file is fetched from outside in four parts at a time."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    www = net.web(net.outside("www"))
    (www.folder / "www" / "system.iso").write_bytes(bytes(5_000_000))
    pc3 = net.inside("pc3")
    net.everyday()
    parts = []
    for number in range(4):
        span = f"{number * 1_250_000}-{number * 1_250_000 + 1_249_999}"
        parts.append(
            pc3.start("curl", "-s", "-m", "20", "-r", span, "-o", "/dev/null", f"{www.ip}/system.iso")
        )
    for part in parts:
        part.wait(25)
    net.quiet(4)


SCENARIO = Scenario(
    name="bulk-download",
    about="A person fetches a system image from outside, in four parts at the same time.",
    run=run,
    snap_octets=100,
)
