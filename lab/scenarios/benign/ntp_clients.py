"""Many clients ask for the time; servers ask each other from port 123 to port 123."""

from lab import servers
from lab.namespaces import unlines
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    clock, second = net.inside("clock"), net.outside("clock2")
    servers.clock(clock)
    servers.clock(second)
    people = [net.inside(f"desk{number}") for number in range(20)]
    daemons = [net.inside(f"server{number}") for number in range(3)]
    net.everyday(lead=3)
    for daemon in daemons:
        conf = daemon.folder / "ntp.conf"
        servers_of = [f"server {host.ip} iburst minpoll 3 maxpoll 3" for host in (clock, second)]
        conf.write_text(unlines(["disable ntp", "disable kernel", *servers_of]))
        daemon.start(
            "ntpd", "-n", "-c", str(conf), "-p", "/run/ntpd.pid", "-l", str(daemon.folder / "ntpd.log")
        )
    for number, person in enumerate(people):
        net.loop(person, f"ntpdig -t 1 {(clock, second)[number % 2].ip}", 2.5)
    net.quiet(18)


SCENARIO = Scenario(
    name="ntp-clients",
    about="Twenty clients and three servers ask two clocks for the time, the servers from port 123.",
    tools={"ntpd": "ntpsec", "ntpdig": "ntpsec-ntpdig"},
    run=run,
    snap_octets=120,
)
