"""A router on a stick: three VLANs between two machines on one trunk, beside untagged traffic."""

from lab.namespaces import Host, has_interface, wait_for
from lab.range import Range
from lab.scenario import Scenario

# The kernel may know no VLANs (802.1Q): a program tags what a TAP device gives, and takes the tag off again.
# In what it receives the tag is beside the frame (packet(7), PACKET_AUXDATA: tp_vlan_tci at offset 16).
TAGGER = """
import fcntl, os, select, socket, struct, subprocess, sys
vlan, device, mac, *addresses = sys.argv[1:]
tap = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tap, 0x400454ca, struct.pack('16sH', device.encode(), 0x1002))  # TUNSETIFF: IFF_TAP | IFF_NO_PI
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind(('eth0', 0))
wire.setsockopt(263, 8, 1)  # SOL_PACKET, PACKET_AUXDATA
wire.setsockopt(263, 1, struct.pack('iHH8s', socket.if_nametoindex('eth0'), 1, 0, b''))  # promiscuous
subprocess.run(['ip', 'link', 'set', device, 'address', mac, 'up'], check=True)
for address in addresses:
    subprocess.run(['ip', 'address', 'add', address, 'dev', device], check=True)
while True:
    for ready in select.select([tap, wire], [], [])[0]:
        if ready == tap:
            frame = os.read(tap, 2000)
            wire.send(frame[:12] + struct.pack('>HH', 0x8100, int(vlan)) + frame[12:])
        else:
            frame, notes, _, source = wire.recvmsg(2000, 256)
            tags = [struct.unpack_from('=H', note[2], 16)[0] for note in notes if note[:2] == (263, 8)]
            if source[2] != 4 and tags and tags[0] & 4095 == int(vlan):
                os.write(tap, frame)
"""


def tagged(host: Host, vlan: int, mac: str, *addresses: str) -> None:
    """Give the host an interface `vlan<number>` whose frames travel over eth0 with that tag."""
    device = f"vlan{vlan}"
    host.start("/usr/bin/python3", "-c", TAGGER, str(vlan), device, mac, *addresses)
    wait_for(device, has_interface(host, device))


def run(net: Range) -> None:
    core, rack = net.inside("gateway1", 3), net.inside("hypervisor", 7)
    net.web(rack)
    net.everyday()
    for vlan in (10, 20, 30):
        tagged(core, vlan, core.mac, f"10.20.{vlan}.1/24")
        tagged(rack, vlan, f"52:54:00:00:00:{vlan}", f"10.20.{vlan}.10/24")
    net.quiet(1)
    net.loop(core, "curl -s -m 3 -o /dev/null http://10.20.10.10/report.pdf", 1.5)
    net.loop(core, "curl -s -m 3 -o /dev/null http://10.20.20.10/logo.png", 0.4)
    net.loop(core, "ping -n -q -c 1 -W 1 10.20.30.10", 0.5)
    net.loop(rack, "for vlan in 10 20 30; do ping -n -q -c 1 -W 1 10.20.$vlan.1; done", 0.8)
    net.quiet(14)


SCENARIO = Scenario(
    name="vlan-trunk",
    about="A gateway and a host of virtual machines speak in three VLANs on one trunk: pages and pings.",
    run=run,
    held_out=True,
    snap_octets=100,
)
