"""IP packets within echo requests and replies, as hans and icmptunnel carry them: pages and a file."""

from lab.namespaces import has_interface, wait_for
from lab.range import Range
from lab.scenario import Scenario

# Debian has neither of the two. The client asks all the time, so that the server can answer at once.
END = """
import fcntl, os, select, socket, struct, subprocess, sys, time
side, peer, address = sys.argv[1:]
device = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(device, 0x400454ca, struct.pack('16sH', b'tun0', 0x1001))  # TUNSETIFF: IFF_TUN | IFF_NO_PI
subprocess.run(['ip', 'address', 'add', address, 'dev', 'tun0'], check=True)
subprocess.run(['ip', 'link', 'set', 'tun0', 'mtu', '1300', 'up'], check=True)
wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
own, wanted = (8, 0) if side == 'client' else (0, 8)
sequence, waiting, polled = 0, [], 0.0
def checksum(octets):
    words = sum(struct.unpack('>%dH' % (len(octets) // 2), octets[:len(octets) // 2 * 2]))
    words += octets[-1] << 8 if len(octets) % 2 else 0
    while words >> 16:
        words = (words & 0xffff) + (words >> 16)
    return 0xffff - words
def send(number, octets):
    head = struct.pack('>BBHHH', own, 0, 0, 0x1818, number) + octets
    wire.sendto(head[:2] + struct.pack('>H', checksum(head)) + head[4:], (peer, 0))
while True:
    ready, _, _ = select.select([device, wire], [], [], 0.05)
    if device in ready:
        packet = os.read(device, 2000)
        if side == 'client':
            sequence = (sequence + 1) & 0xffff
            send(sequence, packet)
        else:
            send(waiting.pop(0) if len(waiting) > 1 else waiting[0] if waiting else 0, packet)
    if wire in ready:
        packet, (sender, _) = wire.recvfrom(2100)
        message = packet[4 * (packet[0] & 15):]
        if sender == peer and message[0] == wanted and message[4:6] == b'\\x18\\x18':
            if side == 'server':
                waiting = (waiting + [struct.unpack('>H', message[6:8])[0]])[-8:]
            if len(message) > 8:
                os.write(device, message[8:])
    if side == 'client' and time.monotonic() - polled > 0.1:
        polled = time.monotonic()
        sequence = (sequence + 1) & 0xffff
        send(sequence, b'')
"""


def run(net: Range) -> None:
    client, server = net.inside("attacker"), net.outside("www")
    server.sysctl(net__ipv4__icmp_echo_ignore_all="1")
    net.web(server)
    net.everyday()
    net.loop(net.inside("pc1"), f"ping -n -q -c 1 -W 1 {net.router().ip}", 0.7)
    with net.attack(
        "icmp-tunnel",
        by=client,
        victims=[],
        frames=f"icmp and dst host {server.ip}",
        responses=f"icmp and src host {server.ip} and dst host {client.ip}",
    ):
        net.start(server, "/usr/bin/python3", "-c", END, "server", client.ip, "172.30.0.1/24")
        net.start(client, "/usr/bin/python3", "-c", END, "client", server.ip, "172.30.0.2/24")
        for host in (client, server):
            wait_for("the tunnel", has_interface(host, "tun0"))
        net.quiet(1)
        for page in ("index.html", "logo.png", "report.pdf", "index.html"):
            words = f"curl -s -m 6 --limit-rate 60k -o /dev/null http://172.30.0.1/{page}"
            net.tool(client, *words.split(), seconds=8)
            net.quiet(1)
        # Both ends go on asking until the recording ends.
        net.quiet(2)


SCENARIO = Scenario(
    name="icmp-tunnel-held-tun",
    about="An inside host has a network interface within echo messages and fetches pages and a file by it.",
    detectors=("icmp-tunnel",),
    held_out=True,
    snap_octets=110,
    run=run,
)
