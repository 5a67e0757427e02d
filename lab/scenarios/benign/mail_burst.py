"""A newsletter: a mail server connects to many others, some of which are gone."""

from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    mail = net.inside("mail")
    exchanges = [net.outside(f"mx{number}") for number in range(18)]
    for exchange in exchanges[:-3]:
        exchange.start("smtp-sink", "-u", "nobody", "-c", f"{exchange.ip}:25", "100")
    net.everyday()
    for turn in range(3):
        for exchange in exchanges:
            mail.start(
                "smtp-source",
                "-c",
                "-m",
                "2",
                "-s",
                "2",
                "-l",
                "900",
                "-f",
                "news@range.example",
                "-t",
                f"reader{turn}@{exchange.name}.example",
                f"{exchange.ip}:25",
            )
            mail.start(
                "dig", "+tries=1", "+timeout=1", f"@{net.names().ip}", f"{exchange.name}.example", "MX"
            )
        net.quiet(4)
    net.quiet(2)


SCENARIO = Scenario(
    name="mail-burst",
    about="A mail server delivers a newsletter to eighteen others; three of them refuse connections.",
    tools={"smtp-source": "postfix", "smtp-sink": "postfix"},
    run=run,
    held_out=True,
)
