"""atk6-dos-new-ip6 answers every duplicate address detection."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, new = net.inside("attacker"), net.inside("pc3")
    new.sysctl(net__ipv6__conf__all__accept_dad="1", net__ipv6__conf__eth0__accept_dad="1")
    net.everyday()
    new.run("ip", "-6", "address", "add", "fd00:20::c:0/64", "dev", "eth0")
    net.quiet(3)
    wanted = [f"fd00:20::c:{number}" for number in range(1, 6)]
    with net.attack(
        "dad-denial",
        by=attacker,
        # Its frames carry MAC addresses that it makes up.
        attacker_known=False,
        victims=[new.mac],
        others={"claimed": wanted},
        frames="ip6 and ip6[6] == 58 and ip6[40] == 136",
        responses="ip6 and ip6[6] == 58 and ip6[40] == 135",
    ):
        tool = net.start(attacker, "atk6-dos-new-ip6", "eth0")
        net.quiet(1)
        for address in wanted:
            new.run("ip", "-6", "address", "add", f"{address}/64", "dev", "eth0")
            net.quiet(1.6)
        net.end(tool)
    net.quiet(2)


SCENARIO = Scenario(
    name="dad-denial-thc",
    about="atk6-dos-new-ip6 lets a host that wants an address have none of five that it tries.",
    detectors=("dad-denial",),
    tools={"atk6-dos-new-ip6": "thc-ipv6"},
    run=run,
)
