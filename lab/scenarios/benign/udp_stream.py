"""Video as UDP: hundreds of datagrams a second to one host, who hardly says anything back."""

from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    www, pc3 = net.outside("www"), net.inside("pc3")
    www.start("iperf3", "-s", "-p", "5201")
    wait_for("iperf3", listens(www, 5201))
    net.everyday()
    # The viewer asks (-R: the server sends), as with a video conference.
    pc3.run("iperf3", "-c", www.ip, "-u", "-R", "-b", "4M", "-l", "1200", "-t", "7")
    net.quiet(2)


SCENARIO = Scenario(
    name="udp-stream",
    about="A person receives a stream of four hundred datagrams a second from a server that he asked for it.",
    tools={"iperf3": "iperf3"},
    run=run,
    held_out=True,
    snap_octets=90,
)
