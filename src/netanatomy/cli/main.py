"""The command `netanatomy`: finds its commands, and turns every end into an exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import netanatomy
from netanatomy.cli.command import Command, commands, named
from netanatomy.cli.spared import spared
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
  20 to 23  what is wrong with a SOCKS proxy (see socks check --help)
  130  interrupted (Ctrl-C)
  141  whoever read the output stopped reading
"""
INTERRUPTED = 128 + signal.SIGINT
BROKEN_PIPE = 141  # 128 + SIGPIPE, as a program has that dies of it; Windows has no such signal

COLLECTED_OBJECTS = 150_000
"""New objects after which Python looks for garbage. Of the ninety thousand that a start makes nearly all
stay: to look through them after every 700, as Python would, takes a tenth of the start."""


def parser(wanted: Sequence[Command] | None = None) -> ArgumentParser:
    """The parser of some commands; None for all."""
    top = ArgumentParser(
        prog="netanatomy",
        description="The network, opened layer by layer: what is in a capture, and what is wrong with it.",
        epilog=EXIT_CODES,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"netanatomy {netanatomy.__version__}")
    added = top.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    for command in commands() if wanted is None else wanted:
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
    given = sys.argv[1:] if arguments is None else arguments
    try:
        with _prepared(ending=arguments is None):
            options = parser(named(given[0]) if given else None).parse_args(given)
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


@contextmanager
def _prepared(ending: bool) -> Iterator[None]:
    """Spare what would be made ready at each start and never be used.

    Args:
        ending: whether the program ends with this.
    """
    before = gc.get_threshold()
    gc.set_threshold(COLLECTED_OBJECTS)
    # NumPy's linear algebra would start a thread for each processor, which spin.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        with spared():
            yield
    finally:
        if ending:
            gc.freeze()  # not to be looked through once more, just before all of it goes
        gc.set_threshold(*before)


def _failed(error: NetanatomyError) -> int:
    """One clear line on standard error."""
    hint = " (see netanatomy --help)" if isinstance(error, UsageError) else ""
    sys.stderr.write(f"netanatomy: {visible(str(error))}{hint}\n")
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
