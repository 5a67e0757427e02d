"""A host of containers, each with a MAC address of its own, that come and go by the dozen."""

from lab.range import Range
from lab.scenario import Scenario

# Jobs of a build server: a container starts, announces itself, fetches something, and is gone.
JOBS = """
job=0
while [ $job -lt 90 ]; do
  job=$((job + 1))
  (
    name=job$job
    mac=02:42:$(od -An -N4 -tx1 /dev/urandom | tr ' ' ':' | cut -c2-)
    address=10.20.0.$((160 + job % 60))
    ip link add link eth0 name $name address $mac type macvlan mode bridge
    ip address add $address/24 dev $name
    ip link set $name up
    arping -q -U -c 1 -i $name -S $address $address
    curl -s -m 3 -o /dev/null --interface $name http://10.20.0.10/
    sleep 4
    ip link delete $name
  ) &
  sleep 0.25
done
wait
"""


def run(net: Range) -> None:
    builder = net.inside("builder", 7)
    # Replies find their container by its own address, not the host's.
    builder.sysctl(net__ipv4__conf__all__arp_ignore="1", net__ipv4__conf__all__rp_filter="0")
    builder.sysctl(net__ipv4__conf__default__rp_filter="0", net__ipv6__conf__default__disable_ipv6="1")
    net.everyday()
    builder.start("sh", "-c", JOBS)
    net.quiet(29)


SCENARIO = Scenario(
    name="containers",
    about="Ninety containers with MAC addresses of their own start on one host, work and end, four a second.",
    tools={"arping": "arping", "od": "coreutils"},
    run=run,
)
