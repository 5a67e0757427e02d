"""atk6-fake_advertise6 says in advance that the addresses are taken."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, new = net.inside("attacker"), net.inside("pc3")
    new.sysctl(net__ipv6__conf__all__accept_dad="1", net__ipv6__conf__eth0__accept_dad="1")
    net.everyday()
    wanted = [f"fd00:20::e:{number}" for number in range(1, 4)]
    with net.attack(
        "dad-denial",
        by=attacker,
        attackers=[attacker.mac],
        victims=[new.mac],
        others={"claimed": wanted},
        frames="ip6 and ip6[6] == 58 and ip6[40] == 136",
        responses="ip6 and ip6[6] == 58 and ip6[40] == 135",
    ):
        tools = [net.start(attacker, *f"atk6-fake_advertise6 -w 1 eth0 {one}".split()) for one in wanted]
        net.quiet(2)
        for address in wanted:
            new.run("ip", "-6", "address", "add", f"{address}/64", "dev", "eth0")
            net.quiet(2)
        for tool in tools:
            net.end(tool)
    net.quiet(2)


SCENARIO = Scenario(
    name="dad-denial-held-advertise",
    about="atk6-fake_advertise6 claims three addresses each second while a host tries to take them.",
    detectors=("dad-denial",),
    tools={"atk6-fake_advertise6": "thc-ipv6"},
    held_out=True,
    run=run,
)
