"""An application server keeps 120 connections to a store that say a word now and then."""

from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario

POOL = """
import socket, sys, time
pool = [socket.create_connection((sys.argv[1], 6379)) for _ in range(120)]
for number, stream in enumerate(pool):
    stream.sendall(b'*2\\r\\n$6\\r\\nSELECT\\r\\n$1\\r\\n0\\r\\n')
    stream.recv(100)
turn = 0
while True:
    # A few of them work; each of the others is asked every half minute whether it is alive.
    for stream in pool[:4]:
        stream.sendall(b'*2\\r\\n$3\\r\\nGET\\r\\n$5\\r\\nstock\\r\\n')
        stream.recv(100)
    turn += 1
    stream = pool[turn % 120]
    stream.sendall(b'*1\\r\\n$4\\r\\nPING\\r\\n')
    stream.recv(100)
    time.sleep(0.2)
"""


def run(net: Range) -> None:
    store, application = net.inside("store", 63), net.inside("app1")
    words = "redis-server --bind 0.0.0.0 --protected-mode no --appendonly no --dir /run"
    store.start(*words.split())
    wait_for("redis", listens(store, 6379))
    net.everyday()
    application.start("/usr/bin/python3", "-c", POOL, store.ip)
    net.quiet(36)


SCENARIO = Scenario(
    name="idle-store-connections",
    about="An application server keeps 120 connections to a Redis store, of which four work.",
    tools={"redis-server": "redis-server"},
    run=run,
    held_out=True,
)
