"""A developer fetches and pushes by git through SSH: many short sessions."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    files, pc3 = net.inside("files"), net.inside("pc3")
    key, _ = servers.shell(files)
    repository = files.folder / "project.git"
    made = [
        f"git init -q --bare {repository}",
        f"git clone -q {repository} {files.folder}/work 2>/dev/null",
        f"cd {files.folder}/work",
        "git config user.email a@range.example && git config user.name anna",
        "seq 1 60000 > numbers && git add . && git commit -q -m numbers && git push -q origin HEAD",
    ]
    files.run("sh", "-ec", "\n".join(made))
    net.everyday()
    ssh = f"ssh -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i {key}"
    cloned = pc3.folder / "clone"
    address = f"ssh://root@{files.ip}{repository}"
    setting = ["env", f"GIT_SSH_COMMAND={ssh}", "GIT_CONFIG_NOSYSTEM=1", f"HOME={pc3.folder}"]
    pc3.run(*setting, "git", "clone", "-q", address, str(cloned))
    for _ in range(8):
        pc3.run(*setting, "git", "-C", str(cloned), "fetch", "-q")
        net.quiet(0.6)
    net.quiet(2)


SCENARIO = Scenario(
    name="git-over-ssh",
    about="A developer clones a repository through SSH and fetches eight times.",
    tools={"git": "git", "/usr/sbin/sshd": "openssh-server"},
    run=run,
    held_out=True,
    snap_octets=110,
)
