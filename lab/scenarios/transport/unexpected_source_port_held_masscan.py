"""masscan --source-port 53 over the ports of a server."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, server = net.outside("attacker"), net.inside("files")
    net.everyday()
    with net.attack(
        "unexpected-source-port",
        by=attacker,
        victims=[server],
        also=["port-scan"],
        frames=f"tcp and dst host {server.ip} and src port 88",
        responses=f"tcp and src host {server.ip} and dst host {attacker.ip}",
    ):
        words = "masscan -p135,139,389,445,3306,3389,5432,5900,8000-8020 --source-port 88 --rate 4 --wait 1"
        words += f" --adapter-ip {attacker.ip} --interface eth0 --router-ip 198.51.100.1 {server.ip}"
        net.tool(attacker, *words.split())
    net.quiet(3)


SCENARIO = Scenario(
    name="unexpected-source-port-held-masscan",
    about="masscan tries 29 ports of a file server from port 88, that of Kerberos, four a second.",
    detectors=("unexpected-source-port",),
    tools={"masscan": "masscan"},
    held_out=True,
    run=run,
)
