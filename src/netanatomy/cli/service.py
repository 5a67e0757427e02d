"""`netanatomy service`: what a service name or a port stands for, and what uses it here."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import netanatomy
from netanatomy.cli.command import Command
from netanatomy.cli.questions import NOT_FOUND, Complaints, Printer, answered
from netanatomy.errors import UsageError


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "services",
        nargs="+",
        metavar="SERVICE",
        help="a name or a port, also with /tcp or /udp; - for one a line of standard input",
    )
    parser.add_argument("--tcp", action="store_true", help="look in TCP")
    parser.add_argument("--udp", action="store_true", help="look in UDP")
    parser.add_argument("--no-sockets", action="store_true", help="leave out the sockets of this machine")
    parser.add_argument("--json", action="store_true", help="one JSON document with the same content")


def run(options: Namespace) -> int:
    """Answer each question."""
    from netanatomy.active.service import lookup
    from netanatomy.active.sockets import snapshot
    from netanatomy.report.service_answer import ServiceAnswer

    protocols = [name for name in ("tcp", "udp") if getattr(options, name)]
    sockets = None if options.no_sockets else snapshot()
    complaints, printer = Complaints(), Printer()
    answers: list[ServiceAnswer] = []
    all_known = True

    def answer(question: str) -> ServiceAnswer:
        return lookup(question, protocols=protocols, sockets=sockets)

    for found in answered(options.services, answer):
        if isinstance(found, UsageError):
            complaints.tell(found)
            continue
        all_known &= found.known
        if options.json:
            answers.append(found)
        else:
            from netanatomy.report.service_view import service_document

            printer.print(service_document(found))
    if options.json and (answers or not complaints.count):
        from netanatomy.report.answer_json import answers_json

        print(answers_json(netanatomy.__version__, answers=answers))
    complaints.end()
    if complaints.count:
        return UsageError.exit_code
    return 0 if all_known else NOT_FOUND


COMMAND = Command(
    name="service",
    summary="what a service or a port is, and what uses it on this machine",
    description=(
        "Tell what a service name or a port stands for, by this system's database and by IANA's registry:\n"
        "its range, whether it can be read on the way, what it is mostly abused for; and the sockets of\n"
        "this machine that use it, with their process and from where they can be reached.\n"
        f"Exit code {NOT_FOUND} where a service is in neither database, 2 where a question makes no sense;\n"
        "the others are answered all the same."
    ),
    arguments=arguments,
    run=run,
    order=61,
)
