"""Computers start over the network: one server has the addresses, another tells where the system is."""

from lab import servers
from lab.clients import UDHCPC_SCRIPT, _script
from lab.namespaces import unlines
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    server, boot = net.inside("dhcp"), net.inside("boot", 69)
    clients = [net.inside(f"new{number}", address=False) for number in range(6)]
    servers.leases(server, "10.20.0.200", "10.20.0.240", "10.20.0.1", "no-ping")
    root = boot.folder / "tftp"
    root.mkdir()
    root.chmod(0o755)
    (root / "pxelinux.0").write_bytes(bytes(26_000))
    (root / "linux").write_bytes(bytes(range(256)) * 200)
    conf = boot.folder / "proxy.conf"
    settings = ["user=root", "port=0", "pid-file", "log-dhcp", "dhcp-range=10.20.0.0,proxy", "enable-tftp"]
    # As PXE has it, the client takes the address first; udhcpc would take what comes first.
    settings += ["dhcp-reply-delay=1"]
    settings += [f"tftp-root={root}", "dhcp-vendorclass=set:pxe,PXEClient"]
    settings += ['pxe-prompt="Boot",0', 'pxe-service=X86PC,"Install",pxelinux']
    conf.write_text(unlines(settings))
    boot.start("dnsmasq", "--keep-in-foreground", f"--conf-file={conf}")
    net.everyday()
    for client in clients:
        script = _script(client, "udhcpc.sh", UDHCPC_SCRIPT)
        words = "udhcpc -f -n -q -t 4 -T 2 -i eth0 -V PXEClient:Arch:00000:UNDI:002001"
        words += " -x 0x5d:0000 -x 0x5e:010201 -O 66 -O 67"
        client.run(*words.split(), "-s", str(script), check=False)
        fetch = f"curl -s -m 8 -o /dev/null tftp://{boot.ip}/"
        # The system that came that way asks for an address once more, by its own name.
        again = f"udhcpc -f -n -q -t 4 -T 2 -i eth0 -x hostname:{client.name} -s {script}"
        client.start("sh", "-c", f"{fetch}pxelinux.0; {fetch}linux; {again}")
        net.quiet(1.5)
    net.quiet(6)


SCENARIO = Scenario(
    name="pxe-boot",
    about="Six computers boot by PXE: DHCP of one server, boot files by proxy DHCP and TFTP of another.",
    tools={"udhcpc": "busybox"},
    held_out=True,
    snap_octets=400,
    run=run,
)
