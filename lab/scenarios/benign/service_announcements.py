"""What printers, televisions and loudspeakers tell everybody: mDNS, DNS-SD, SSDP."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

# A device (UPnP Device Architecture 2.0, section 1): announces itself, answers searches to who searched.
DEVICE = """
import random, select, socket, struct, sys, time
own, name = sys.argv[1:]
group = ('239.255.255.250', 1900)
kinds = ['upnp:rootdevice', 'urn:schemas-upnp-org:device:Basic:1', 'urn:schemas-upnp-org:service:Switch:1']
heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
heard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
heard.bind(('', 1900))
both = socket.inet_aton(group[0]) + socket.inet_aton(own)
heard.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, both)
heard.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
heard.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 2)
def text(first, kind, field):
    return '\\r\\n'.join([first, 'CACHE-CONTROL: max-age=1800', f'LOCATION: http://{own}:5000/device.xml',
        'SERVER: Lab/1 UPnP/2.0 ' + name, f'{field}: {kind}', f'USN: uuid:{name}::{kind}', '', '']).encode()
due = time.monotonic() + random.random() * 3
while True:
    ready = select.select([heard], [], [], max(0, due - time.monotonic()))[0]
    if ready:
        asked, who = heard.recvfrom(2048)
        if asked.startswith(b'M-SEARCH'):
            time.sleep(random.random() * 0.3)
            for kind in kinds:
                heard.sendto(text('HTTP/1.1 200 OK', kind, 'ST'), who)
    else:
        due += 5
        for kind in kinds:
            first = 'NOTIFY * HTTP/1.1\\r\\nHOST: 239.255.255.250:1900\\r\\nNTS: ssdp:alive'
            heard.sendto(text(first, kind, 'NT'), group)
"""
SEARCH = """
import socket, sys, time
seeker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
seeker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(sys.argv[1]))
for turn in range(6):
    words = b'M-SEARCH * HTTP/1.1\\r\\nHOST: 239.255.255.250:1900\\r\\nMAN: "ssdp:discover"\\r\\nMX: 1\\r\\n'
    seeker.sendto(words + b'ST: ssdp:all\\r\\n\\r\\n', ('239.255.255.250', 1900))
    time.sleep(2)
"""


def run(net: Range) -> None:
    devices = [net.inside(f"device{number}") for number in range(14)]
    pc3, pc4 = net.inside("pc3"), net.inside("pc4")
    net.everyday()
    for number, device in enumerate(devices):
        if number < 6:
            servers.announced_printer(device)
        device.start("/usr/bin/python3", "-c", DEVICE, device.ip, device.name)
    for person in (pc3, pc4):
        person.start("/usr/bin/python3", "-c", SEARCH, person.ip)
    net.loop(pc4, "dig +tries=1 +timeout=1 -p 5353 @224.0.0.251 _ipp._tcp.local PTR", 2.0)
    net.quiet(14)


SCENARIO = Scenario(
    name="service-announcements",
    about="Fourteen devices announce themselves by mDNS and SSDP, and answer those who look for them.",
    tools={"avahi-daemon": "avahi-daemon"},
    run=run,
    snap_octets=200,
)
