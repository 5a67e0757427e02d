"""`netanatomy address`: what an IP address, a network or a MAC address tells by itself."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import netanatomy
from netanatomy.cli.command import Command
from netanatomy.cli.questions import Complaints, Printer, answered
from netanatomy.errors import UsageError


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "addresses",
        nargs="+",
        metavar="ADDRESS",
        help="an IP address, a network, a MAC address, a reverse name; - for one a line of standard input",
    )
    parser.add_argument("--split", metavar="/BITS", help="cut networks into parts of this prefix length")
    parser.add_argument("--nat64", metavar="PREFIX", help="your network's NAT64 prefix (RFC 6052)")
    parser.add_argument(
        "--mmdb",
        action="append",
        default=[],
        metavar="FILE",
        help="also ask this MaxMind database (GeoLite2 and the like); may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document with the same content")


def run(options: Namespace) -> int:
    """Answer each question."""
    from netanatomy.active.address import MAXIMUM_COMPARED, compare, describe, nat64_prefix, prefix_length
    from netanatomy.active.databases import Databases
    from netanatomy.report.address_answer import AddressAnswer

    split = None if options.split is None else prefix_length(options.split)
    nat64 = None if options.nat64 is None else nat64_prefix(options.nat64)
    complaints, printer = Complaints(), Printer()
    answers: list[AddressAnswer] = []
    with Databases(options.mmdb) as databases:

        def answer(question: str) -> AddressAnswer:
            return describe(question, split=split, nat64=nat64, databases=databases)

        for found in answered(options.addresses, answer):
            if isinstance(found, UsageError):
                complaints.tell(found)
                continue
            if options.json or len(answers) <= MAXIMUM_COMPARED:
                answers.append(found)
            if not options.json:
                from netanatomy.report.address_view import address_document

                printer.print(address_document(found))
    comparison = compare(answers)
    if options.json:
        from netanatomy.report.answer_json import answers_json

        if answers or not complaints.count:
            print(answers_json(netanatomy.__version__, answers=answers, comparison=comparison))
    elif comparison is not None:
        from netanatomy.report.address_view import comparison_document

        printer.print(comparison_document(comparison))
    complaints.end()
    return UsageError.exit_code if complaints.count else 0


COMMAND = Command(
    name="address",
    summary="what an address, a network or a MAC address is",
    description=(
        "Tell what an IP address, a network (10.0.0.0/8) or a MAC address is: class and its RFC, scope,\n"
        "what IANA says of its block, the reverse name, the IPv4 address inside an IPv6 address (6to4,\n"
        "Teredo, NAT64, v4-mapped, ISATAP), the MAC address and its vendor, subnet arithmetic, other\n"
        "notations and who reads them how. Nobody is asked, unless --mmdb names a database. Networks\n"
        "that are given together are compared.\n"
        "Exit code 2 where a question makes no sense; the others are answered all the same."
    ),
    arguments=arguments,
    run=run,
    order=62,
)
