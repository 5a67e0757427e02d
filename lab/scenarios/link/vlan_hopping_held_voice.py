"""A computer behind a telephone's outlet joins the telephones' VLAN, as voiphopper does."""

from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.benign.vlan_trunk import tagged


def run(net: Range) -> None:
    attacker = net.inside("pc4")
    calls = net.inside("calls", address=False, vlan=140)
    phones = [net.inside(f"phone{number}", address=False, vlan=140) for number in (1, 2, 3)]
    calls.run("ip", "address", "add", "10.20.140.5/24", "dev", "eth0")
    net.web(calls)
    for number, phone in enumerate(phones):
        phone.run("ip", "address", "add", f"10.20.140.{20 + number}/24", "dev", "eth0")
    net.everyday()
    for phone in phones:
        net.loop(phone, "curl -s -m 2 -o /dev/null http://10.20.140.5/", 2.1)
    net.loop(attacker, "curl -s -m 2 -o /dev/null http://10.20.0.10/", 1.4)
    net.quiet(4)
    with net.attack(
        "vlan-hopping",
        by=attacker,
        attackers=[attacker.mac],
        victims=["10.20.140.5"],
        also=["arp-scan", "ping-sweep"],
        frames="vlan",
        responses=f"ether dst {attacker.mac} and (net 10.20.140.0/24 or arp dst net 10.20.140.0/24)",
    ):
        tagged(attacker, 140, attacker.mac, "10.20.140.77/24")
        net.commands.append("ip link add link eth0 name vlan140 type vlan id 140; ip address add …")
        words = "fping -q -r 0 -i 150 -g 10.20.140.18 10.20.140.26"
        net.tool(attacker, *words.split())
        for page in ("", "report.pdf", "logo.png"):
            net.tool(attacker, *f"curl -s -m 3 -o /dev/null http://10.20.140.5/{page}".split())
            net.quiet(1)
        words = "nmap -n -Pn -sT -p 22,80,443,5060 --max-retries 0 10.20.140.5"
        net.tool(attacker, *words.split())
    net.quiet(3)


SCENARIO = Scenario(
    name="vlan-hopping-held-voice",
    about="A computer tags its frames for the telephones' VLAN and looks at what is there, beside its work.",
    detectors=("vlan-hopping",),
    tools={"fping": "fping", "nmap": "nmap"},
    held_out=False,
    vlan_switch=True,
    snap_octets=110,
    run=run,
)
