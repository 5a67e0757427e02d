"""A site without IPv6 of its own has a tunnel to a broker (RFC 4213)."""

from lab.namespaces import unlines
from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.benign.carrier import CARRIER


def run(net: Range) -> None:
    site, broker = net.inside("gate1", 2), net.outside("broker")
    net.everyday()
    for number, (host, peer) in enumerate(((site, broker), (broker, site)), 1):
        file = host.folder / "carrier.py"
        file.write_text(unlines([CARRIER]))
        host.start("/usr/bin/python3", str(file), host.ip, peer.ip, "41", f"2001:db8:99::{number}/64")
    net.web(broker)
    net.quiet(1)
    net.loop(site, "ping -n -q -c 1 -W 1 2001:db8:99::2", 0.5)
    net.loop(site, "curl -s -m 3 -o /dev/null -g http://[2001:db8:99::2]/logo.png", 0.8)
    net.quiet(10)


SCENARIO = Scenario(
    name="tunnel-6in4",
    about="A site reaches IPv6 through a 6in4 tunnel to a broker: pings and pages.",
    run=run,
    held_out=True,
)
