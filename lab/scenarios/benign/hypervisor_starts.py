"""Sixty virtual machines start behind one port of the switch."""

from lab.range import Range
from lab.scenario import Scenario

MACHINES = """
for number in $(seq 1 60); do
  hex=$(printf %02x $number)
  ip link add link eth0 name vm$number address 52:54:00:00:00:$hex type macvlan mode bridge
  ip address add 10.20.0.$((170 + number))/24 dev vm$number
  ip link set vm$number up
  arping -q -U -c 1 -i vm$number -S 10.20.0.$((170 + number)) 10.20.0.$((170 + number)) &
  ping -n -q -c 1 -W 1 -I vm$number 10.20.0.10 &
done
wait
"""


def run(net: Range) -> None:
    hypervisor = net.inside("hypervisor", 7)
    net.everyday()
    hypervisor.start("sh", "-c", MACHINES)
    net.quiet(14)


SCENARIO = Scenario(
    name="hypervisor-starts",
    about="Sixty virtual machines with MAC addresses of their own start on one host.",
    tools={"arping": "arping"},
    run=run,
)
