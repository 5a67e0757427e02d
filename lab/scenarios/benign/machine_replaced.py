"""A file server's board is changed: the same addresses, another MAC, and nobody is told."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    old, new, people = net.inside("files"), net.inside("files2"), [net.inside("pc3"), net.inside("pc4")]
    for server in (old, new):
        servers.files(server)
    net.everyday()
    for person in people:
        net.loop(person, f"curl -s -m 2 -o /dev/null ftp://{old.ip}/report.txt", 1.0)
        net.loop(person, f"ping -n -q -c 1 -W 1 {old.ip6}; ping -n -q -c 1 -W 1 {old.ip}", 0.7)
    net.quiet(6)
    old.run("ip", "link", "set", "eth0", "down")
    net.quiet(4)
    new.run("ip", "address", "flush", "dev", "eth0", "scope", "global")
    new.run("ip", "address", "add", f"{old.ip}/24", "dev", "eth0")
    new.run("ip", "address", "add", f"{old.ip6}/64", "dev", "eth0", "nodad")
    # What it says itself (it asks for the time and a page) carries its new MAC.
    net.loop(new, f"curl -s -m 2 -o /dev/null http://{net.web().ip}/", 1.5)
    net.quiet(14)


SCENARIO = Scenario(
    name="machine-replaced",
    about="A file server is replaced by another machine with its addresses while two people use it.",
    tools={"vsftpd": "vsftpd"},
    run=run,
    held_out=True,
)
