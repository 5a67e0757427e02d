"""Two applications keep sixty connections to a database, most of which only TCP keeps alive."""

from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario

SERVER = """
import selectors, socket
waiting = selectors.DefaultSelector()
server = socket.create_server(('', 5432), family=socket.AF_INET6, backlog=64)
waiting.register(server, selectors.EVENT_READ)
while True:
    for key, _ in waiting.select():
        if key.fileobj is server:
            client = server.accept()[0]
            client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
            waiting.register(client, selectors.EVENT_READ)
        elif asked := key.fileobj.recv(4000):
            key.fileobj.sendall(b'T' + asked[:20] + b'D' * 180 + b'C')
        else:
            waiting.unregister(key.fileobj)
            key.fileobj.close()
"""
POOL = """
import random, socket, sys, time
pool = []
for _ in range(30):
    one = socket.create_connection((sys.argv[1], 5432))
    one.sendall(b'\\x00\\x00\\x00\\x29\\x00\\x03\\x00\\x00user\\x00shop\\x00database\\x00shop\\x00\\x00')
    one.recv(1000)
    pool.append(one)
    time.sleep(0.03)
while True:
    one = random.choice(pool[:5])
    one.sendall(b'Q\\x00\\x00\\x00\\x20SELECT price FROM goods;\\x00')
    one.recv(1000)
    time.sleep(0.25)
"""


def run(net: Range) -> None:
    store = net.inside("store", 63)
    applications = [net.inside("shop", 40), net.inside("stock", 41)]
    store.start("/usr/bin/python3", "-c", SERVER)
    wait_for("the database", listens(store, 5432))
    net.everyday()
    for application in applications:
        application.start("/usr/bin/python3", "-c", POOL, store.ip6)
        net.quiet(2)
    net.quiet(36)


SCENARIO = Scenario(
    name="database-keepalives",
    about="Two applications hold thirty connections each to a database over IPv6; TCP keeps most alive.",
    held_out=True,
    snap_octets=90,
    run=run,
)
