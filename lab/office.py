"""A day in a small office within a minute: makes examples/office.pcapng and its labels.

sudo python3 -m lab.office [--output examples/office.pcapng]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from lab import capture, clients, servers, switch
from lab.capture import Labels
from lab.namespaces import Laboratory, listens, wait_for
from lab.office_network import (
    BRANCH,
    BRANCH6,
    BRANCH_WAN,
    DOMAIN,
    LAN,
    LAN6,
    MACS,
    OUTSIDE,
    OUTSIDE6,
    ROUTER_WAN,
    VOICE,
    Office,
    build,
    serve,
    who_is_who,
)
from lab.servers import log_lines

FLOOD_SYNS = 300  # hping3 sends no more than these
GENTLE = ("--max-rate", "400")  # packets a second
FLOOD_MICROSECONDS = 4000  # between two of them
EXAMPLE = Path(__file__).parent.parent / "examples" / "office.pcapng"
COMMENT = "An office, its servers and its troubles: made in network namespaces by lab/office.py"
# On the outside only what the router itself says to the branch: the rest is on the inside already.
WAN_FILTER = f"host {BRANCH_WAN} or ether proto 0x88cc"
PROGRAMS = {**switch.PROGRAMS, **capture.PROGRAMS, **servers.PROGRAMS, **clients.PROGRAMS}


def make(lab: Laboratory, labels: Labels) -> bytes:
    """Build the office, live the day, and give the capture."""
    office = build(lab)
    recorder = capture.Recorder(office.switch.host, {"span": "", "wan": WAN_FILTER}, COMMENT)
    serve(office)
    for scene in (link, dhcp, neighbours, dns, ntp, pings, web, shell, mail, voice, branch, discovery):
        scene(office, labels)
    who_is_who(office, labels)
    for attack in (arp_sweep, port_scan, port_scan_ipv6, syn_flood):
        attack(office, labels)
    return recorder.finish()


def link(office: Office, labels: Labels) -> None:
    with labels.scenario("link", "spanning tree and LLDP: see them all through the capture") as facts:
        servers.link_discovery(office["sw-core"], "trunk", "Lab core switch")
        servers.link_discovery(office["web"], "eth0", "Lab web server")
        facts["spanning_tree_root"] = "sw-core"
        time.sleep(2.5)


def dhcp(office: Office, labels: Labels) -> None:
    with labels.scenario("dhcp", "four PCs get an address; two clients, one server") as facts:
        for name in ("pc1", "pc3"):
            office[name].address("eth0", MACS[name])
            clients.lease_with_dhclient(office[name])
        for name in ("pc2", "laptop"):
            office[name].address("eth0", MACS[name])
            clients.lease_with_udhcpc(office[name])
        for kind in ("DHCPDISCOVER", "DHCPOFFER", "DHCPREQUEST", "DHCPACK"):
            facts[kind] = log_lines(office.dns_log, f"{kind}(")
    with labels.scenario("dhcp-release", "pc3 gives its address back and gets it again") as facts:
        clients.release_with_dhclient(office["pc3"])
        facts["DHCPRELEASE"] = log_lines(office.dns_log, "DHCPRELEASE(")
        clients.lease_with_dhclient(office["pc3"])


def neighbours(office: Office, labels: Labels) -> None:
    with labels.scenario(
        "ipv6-neighbours", "router advertisements, addresses by SLAAC, neighbour discovery"
    ) as facts:
        servers.router_advertisements(office["router"], "eth0", f"{LAN6}:/64", f"{LAN6}:53")
        for name in ("pc1", "pc2", "pc3", "laptop"):
            wait_for(f"an IPv6 address for {name}", clients.has_global_ipv6(office[name]))
        office["pc1"].run("rdisc6", "-1", "eth0")
        facts["prefix"] = f"{LAN6}:/64"


def dns(office: Office, labels: Labels) -> None:
    with labels.scenario("dns", "questions of many types to the office's server, over UDP and TCP") as facts:
        names, asked = f"@{LAN}.53", 0
        for host, *words in (
            ("pc1", names, f"web.{DOMAIN}", "A"),
            ("pc1", names, f"web.{DOMAIN}", "AAAA"),
            ("pc2", names, DOMAIN, "MX"),
            ("pc2", names, DOMAIN, "TXT"),
            ("pc2", names, f"_submission._tcp.{DOMAIN}", "SRV"),
            ("pc3", names, f"intranet.{DOMAIN}", "A"),
            ("pc3", names, "-x", f"{LAN}.80"),
            ("pc1", names, "www.example.net", "A"),
            ("pc1", names, "www.example.net", "AAAA"),
            ("pc2", names, f"nowhere.{DOMAIN}", "A"),
            ("pc2", names, "nowhere.example.net", "A"),
            ("pc3", names, "+tcp", "example.net", "TXT"),
            ("pc3", f"@{LAN6}:53", f"files.{DOMAIN}", "AAAA"),
        ):
            asked += clients.lookup(office[host], *words)
        facts["questions_asked"] = asked


def ntp(office: Office, labels: Labels) -> None:
    with labels.scenario("ntp", "pc1 asks for the time; its clock is left alone") as facts:
        done = office["pc1"].run("ntpdig", "-t", "3", f"{LAN}.53")
        facts["client_agreed"] = int(f"{LAN}.53 s8 no-leap" in done.stdout)


def pings(office: Office, labels: Labels) -> None:
    with labels.scenario("ping", "echo inside, to the outside, over both address families") as facts:
        for name, target in (("pc1", f"{LAN}.80"), ("pc2", f"{OUTSIDE}.80"), ("pc1", f"{LAN6}:80")):
            facts[f"{name} {target}"] = clients.ping(office[name], target, 4)["echo_replies"]
        facts[f"pc3 {OUTSIDE6}:80"] = clients.ping(office["pc3"], f"{OUTSIDE6}:80", 4)["echo_replies"]
    with labels.scenario(
        "fragments", "echoes of 4,000 octets: three fragments each way, both families"
    ) as facts:
        for target in (f"{LAN}.80", f"{LAN6}:80"):
            facts[target] = clients.ping(office["pc1"], target, 3, "-s", "4000")["echo_replies"]
    with labels.scenario("traceroute", "UDP over IPv4 and IPv6, ICMP over IPv4") as facts:
        facts["hops_udp"] = clients.trace(office["pc2"], f"{OUTSIDE}.80")
        facts["hops_icmp"] = clients.trace(office["pc2"], f"{OUTSIDE}.80", "-I")
        facts["hops_udp6"] = clients.trace(office["pc2"], f"{OUTSIDE6}:80", "-6")
    with labels.scenario("unreachable", "a port and a host where nobody is") as facts:
        asked = f"@{LAN}.80"
        office["pc3"].run("dig", "+tries=1", "+timeout=1", asked, "A", "example.net", check=False)
        facts["host_replies"] = clients.ping(office["pc3"], f"{LAN}.99", 2)["echo_replies"]


def web(office: Office, labels: Labels) -> None:
    before = log_lines(office.web_logs["web"], " HTTP/")
    with labels.scenario(
        "http", "pages, a picture, a form, a redirect, a missing page; one connection kept alive"
    ) as facts:
        base = f"http://web.{DOMAIN}"
        clients.fetch(office["pc1"], f"{base}/", "--next", "-sS", f"{base}/logo.png", "-o", "/dev/null")
        for name, *words in (
            ("pc2", f"{base}/report.pdf"),
            ("pc2", "-4", f"{base}/nothing-here"),
            ("pc3", "-d", "name=Berta&room=12", f"{base}/form"),
            ("pc3", "-L", f"http://intranet.{DOMAIN}/login"),
            ("pc3", "-I", f"{base}/report.pdf"),
            ("pc1", "-4", "-H", "Range: bytes=1000-1999", f"{base}/report.pdf"),
            ("pc1", "-6", f"http://[{LAN6}:80]/"),
        ):
            clients.fetch(office[name], *words)
        facts["requests"] = log_lines(office.web_logs["web"], " HTTP/") - before
    with labels.scenario(
        "http-outside", "a page and a file from outside, through NAT and over IPv6"
    ) as facts:
        clients.fetch(office["pc1"], "-4", "http://www.example.net/")
        clients.fetch(office["pc2"], "-4", "http://www.example.net/report.pdf")
        clients.fetch(office["pc2"], "-6", "http://www.example.net/logo.png")
        facts["requests"] = log_lines(office.web_logs["www"], " HTTP/")
    before = log_lines(office.web_logs["web"], " HTTP/")
    with labels.scenario(
        "https", "TLS 1.3, TLS 1.2 and HTTPS outside, all with self-made certificates"
    ) as facts:
        clients.fetch(office["pc1"], f"https://web.{DOMAIN}/")
        clients.fetch(office["pc2"], "--tls-max", "1.2", f"https://web.{DOMAIN}/logo.png")
        clients.fetch(office["pc3"], "-6", f"https://web.{DOMAIN}/report.pdf")
        clients.fetch(office["pc3"], "-4", "https://www.example.net/")
        facts["requests_inside"] = log_lines(office.web_logs["web"], " HTTP/") - before


def shell(office: Office, labels: Labels) -> None:
    with labels.scenario("ssh", "logins with a key, one over IPv6") as facts:
        key = office["pc1"].folder / "key"
        key.write_bytes(office.ssh_key.read_bytes())
        key.chmod(0o600)
        for target in (f"files.{DOMAIN}", f"{LAN6}:22"):
            clients.remote_shell(office["pc1"], target, key, "seq 1 2000; sleep 0.3; hostname")
        facts["logins"] = log_lines(office.ssh_log, "Accepted publickey")


def mail(office: Office, labels: Labels) -> None:
    with labels.scenario(
        "mail", "a message, one with an attachment, one within STARTTLS, one refused"
    ) as facts:
        server, picture = f"mail.{DOMAIN}", office["web"].folder / "www" / "logo.png"
        clients.send_mail(office["pc1"], server, DOMAIN, "Lunch", "--body", "At noon, in the garden?")
        clients.send_mail(office["pc2"], server, DOMAIN, "The new logo", "--attach", f"@{picture}")
        office["pc3"].run(
            *("curl", "-sS", "-k", "--ssl-reqd", "-m", "20", f"smtp://{server}/pc3.{DOMAIN}", "-T", "-"),
            *("--mail-from", f"berta@{DOMAIN}", "--mail-rcpt", f"anna@{DOMAIN}"),
            stdin="Subject: Confidential\r\n\r\nWithin TLS nobody on the way reads this.\r\n",
        )
        office["pc3"].run(
            *("swaks", "--server", server, "--helo", f"pc3.{DOMAIN}", "--from", f"berta@{DOMAIN}"),
            *("--to", "someone@example.net", "--quit-after", "RCPT"),
            check=False,  # it is refused: the server relays for nobody
        )
        wait_for("the queue to empty", lambda: log_lines(office.mail_log, "status=sent") >= 3)
        facts["messages_accepted"] = log_lines(office.mail_log, "status=sent")
        facts["recipients_refused"] = log_lines(office.mail_log, "reject: RCPT")


def voice(office: Office, labels: Labels) -> None:
    with labels.scenario("voice-vlan", "telephones in VLAN 20: DHCP, a file by TFTP, pings") as facts:
        for name in ("phone1", "phone2"):
            clients.lease_with_udhcpc(office[name])
            office[name].run("curl", "-sS", "-m", "10", "-o", "/dev/null", f"tftp://{VOICE}.1/phone.cfg")
            facts[name] = clients.ping(office[name], f"{VOICE}.1", 3)["echo_replies"]
        facts["DHCPACK"] = log_lines(office.pbx_log, "DHCPACK(")
        facts["files_sent"] = log_lines(office.pbx_log, "sent ", "phone.cfg")


def branch(office: Office, labels: Labels) -> None:
    about = "to the branch: on span plain, on wan within VXLAN (IPv4) and 6in4 (IPv6)"
    with labels.scenario("tunnels", about) as facts:
        facts[BRANCH] = clients.ping(office["pc1"], BRANCH, 4)["echo_replies"]
        facts[BRANCH6] = clients.ping(office["pc2"], BRANCH6, 4)["echo_replies"]
        clients.fetch(office["pc1"], f"http://{BRANCH}/")
        clients.fetch(office["pc2"], f"http://[{BRANCH6}]/logo.png")
        facts["requests"] = log_lines(office.web_logs["branch"], " HTTP/")


def discovery(office: Office, labels: Labels) -> None:
    with labels.scenario("discovery", "a printer announces itself by mDNS, PCs look for it and for UPnP"):
        servers.announced_printer(office["printer"])
        wait_for("avahi", listens(office["printer"], 5353, "udp"))
        time.sleep(1.5)
        office["pc1"].run(
            *("dig", "-p", "5353", "@224.0.0.251", "+tries=1", "+timeout=2", "_ipp._tcp.local", "PTR"),
            check=False,
        )
        office["pc2"].run(
            *("socat", "-t", "0.2", "-", f"UDP4-DATAGRAM:239.255.255.250:1900,ip-multicast-if={LAN}.102"),
            stdin='M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\n'
            "MX: 1\r\nST: ssdp:all\r\n\r\n",
        )


def arp_sweep(office: Office, labels: Labels) -> None:
    with labels.scenario("arp-sweep", "laptop asks for every address of the office", attack=True) as facts:
        facts.update(clients.scan(office["laptop"], "-sn", f"{LAN}.0/24"))


def port_scan(office: Office, labels: Labels) -> None:
    with labels.scenario("port-scan", "laptop tries 1,000 ports of mail with SYNs", attack=True) as facts:
        facts.update(clients.scan(office["laptop"], "-sS", "-Pn", *GENTLE, f"{LAN}.25"))


def port_scan_ipv6(office: Office, labels: Labels) -> None:
    with labels.scenario("port-scan-ipv6", "attacker tries 100 ports of web over IPv6", attack=True) as facts:
        facts.update(clients.scan(office["attacker"], "-6", "-sS", "-Pn", "-F", *GENTLE, f"{LAN6}:80"))


def syn_flood(office: Office, labels: Labels) -> None:
    about = "attacker floods web's port 80 from random sources, through the router's NAT"
    with labels.scenario("syn-flood", about, attack=True) as facts:
        facts["syns_sent"] = clients.flood(office["attacker"], ROUTER_WAN, 80, FLOOD_SYNS, FLOOD_MICROSECONDS)
        time.sleep(1)
        counted = office["router"].run("nft", "list", "counter", "ip", "truth", "flood").stdout
        # Sources that no router forwards (loopback, multicast, reserved) never reach the office.
        facts["syns_forwarded"] = int(counted.split("packets ")[1].split()[0])


def main() -> int:
    """Make the capture; exit code 0, or 1 with one line that says what failed."""
    parser = argparse.ArgumentParser(prog="python3 -m lab.office", description=str(__doc__).splitlines()[0])
    parser.add_argument("--output", type=Path, default=EXAMPLE, help="where to write (default: %(default)s)")
    output: Path = parser.parse_args().output
    return capture.produce("lab.office", PROGRAMS, make, output)


if __name__ == "__main__":
    sys.exit(main())
