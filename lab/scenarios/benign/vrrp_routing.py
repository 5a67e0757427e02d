"""Two gateways that share an address route what hosts send there; the first fails and comes back."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.benign.vrrp_failover import CONFIGURATION


def run(net: Range) -> None:
    first, second = net.inside("gateway1", 2), net.inside("gateway2", 3)
    www, people = net.web(net.outside("www")), [net.inside("pc3"), net.inside("pc4")]
    for gateway in (first, second):
        gateway.sysctl(
            net__ipv4__ip_forward="1",
            net__ipv4__conf__all__send_redirects="0",
            net__ipv4__conf__eth0__send_redirects="0",
        )
    for person in people:
        person.run("ip", "route", "replace", "default", "via", "10.20.0.254")
    net.everyday()

    def command(host: str, state: str, priority: str) -> list[str]:
        text = CONFIGURATION.replace("STATE", state).replace("PRIORITY", priority).replace("NAME", host)
        folder = net.hosts[host].folder
        file = folder / "keepalived.conf"
        file.write_text(text)
        return ["keepalived", "-n", "-l", "-P", "-f", str(file), "-p", str(folder / "keepalived.pid")]

    master = first.start(*command("gateway1", "MASTER", "150"))
    second.start(*command("gateway2", "BACKUP", "100"))
    for person in people:
        net.loop(person, f"curl -s -m 3 -o /dev/null http://{www.ip}/logo.png", 0.7)
        net.loop(person, f"ping -n -q -c 1 -W 1 {www.ip}", 1.0)
    net.quiet(9)
    net.end(master)
    net.quiet(8)
    first.start(*command("gateway1", "MASTER", "150"))
    net.quiet(9)


SCENARIO = Scenario(
    name="vrrp-routing",
    about="Two VRRP routers route for two people; the first is restarted.",
    tools={"keepalived": "keepalived"},
    run=run,
    snap_octets=110,
)
