"""A person's computer and a machine outside carry IP packets to each other in GRE (RFC 2784)."""

from lab.namespaces import has_interface, wait_for
from lab.range import Range
from lab.scenario import Scenario

# The kernel may know no GRE: a program puts the four octets before what a TUN device gives.
END = """
import fcntl, os, select, socket, struct, subprocess, sys
peer, address = sys.argv[1:]
device = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(device, 0x400454ca, struct.pack('16sH', b'gre9', 0x1001))  # TUNSETIFF: IFF_TUN | IFF_NO_PI
subprocess.run(['ip', 'address', 'add', address, 'dev', 'gre9'], check=True)
subprocess.run(['ip', 'link', 'set', 'gre9', 'mtu', '1400', 'up'], check=True)
wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
while True:
    for ready in select.select([device, wire], [], [])[0]:
        if ready == device:
            packet = os.read(device, 2000)
            if packet[0] >> 4 == 4:
                wire.sendto(b'\\0\\0\\x08\\0' + packet, (peer, 0))
        else:
            packet = wire.recv(2100)
            os.write(device, packet[4 * (packet[0] & 15) + 4:])
"""


def run(net: Range) -> None:
    client, end = net.inside("pc4"), net.outside("www")
    net.web(end)
    net.everyday()
    net.loop(client, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.5)
    net.quiet(4)
    with net.attack(
        "ip-tunnel",
        by=client,
        victims=[],
        frames=f"ip proto 47 and dst host {end.ip}",
        responses=f"ip proto 47 and src host {end.ip}",
    ):
        net.start(end, "/usr/bin/python3", "-c", END, client.ip, "172.29.4.1/30")
        net.start(client, "/usr/bin/python3", "-c", END, end.ip, "172.29.4.2/30")
        for host in (client, end):
            wait_for("the tunnel", has_interface(host, "gre9"))
        net.quiet(1)
        for page in ("", "report.pdf", "logo.png", ""):
            net.tool(client, *f"curl -s -m 4 -o /dev/null http://172.29.4.1/{page}".split())
            net.quiet(1.5)
    net.quiet(3)


SCENARIO = Scenario(
    name="ip-tunnel-held-gre",
    about="A person's computer fetches pages and a file through a GRE tunnel to a machine outside.",
    detectors=("ip-tunnel",),
    held_out=True,
    snap_octets=110,
    run=run,
)
