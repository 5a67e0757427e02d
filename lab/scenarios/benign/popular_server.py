"""A page becomes popular: sixty visitors within seconds, many connections each."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    web = net.web()
    crowd = net.outside("crowd")
    addresses = [f"198.51.100.{number}" for number in range(170, 230)]
    net.everyday()
    added = [f"ip address add {address}/24 dev eth0" for address in addresses]
    crowd.run("sh", "-ec", "\n".join(added))
    page = f"http://{web.ip}/ http://{web.ip}/logo.png?1 http://{web.ip}/logo.png?2"
    for _ in range(3):
        for address in addresses:
            crowd.start(
                "curl", "-s", "-Z", "-m", "5", "--interface", address, *page.split(), "-o", "/dev/null"
            )
            net.quiet(0.03)
    net.quiet(3)


SCENARIO = Scenario(
    name="popular-server",
    about="Sixty visitors open a page and its pictures within seconds, three times.",
    run=run,
    held_out=True,
    snap_octets=90,
)
