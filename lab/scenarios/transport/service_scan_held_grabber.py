"""Somebody's own script takes the greetings of many services over IPv6, as inventories of the internet do."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

GRAB = """
import socket, sys, time
ports = [21, 22, 23, 25, 80, 110, 143, 443, 3306, 6379, 8080, 11211]
for port in ports:
    for host in sys.argv[1:]:
        try:
            one = socket.create_connection((host, port), timeout=1.0)
        except OSError:
            time.sleep(0.15)
            continue
        with one:
            one.settimeout(0.8)
            try:
                banner = one.recv(300)
            except OSError:
                try:
                    one.sendall(b'HEAD / HTTP/1.0\\r\\n\\r\\n')
                    banner = one.recv(300)
                except OSError:
                    banner = b''
        print(host, port, banner[:60])
        time.sleep(0.15)
"""


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    web, files, mail, store = net.web(), net.inside("files"), net.inside("mail"), net.inside("store", 63)
    servers.shell(web)
    servers.files(files)
    servers.shell(files)
    servers.mail(mail, "mail.range.example", "range.example")
    words = "--bind * -::* --protected-mode no --daemonize no --save"
    store.start("redis-server", *words.split(), "", "--dir", str(store.folder))
    net.everyday()
    net.loop(net.inside("pc2"), f"curl -s -m 3 -o /dev/null -g ftp://[{files.ip6}]/report.txt", 1.6)
    net.quiet(3)
    victims = [web.ip6, files.ip6, mail.ip6, store.ip6]
    with net.attack(
        "service-scan",
        by=attacker,
        attackers=[attacker.ip6],
        victims=victims,
        also=["port-scan", "host-sweep"],
        frames=f"ip6 and tcp and src host {attacker.ip6}",
        responses=f"ip6 and tcp and dst host {attacker.ip6}",
    ):
        net.tool(attacker, "/usr/bin/python3", "-c", GRAB, *victims, seconds=45)
    net.quiet(2)


SCENARIO = Scenario(
    name="service-scan-held-grabber",
    about="A script outside takes the greetings of twelve ports of four servers over IPv6.",
    detectors=("service-scan",),
    tools={"redis-server": "redis-server", "vsftpd": "vsftpd", "/usr/sbin/sshd": "openssh-server"},
    held_out=False,
    run=run,
)
