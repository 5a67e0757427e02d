"""Two sites joined by a GRE tunnel, with ordinary traffic through it."""

from lab.namespaces import unlines
from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.benign.carrier import CARRIER


def run(net: Range) -> None:
    one, other = net.inside("gate1", 2), net.outside("gate2")
    net.everyday()
    for number, (host, peer) in enumerate(((one, other), (other, one)), 1):
        file = host.folder / "carrier.py"
        file.write_text(unlines([CARRIER]))
        host.start("/usr/bin/python3", str(file), host.ip, peer.ip, "47", f"10.99.0.{number}/24")
    net.web(other)
    net.quiet(1)
    net.loop(one, "ping -n -q -c 1 -W 1 10.99.0.2", 0.5)
    net.loop(one, "curl -s -m 3 -o /dev/null http://10.99.0.2/logo.png http://10.99.0.2/", 0.8)
    net.quiet(10)


SCENARIO = Scenario(
    name="tunnel-gre",
    about="A site's gateway reaches another's through GRE: pings and pages.",
    run=run,
)
