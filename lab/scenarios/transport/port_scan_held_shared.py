"""Eight machines share the ports of one server between them."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    bots = [net.outside(f"bot{number}") for number in range(1, 9)]
    server = net.web(net.inside("files"))
    net.everyday()
    net.loop(net.inside("pc2"), f"curl -s -m 3 -o /dev/null http://{server.ip}/", 1.1)
    with net.attack(
        "port-scan",
        by=bots,
        victims=[server],
        frames=f"tcp and dst host {server.ip}",
        responses=f"tcp and src host {server.ip} and dst net 198.51.100.0/24",
    ):
        started = []
        for number, bot in enumerate(bots):
            # Every eighth port of 1 to 320.
            ports = ",".join(str(port) for port in range(1 + number, 321, 8))
            words = f"nmap -n -Pn -sS --max-retries 0 --scan-delay 250ms -p {ports} {server.ip}"
            started.append(net.start(bot, *words.split()))
        for process in started:
            process.wait(30)
    net.quiet(3)


SCENARIO = Scenario(
    name="port-scan-held-shared",
    about="Eight machines outside try forty ports each of one server by nmap -sS, four a second each.",
    detectors=("port-scan",),
    tools={"nmap": "nmap"},
    run=run,
)
