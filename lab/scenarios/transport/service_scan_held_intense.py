"""nmap -sV at its greatest intensity, on three ports, one of which speaks nothing that it knows."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

# A controller with a protocol of its own: it answers octets with octets.
CONTROLLER = "TCP-LISTEN:4840,reuseaddr,fork,max-children=20"


def run(net: Range) -> None:
    attacker, plant = net.inside("pc4"), net.inside("plant", 60)
    servers.shell(plant)
    plant.start("socat", CONTROLLER, "SYSTEM:head -c 4 | od -An -tx1")
    plant.start("/usr/bin/python3", "-m", "http.server", "8088", "--directory", "/usr/share/doc/socat")
    net.everyday()
    net.loop(net.inside("pc1"), f"curl -s -m 3 -o /dev/null http://{plant.ip}:8088/", 1.3)
    net.loop(net.inside("pc2"), f"printf 'get1' | socat -t 2 - TCP:{plant.ip}:4840", 1.1)
    net.quiet(3)
    with net.attack(
        "service-scan",
        by=attacker,
        victims=[plant],
        also=["port-scan"],
        frames=f"tcp and dst host {plant.ip}",
        responses=f"tcp and src host {plant.ip} and dst host {attacker.ip}",
    ):
        words = f"nmap -n -Pn -sV --version-intensity 9 --host-timeout 42s -p 22,4840,8088 {plant.ip}"
        net.tool(attacker, *words.split(), seconds=45)
    net.quiet(2)


SCENARIO = Scenario(
    name="service-scan-held-intense",
    about="nmap -sV --version-intensity 9 of an inside host asks three ports of a controller what they are.",
    detectors=("service-scan",),
    tools={"nmap": "nmap", "socat": "socat", "/usr/sbin/sshd": "openssh-server"},
    held_out=True,
    snap_octets=140,
    run=run,
)
