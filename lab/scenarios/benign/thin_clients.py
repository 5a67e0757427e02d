"""Ten thin clients start over the network and fetch their system by TFTP, a datagram for each."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    server = net.inside("dhcp")
    clients = [net.inside(f"thin{number}") for number in range(10)]
    root = server.folder / "tftp"
    root.mkdir()
    (root / "kernel").write_bytes(bytes(160_000))
    root.chmod(0o755)
    servers.names_and_leases(server, ["enable-tftp", f"tftp-root={root}"])
    net.everyday()
    for client in clients:
        client.start(*f"curl -s -m 20 -o /dev/null tftp://{server.ip}/kernel".split())
        net.quiet(0.5)
    net.quiet(5)


SCENARIO = Scenario(
    name="thin-clients",
    about="Ten thin clients fetch their system from one server by TFTP, in blocks of 512 octets.",
    run=run,
    held_out=True,
    snap_octets=64,
)
