"""A site gets another IPv6 prefix: the old one is deprecated, all hosts form new addresses and use them."""

from pathlib import Path

from lab.namespaces import Host
from lab.range import Range
from lab.scenario import Scenario

BEFORE = "prefix 2001:db8:a::/64 { AdvPreferredLifetime 600; AdvValidLifetime 1200; };"
AFTER = (
    "prefix 2001:db8:a::/64 { AdvPreferredLifetime 0; AdvValidLifetime 60; };"
    " prefix 2001:db8:b::/64 { AdvPreferredLifetime 600; AdvValidLifetime 1200; };"
)


def advertise(router: Host, name: str, prefixes: str) -> None:
    """Run radvd with these prefixes from now on."""
    conf: Path = router.folder / f"{name}.conf"
    conf.write_text(
        "interface eth0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 5; AdvDefaultLifetime 600;"
        f" {prefixes} }};\n"
    )
    conf.chmod(0o644)
    router.start("radvd", "-n", "-C", str(conf), "-m", "stderr", "-p", str(router.folder / f"{name}.pid"))


def run(net: Range) -> None:
    router = net.router()
    hosts = [net.inside(f"desk{number}", address=False) for number in range(14)]
    for host in hosts:
        host.run("ip", "link", "set", "eth0", "down")
        host.sysctl(
            net__ipv6__conf__eth0__accept_dad="1",
            net__ipv6__conf__all__accept_dad="1",
            net__ipv6__conf__eth0__use_tempaddr="2",
        )
    for prefix in ("a", "b"):
        router.run("ip", "address", "add", f"2001:db8:{prefix}::1/64", "dev", "eth0", "nodad")
    net.everyday()
    advertise(router, "before", BEFORE)
    for host in hosts:
        host.start("ip", "link", "set", "eth0", "up")
        net.loop(host, f"ping -n -q -c 1 -W 1 {net.outside('visitor').ip6}", 1.5)
    net.quiet(10)
    router.run("sh", "-c", f"kill $(cat {router.folder}/before.pid)")
    net.quiet(1)
    advertise(router, "after", AFTER)
    net.quiet(14)


SCENARIO = Scenario(
    name="ipv6-renumbering",
    about="A router gives fourteen hosts another IPv6 prefix and lets the old one expire.",
    tools={"radvd": "radvd"},
    run=run,
    held_out=True,
)
