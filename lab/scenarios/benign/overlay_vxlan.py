"""Two hosts of virtual machines speak VXLAN with each other (RFC 7348): a datagram for each inner frame."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    one, other = net.inside("hypervisor1", 7), net.inside("hypervisor2", 8)
    net.web(other)
    net.everyday()
    for number, (host, peer) in enumerate(((one, other), (other, one)), 1):
        host.run(*f"ip link add vx5 type vxlan id 5 remote {peer.ip} dstport 4789 dev eth0".split())
        host.run("ip", "address", "add", f"172.31.5.{number}/24", "dev", "vx5")
        host.run("ip", "link", "set", "vx5", "mtu", "1400", "up")
    net.loop(one, "curl -s -m 9 --limit-rate 600k -o /dev/null http://172.31.5.2/report.pdf", 0.1)
    net.loop(one, "curl -s -m 3 -o /dev/null http://172.31.5.2/", 0.05)
    net.loop(other, "ping -n -q -c 3 -i 0.2 172.31.5.1", 0.1)
    net.quiet(13)


SCENARIO = Scenario(
    name="overlay-vxlan",
    about="Two hosts of virtual machines exchange pages, pings and a file through VXLAN.",
    run=run,
    held_out=True,
    snap_octets=110,
)
