"""The command `netanatomy`: finds its commands, and turns every end into an exit code."""

from __future__ import annotations

import os
import signal
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence

import netanatomy
from netanatomy.cli.command import commands
from netanatomy.errors import NetanatomyError, UsageError
from netanatomy.report.escape import visible

EXIT_CODES = """\
exit codes:
  0    done, also where a capture was damaged: standard error says so
  1    something else went wrong; standard error says what
  2    the request makes no sense (unknown column, unreadable filter, no such frame)
  3    the file is no capture of a known format
  4    the capture is missing or cannot be read
  5    something asked for is known to nobody (service): an answer, not an error
  6    an attack was found, of severity medium or above (analyze, findings; not with --exit-zero)
  10 to 18  what the name servers answered, or why they did not (see resolve --help)
  19   a probe's connection was closed without an answer (see probe --help for its others)
  20 to 22  what is wrong with a SOCKS proxy (see socks check --help)
  130  interrupted (Ctrl-C)
  141  whoever read the output stopped reading
"""
INTERRUPTED = 128 + signal.SIGINT
BROKEN_PIPE = 141  # 128 + SIGPIPE, as a program has that dies of it; Windows has no such signal


def parser() -> ArgumentParser:
    """The parser of all commands."""
    top = ArgumentParser(
        prog="netanatomy",
        description="The network, opened layer by layer: what is in a capture, and what is wrong with it.",
        epilog=EXIT_CODES,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"netanatomy {netanatomy.__version__}")
    added = top.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for command in commands():
        sub = added.add_parser(
            command.name,
            help=command.summary,
            description=command.description,
            formatter_class=RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.arguments(sub)
        sub.set_defaults(run=command.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    # NumPy's linear algebra would start a thread for each processor, which spin and are never used.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        options = parser().parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
    except NetanatomyError as error:
        return _failed(error)
    except BrokenPipeError:
        # What is still in the buffer has nowhere to go; without this the interpreter complains at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _failed(error: NetanatomyError) -> int:
    """One clear line on standard error."""
    hint = " (see netanatomy --help)" if isinstance(error, UsageError) else ""
    sys.stderr.write(f"netanatomy: {visible(str(error))}{hint}\n")
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
