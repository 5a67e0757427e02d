"""The router is restarted: it says farewell, is away for some seconds, and makes itself known again."""

from lab.range import Range
from lab.scenario import Scenario

CONFIGURATION = """interface eth0 { AdvSendAdvert on; MinRtrAdvInterval 4; MaxRtrAdvInterval 6;
 prefix fd00:20::/64 { AdvOnLink on; AdvAutonomous on; }; RDNSS fd00:20::53 { }; };
"""


def run(net: Range) -> None:
    router, www = net.router(), net.web(net.outside("www"))
    conf, pid = router.folder / "radvd.conf", router.folder / "radvd.pid"
    conf.write_text(CONFIGURATION)
    conf.chmod(0o644)
    net.everyday(lead=1.0)
    net.loop(net.inside("pc1"), f"curl -s -m 2 -o /dev/null http://{www.ip}/", 0.8)
    net.loop(net.inside("pc2"), f"ping -6 -n -q -c 1 -W 1 {www.ip6}", 0.9)
    words = ["radvd", "-n", "-C", str(conf), "-m", "stderr", "-p", str(pid)]
    running = router.start(*words)
    net.quiet(8)
    net.end(running)  # a last advertisement with lifetime 0
    router.run("ip", "link", "set", "eth0", "down")
    net.quiet(6)
    router.run("ip", "link", "set", "eth0", "up")
    # The kernel forgot its IPv6 addresses as the interface went down, and looks whether they are free.
    router.run("sysctl", "-qw", "net.ipv6.conf.eth0.accept_dad=1")
    router.run("ip", "address", "replace", "fd00:20::1/64", "dev", "eth0", check=False)
    announce = "arping -U -i eth0 -c 3 -W 0.5 -S 10.20.0.1 10.20.0.1"
    router.run(*announce.split(), check=False)
    router.start(*words)
    net.quiet(14)


SCENARIO = Scenario(
    name="router-reboot",
    about="The router stops, is away for six seconds, and announces its addresses and prefix again.",
    tools={"radvd": "radvd", "arping": "arping"},
    held_out=True,
    snap_octets=220,
    run=run,
)
