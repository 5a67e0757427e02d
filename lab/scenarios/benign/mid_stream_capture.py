"""The recording begins while connections are at work, and ends before they do."""

from lab import servers
from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario

CHATTER = """
import socket, sys, threading, time
if sys.argv[1] == 'serve':
    server = socket.create_server(('', 5222), backlog=64)
    def echo(client):
        while data := client.recv(2048):
            client.sendall(data)
    while True:
        threading.Thread(target=echo, args=(server.accept()[0],), daemon=True).start()
streams = [socket.create_connection((sys.argv[1], 5222)) for _ in range(30)]
while True:
    for stream in streams:
        stream.sendall(b'a line of talk')
        stream.recv(2048)
        time.sleep(0.02)
"""


def run(net: Range) -> None:
    server, www = net.inside("files"), net.web(net.outside("www"))
    key, _ = servers.shell(server)
    (www.folder / "www" / "system.iso").write_bytes(bytes(3_000_000))
    people = [net.inside("pc3"), net.inside("pc4")]
    net.web(), net.names(), net.inside("pc1"), net.inside("pc2"), net.outside("visitor")
    server.start("/usr/bin/python3", "-c", CHATTER, "serve")
    wait_for("the server", listens(server, 5222))
    for person in people:
        person.start("/usr/bin/python3", "-c", CHATTER, server.ip)
        person.start("curl", "-s", "--limit-rate", "120k", "-o", "/dev/null", f"http://{www.ip}/system.iso")
        quiet = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
        talk = "while :; do date; sleep 0.3; done"
        person.start("ssh", "-F", "none", *quiet.split(), "-i", str(key), f"root@{server.ip}", talk)
    net.quiet(3)
    net.everyday()
    net.quiet(10)


SCENARIO = Scenario(
    name="mid-stream-capture",
    about="Sixty long connections, two downloads and two SSH sessions began before the recording did.",
    tools={"/usr/sbin/sshd": "openssh-server"},
    run=run,
    snap_octets=100,
)
