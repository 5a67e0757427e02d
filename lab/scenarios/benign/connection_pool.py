"""An application's pool: many connections to a store, opened at once, kept, closed at once."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

POOL = """
import socket, sys, time
for turn in range(3):
    pool = [socket.create_connection((sys.argv[1], 11211)) for _ in range(50)]
    for round in range(4):
        for number, stream in enumerate(pool):
            words = b'set key%d 0 60 5\\r\\nvalue\\r\\n' if round == 0 else b'get key%d\\r\\n'
            stream.sendall(words % number)
            stream.recv(4096)
        time.sleep(0.7)
    for stream in pool:
        stream.close()
    time.sleep(1)
"""


def run(net: Range) -> None:
    store = net.inside("cache")
    applications = [net.inside("app1"), net.inside("app2")]
    servers.cache(store)
    net.everyday()
    for application in applications:
        application.start("/usr/bin/python3", "-c", POOL, store.ip)
        net.quiet(0.5)
    net.quiet(13)


SCENARIO = Scenario(
    name="connection-pool",
    about="Two applications each open fifty connections to a memcached, use them, close them, and again.",
    tools={"memcached": "memcached"},
    run=run,
)
