"""Connections end by reset for ordinary reasons: impatient clients, full queues, nothing left to say."""

from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario

# Closes with a reset (SO_LINGER of zero), as load balancers do, or with unread data; or keeps alive.
SERVER = """
import socket, struct, threading, time
server = socket.create_server(('', 8080), backlog=64)
def talk(client, turn):
    try:
        client.recv(64)
        client.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 400000\\r\\n\\r\\n')
        for part in range(100):
            client.sendall(bytes(4000))
            time.sleep(0.02)
            if part == 10 and turn % 3 == 0:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                break
    except ConnectionError:
        pass  # the client left, which is what happens here
    client.close()
turn = 0
while True:
    turn += 1
    threading.Thread(target=talk, args=(server.accept()[0], turn), daemon=True).start()
"""
KEPT = """
import socket, sys, time
streams = [socket.create_connection((sys.argv[1], 22)) for _ in range(5)]
for stream in streams:
    for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1)):
        stream.setsockopt(socket.IPPROTO_TCP, option, value)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
time.sleep(9)
"""


def run(net: Range) -> None:
    server = net.inside("files")
    people = [net.inside("pc3"), net.inside("pc4"), net.outside("visitor")]
    server.start("/usr/bin/python3", "-c", SERVER)
    server.start("ncat", "-l", "-k", "22", "--exec", "/bin/cat")
    wait_for("the server", listens(server, 8080))
    net.everyday()
    for person in people:
        net.loop(person, f"curl -s -m 0.7 -o /dev/null http://{server.ip}:8080/", 0.3)
        net.loop(person, f"curl -s -m 1 -o /dev/null http://{server.ip}:8081/", 0.7)
        person.start("/usr/bin/python3", "-c", KEPT, server.ip)
    net.quiet(11)


SCENARIO = Scenario(
    name="aborted-connections",
    about="Clients give up downloads, a server resets every third, others are kept alive or refused.",
    tools={"ncat": "ncat"},
    run=run,
    snap_octets=90,
)
