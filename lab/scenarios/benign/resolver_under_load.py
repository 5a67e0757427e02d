"""A resolver with much to do, for clients who all know what they asked."""

from lab import servers
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    resolver = net.inside("resolver", 54)
    servers.resolver(resolver)
    clients = [net.inside(f"desk{number}") for number in range(4)]
    net.everyday()
    started = []
    for client in clients:
        questions = client.folder / "questions"
        kinds = ("www", "A"), ("web", "A"), ("mail", "AAAA"), ("", "MX"), ("none", "A"), ("", "NS")
        questions.write_text(
            "".join(f"{name}{'.' if name else ''}range.example {kind}\n" for name, kind in kinds)
        )
        words = f"dnsperf -s {resolver.ip} -d {questions} -l 8 -Q 120 -q 20 -c 4"
        started.append(client.start(*words.split()))
    for process in started:
        process.wait(20)
    net.quiet(2)


SCENARIO = Scenario(
    name="resolver-under-load",
    about="Four clients ask a resolver 120 questions a second each, and it answers all.",
    tools={"dnsperf": "dnsperf", "named": "bind9"},
    run=run,
    snap_octets=110,
)
