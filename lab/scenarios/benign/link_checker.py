"""A link checker visits many sites; some are gone, some have moved to another port."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    sites = [net.outside(f"site{number}") for number in range(16)]
    for site in sites[:11]:
        net.web(site)
    pc3 = net.inside("pc3")
    net.everyday()
    gone = ["198.51.100.230", "198.51.100.231", "203.0.113.7"]
    for page in range(6):
        for address in (*(site.ip for site in sites), *gone):
            for scheme in ("http", "https"):
                words = ["-s", "-k", "-m", "1", "-I", "-o", "/dev/null"]
                pc3.start("curl", *words, f"{scheme}://{address}/page{page}")
            net.quiet(0.05)
    net.quiet(3)


SCENARIO = Scenario(
    name="link-checker",
    about="A link checker asks nineteen sites for pages by HTTP and HTTPS; five refuse, three do not answer.",
    run=run,
    held_out=True,
    snap_octets=100,
)
