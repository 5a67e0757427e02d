"""One machine brings an update to forty others by SSH, five at a time, as Ansible does."""

from lab import servers
from lab.namespaces import unlines
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    control = net.inside("control", 5)
    hosts = [net.inside(f"node{number}") for number in range(40)]
    key, _ = servers.shell(control)  # one key for all of them is enough
    for host in hosts:
        (host.folder / "run" / "sshd").mkdir()
        conf = host.folder / "sshd_config"
        settings = ["Port 22", f"HostKey {control.folder / 'host_key'}", "PidFile none", "UsePAM no"]
        settings += ["StrictModes no", "PermitRootLogin prohibit-password", f"AuthorizedKeysFile {key}.pub"]
        conf.write_text(unlines([*settings, "UseDNS no", "PrintLastLog no", "PasswordAuthentication no"]))
        if host is not hosts[17] and host is not hosts[31]:  # these two are switched off or refuse
            host.start("/usr/sbin/sshd", "-D", "-f", str(conf))
    hosts[31].run("ip", "link", "set", "eth0", "down")
    net.everyday()
    options = "-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=2"
    addresses = control.folder / "inventory"
    addresses.write_text(unlines([host.ip for host in hosts]))
    command = f"ssh {options} -i {key} root@HOST 'cat >/dev/null; id' </etc/services || true"
    command = f'xargs -a {addresses} -P 5 -I HOST sh -c "{command}"'
    control.run("sh", "-c", command, timeout=45, check=False)
    net.quiet(3)


SCENARIO = Scenario(
    name="patch-rollout",
    about="A control host logs in to forty neighbours by SSH, five at a time; one refuses and one is off.",
    tools={"/usr/sbin/sshd": "openssh-server", "ssh": "openssh-client"},
    held_out=True,
    snap_octets=70,
    run=run,
)
