"""People who open many pages at once."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    www = net.web(net.outside("www"))
    people = [net.inside(name) for name in ("pc1", "pc2", "pc3", "pc4")]
    net.everyday()
    for number, person in enumerate(people):
        # A page and what it needs, on six connections at a time, as browsers do.
        page = " ".join(f"http://{www.ip}/logo.png?{picture}" for picture in range(8))
        net.loop(person, f"curl -s -Z --parallel-max 6 -m 5 {page} -o /dev/null", 0.8 + number / 5)
    net.quiet(15)


SCENARIO = Scenario(
    name="busy-browsing",
    about="Four people open pages with many pictures, six connections at a time.",
    run=run,
)
