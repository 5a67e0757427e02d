"""Video in segments over HTTP: a burst every two seconds on one connection."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    www = net.web(net.outside("www"))
    for number in range(8):
        (www.folder / "www" / f"segment{number}.ts").write_bytes(bytes(120_000 + 20_000 * (number % 3)))
    viewers = [net.inside(name) for name in ("pc3", "pc4")]
    net.everyday()
    for number, viewer in enumerate(viewers):
        # curl keeps the connection, and its --rate is the player's pace.
        segments = f"http://{www.ip}/segment[0-7].ts"
        viewer.start("curl", "-s", "--rate", f"{30 - 6 * number}/m", "-o", "/dev/null", segments)
    net.quiet(17)


SCENARIO = Scenario(
    name="video-streaming",
    about="Two people watch a video that comes in segments every two seconds.",
    run=run,
    snap_octets=100,
)
