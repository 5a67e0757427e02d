"""Files are copied to a server through SSH, one after another."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

QUIET = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"


def run(net: Range) -> None:
    files, pc3 = net.inside("files"), net.inside("pc3")
    key, _ = servers.shell(files)
    big = pc3.folder / "disk.img"
    big.write_bytes(bytes(1_200_000))
    net.everyday()
    for number in range(3):
        target = f"root@{files.ip}:{files.folder}/copy{number}"
        pc3.run("scp", "-O", "-F", "none", *QUIET.split(), "-i", str(key), str(big), target)
        net.quiet(1)
    net.quiet(2)


SCENARIO = Scenario(
    name="backup-scp",
    about="A person copies a large file to a server three times by scp.",
    tools={"scp": "openssh-client", "/usr/sbin/sshd": "openssh-server"},
    run=run,
    held_out=True,
    snap_octets=80,
)
