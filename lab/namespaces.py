"""Network namespaces with programs in them, all removed at the end whatever happens.

```python
with Laboratory() as lab:
    web, client = lab.host("web"), lab.host("client")
    lab.cable(web, "eth0", client, "eth0")
    web.run("ip", "address", "add", "10.0.0.1/24", "dev", "eth0")
    web.start("nginx", "-c", str(web.folder / "nginx.conf"))
```

A host is a namespace for network, mounts and host name: `/run` is its own, so that daemons with fixed
socket paths can run many times, and so is `/etc/resolv.conf` once `resolve_at` is called.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType, TracebackType

COMMAND_SECONDS = 60.0  # no command of a scenario may take longer
STOP_SECONDS = 3.0  # from SIGTERM to SIGKILL
POLL_SECONDS = 0.05

# `ip netns exec` gives a private mount namespace already; this adds the host name and the host's own /run.
# It execs, so the process id that Python knows is that of the program itself.
ENTER = """
hostname "$1" && mount --bind "$2" /run && shift 2 &&
while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 1; shift 2; done &&
shift && exec "$@"
"""


class LabError(Exception):
    """The laboratory cannot be built or a program in it failed; the message is one line."""


class Host:
    """One namespace: a computer, a router or a switch."""

    def __init__(self, name: str, namespace: str, folder: Path) -> None:
        self.name = name
        self.namespace = namespace
        self.folder = folder
        self.binds: list[tuple[Path, str]] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        # Its first addresses, where the range gave it some.
        self.mac = self.ip = self.ip6 = ""
        (folder / "run").mkdir(parents=True)

    def argv(self, *command: str) -> list[str]:
        """The command line that runs `command` on this host."""
        binds = [part for source, target in self.binds for part in (str(source), target)]
        return [
            *("ip", "netns", "exec", self.namespace, "unshare", "--uts", "--mount", "--propagation=private"),
            *("sh", "-c", ENTER, "sh", self.name, str(self.folder / "run"), *binds, "--", *command),
        ]

    def bind(self, source: Path, target: str) -> None:
        """Programs started from now on see `source` at the path `target`, which exists already."""
        self.binds.append((source, target))

    def resolve_at(self, *servers: str, domain: str) -> None:
        """Write the host's own /etc/resolv.conf."""
        conf = self.folder / "resolv.conf"
        conf.write_text(f"search {domain}\n" + "".join(f"nameserver {server}\n" for server in servers))
        self.bind(conf, "/etc/resolv.conf")

    def run(
        self, *command: str, timeout: float = COMMAND_SECONDS, check: bool = True, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end and give what it said; raises `LabError` when it fails or takes too long."""
        try:
            done = subprocess.run(
                self.argv(*command), input=stdin, capture_output=True, text=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise LabError(f"{self.name}: {' '.join(command)} took more than {timeout} s") from error
        if check and done.returncode != 0:
            words = " ".join((done.stderr or done.stdout).split())[:300]
            raise LabError(f"{self.name}: {' '.join(command)} ended with {done.returncode}: {words}")
        return done

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a daemon in the foreground; its words go to `<folder>/<program>.out`."""
        log = self.folder / f"{Path(command[0]).name}.out"
        with log.open("ab") as out:
            process = subprocess.Popen(
                self.argv(*command), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        self.processes.append(process)
        return process

    def address(self, interface: str, mac: str, *addresses: str) -> None:
        """Give the interface its MAC and its addresses (with prefix length) and switch it on."""
        self.run("ip", "link", "set", interface, "address", mac)
        for address in addresses:
            flags = ["nodad"] if ":" in address else []
            self.run("ip", "address", "add", address, "dev", interface, *flags)
        self.run("ip", "link", "set", interface, "up")

    def sysctl(self, **settings: str) -> None:
        """Set kernel parameters of the namespace, written with `__` for the dot."""
        for name, value in settings.items():
            self.run("sysctl", "-qw", f"{name.replace('__', '.')}={value}")

    def stop(self) -> None:
        """End every program of this host, youngest first, by process id."""
        for process in reversed(self.processes):
            stop(process)
        # Daemons that forked (postfix, nginx workers) are known by the namespace that only they live in.
        listed = subprocess.run(
            ["ip", "netns", "pids", self.namespace], capture_output=True, text=True, check=False
        )
        for pid in map(int, listed.stdout.split()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue  # it ended by itself in between


class Laboratory:
    """Everything that one scenario builds; leaving the `with` block removes it."""

    def __init__(self, seconds: int = 240) -> None:
        self.seconds = seconds
        self.hosts: list[Host] = []
        self.folder = Path(tempfile.mkdtemp(prefix="lab-"))
        # Daemons that give up root (postfix, lldpd) must be able to walk through it.
        self.folder.chmod(0o755)

    def __enter__(self) -> Laboratory:
        signal.signal(signal.SIGTERM, _interrupt)
        signal.signal(signal.SIGALRM, _too_long)
        signal.alarm(self.seconds)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.alarm(0)
        for host in reversed(self.hosts):
            host.stop()
        for host in self.hosts:
            subprocess.run(["ip", "netns", "delete", host.namespace], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def host(self, name: str) -> Host:
        """A new namespace; its name carries our process id, so that two laboratories never meet."""
        host = Host(name, f"lab{os.getpid()}-{name}", self.folder / name)
        done = subprocess.run(
            ["ip", "netns", "add", host.namespace], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise LabError(f"cannot make a network namespace: {done.stderr.strip()}")
        self.hosts.append(host)
        host.run("ip", "link", "set", "lo", "up")
        return host

    def cable(self, a: Host, a_interface: str, b: Host, b_interface: str) -> None:
        """A veth pair between two hosts, with checksum offload off.

        With offload on, the kernel leaves checksums unfinished in what a capture on veth sees, and a switch
        in user space would hand on just that.
        """
        # From outside: a host's private /run hides the names of the other namespaces.
        made = subprocess.run(
            [
                *("ip", "link", "add", a_interface, "netns", a.namespace, "type", "veth"),
                *("peer", "name", b_interface, "netns", b.namespace),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise LabError(f"no cable from {a.name} to {b.name}: {made.stderr.strip()}")
        for host, interface in ((a, a_interface), (b, b_interface)):
            host.run("ethtool", "-K", interface, "tx", "off")


def stop(process: subprocess.Popen[bytes], how: int = signal.SIGTERM) -> None:
    """End one process that was started here; kill it if it does not listen."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(what: str, ready: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until `ready()`; raises `LabError` naming `what` otherwise."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise LabError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(POLL_SECONDS)


def listens(host: Host, port: int, protocol: str = "tcp") -> Callable[[], bool]:
    """Whether a program on the host listens at the port."""

    def ready() -> bool:
        return bool(host.run("ss", "-Hln", f"--{protocol}", f"sport = :{port}").stdout.strip())

    return ready


def has_file(host: Host, path: str) -> Callable[[], bool]:
    """Whether a program of the host has made the file, relative to the host's folder, yet."""
    return (host.folder / path).exists


def has_interface(host: Host, interface: str) -> Callable[[], bool]:
    """Whether the host has the interface yet."""
    return lambda: host.run("ip", "link", "show", interface, check=False).returncode == 0


def require(programs: dict[str, str]) -> None:
    """Check for root and for each program; raises `LabError` that names the Debian packages missing."""
    if os.geteuid() != 0:
        raise LabError("needs root, to make network namespaces: run it with sudo")
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    os.environ["PATH"] = path
    missing = sorted(
        {
            package
            for program, package in programs.items()
            if not (Path(program).exists() if program.startswith("/") else shutil.which(program, path=path))
        }
    )
    if missing:
        raise LabError(f"Debian packages are missing: apt install {' '.join(missing)}")


def unlines(lines: Sequence[str]) -> str:
    """Lines of a configuration file as its text."""
    return "\n".join(lines) + "\n"


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise LabError("the scenario took too long as a whole")
