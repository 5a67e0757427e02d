"""masscan --banners: it speaks TCP itself, from an address that its kernel knows nothing of."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

SCANNER = "198.51.100.77"


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    web, files, mail = net.web(), net.inside("files"), net.inside("mail")
    servers.shell(web)
    servers.files(files)
    servers.shell(files)
    servers.mail(mail, "mail.range.example", "range.example")
    net.everyday()
    net.loop(net.inside("pc2"), f"curl -s -m 3 -o /dev/null ftp://{files.ip}/report.txt", 1.6)
    with net.attack(
        "service-scan",
        by=attacker,
        attackers=[SCANNER],
        victims=[web, files, mail],
        also=["port-scan", "host-sweep"],
        frames=f"tcp and src host {SCANNER}",
        responses=f"tcp and dst host {SCANNER}",
    ):
        words = "masscan -p21,22,25,80,443,3306 --banners --rate 6 --wait 12 --interface eth0"
        words += f" --adapter-ip {SCANNER} --router-ip 198.51.100.1"
        net.tool(attacker, *words.split(), web.ip, files.ip, mail.ip, seconds=30)
    net.quiet(3)


SCENARIO = Scenario(
    name="service-scan-held-banners",
    about="masscan --banners from outside connects to six ports of three servers and takes their greetings.",
    detectors=("service-scan",),
    tools={"masscan": "masscan", "vsftpd": "vsftpd", "/usr/sbin/sshd": "openssh-server"},
    run=run,
)
