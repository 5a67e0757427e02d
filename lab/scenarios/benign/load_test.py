"""A load test: hundreds of connections in seconds, every one of them completed and answered."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    web, tester, visitor = net.web(), net.inside("tester"), net.outside("visitor")
    net.everyday()
    for host, count in ((tester, 450), (visitor, 350)):
        words = ["-Z", "--parallel-max", "40", "-m", "20", "-H", "Connection: close", "-o", "/dev/null"]
        host.run("curl", "-s", *words, f"http://{web.ip}/form?[1-{count}]")
        net.quiet(1)
    net.quiet(2)


SCENARIO = Scenario(
    name="load-test",
    about="Two testers fetch 800 small answers on as many connections, forty at a time.",
    run=run,
    snap_octets=90,
)
