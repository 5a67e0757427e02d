"""An administrator measures a line with iperf3: TCP both ways, with four streams, then UDP both ways."""

from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    server, person = net.outside("www"), net.inside("pc4")
    server.start("iperf3", "-s", "-p", "5201")
    wait_for("iperf3", listens(server, 5201))
    net.everyday()
    tests = (
        "-t 2 -b 4M",
        "-t 2 -b 4M -R",
        "-t 2 -b 1500K -P 4",
        "-u -t 3 -b 5M -l 1200",
        "-u -t 3 -b 5M -l 1200 -R",
    )
    for words in tests:
        person.run("iperf3", "-c", server.ip, *words.split())
        net.quiet(0.5)
    net.quiet(2)


SCENARIO = Scenario(
    name="iperf-tests",
    about="A person measures a line by iperf3: TCP, four streams of it, UDP of 500 a second, both ways.",
    tools={"iperf3": "iperf3"},
    run=run,
    held_out=True,
    snap_octets=90,
)
