"""What RFC 9293 allows and few do: both sides open at once, half-closed connections, urgent data."""

from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario

# Both connect to each other, from and to the same port; the slow cable makes the SYNs cross (section 3.5).
BOTH = """
import socket, sys, time
own, peer, moment = sys.argv[1], sys.argv[2], float(sys.argv[3])
for turn in range(6):
    stream = socket.socket()
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    stream.bind((own, 7000 + turn))
    stream.settimeout(1)
    time.sleep(max(0, moment + turn - time.time()))
    try:
        stream.connect((peer, 7000 + turn))
        stream.sendall(b'hello from ' + own.encode())
        stream.recv(100)
    except OSError:
        pass  # they missed each other
    stream.close()
"""
HALF = """
import socket, sys, time
while True:
    stream = socket.create_connection((sys.argv[1], 7))
    stream.send(b'!', socket.MSG_OOB)
    stream.sendall(b'a question')
    stream.shutdown(socket.SHUT_WR)
    while stream.recv(100):
        pass
    stream.close()
    time.sleep(0.4)
"""


def run(net: Range) -> None:
    one, other = net.inside("pc3", wire="--delay 60"), net.inside("pc4", wire="--delay 60")
    server = net.inside("files")
    server.start("ncat", "-l", "-k", "7", "--exec", "/bin/cat")
    wait_for("ncat", listens(server, 7))
    net.everyday()
    moment = one.run("date", "+%s").stdout.strip() + ".0"
    for own, peer in ((one, other), (other, one)):
        own.start("/usr/bin/python3", "-c", BOTH, own.ip, peer.ip, str(float(moment) + 2))
        own.start("/usr/bin/python3", "-c", HALF, server.ip)
    net.quiet(10)


SCENARIO = Scenario(
    name="unusual-but-legal",
    about="Two hosts open connections to each other at once; half-closed ones and urgent data beside.",
    tools={"ncat": "ncat"},
    run=run,
    held_out=True,
)
