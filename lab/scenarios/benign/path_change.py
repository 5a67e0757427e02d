"""Packets take another way in the middle of connections: the TTL changes, and some overtake others."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    www, relay, pc3 = net.web(net.outside("www")), net.outside("relay"), net.inside("pc3")
    (www.folder / "www" / "system.iso").write_bytes(bytes(1_500_000))
    router = net.router()
    relay.sysctl(
        net__ipv4__ip_forward="1",
        net__ipv4__conf__all__send_redirects="0",
        net__ipv4__conf__eth0__send_redirects="0",
    )
    relay.run("ip", "route", "add", "10.20.0.0/24", "via", router.ip.replace("10.20.0", "198.51.100"))
    net.everyday()
    pc3.start("curl", "-s", "--limit-rate", "100k", "-o", "/dev/null", f"http://{www.ip}/system.iso")
    net.loop(pc3, f"curl -s -m 3 -o /dev/null http://{www.ip}/logo.png", 0.7)
    net.loop(pc3, f"ping -n -q -c 1 -W 1 {www.ip}", 0.5)
    for _ in range(3):
        net.quiet(2.5)
        router.run("ip", "route", "replace", f"{www.ip}/32", "via", relay.ip)
        www.run("ip", "route", "replace", "10.20.0.0/24", "via", relay.ip)
        net.quiet(2.5)
        router.run("ip", "route", "delete", f"{www.ip}/32")
        www.run("ip", "route", "delete", "10.20.0.0/24")
    net.quiet(1)


SCENARIO = Scenario(
    name="path-change",
    about="The way to a web server outside changes six times while a download and short fetches go on.",
    run=run,
    held_out=True,
    snap_octets=100,
)
