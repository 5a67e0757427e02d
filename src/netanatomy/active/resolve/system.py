"""What this machine's own resolver answers, and where it has that from.

getaddrinfo() does not tell where an answer came from. So the sources are asked one by one, in the order of
nsswitch.conf; what says the same is the source. Sources that cannot be asked are told as likely, not as
certain.
"""

from __future__ import annotations

import asyncio
import ctypes
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from ipaddress import ip_address
from typing import TypeVar

from netanatomy.active.resolve import system_files
from netanatomy.active.resolve.channel import Stopwatch
from netanatomy.active.resolve.message import address_meaning
from netanatomy.active.resolve.multicast import DOMAIN
from netanatomy.schema.frozen import frozen
from netanatomy.schema.resolution import Answer, Exchange, Outcome, Question, Record, Source

SYSTEM = "system"
FAMILIES = {"A": socket.AF_INET, "AAAA": socket.AF_INET6}
NO_SUCH_NAME = frozenset({socket.EAI_NONAME})
NO_DATA = frozenset(
    code for code in (getattr(socket, "EAI_NODATA", None), getattr(socket, "EAI_ADDRFAMILY", None)) if code
)

LOCAL_NAMES = ("localhost", "_gateway", "_outbound")  # nss-myhostname(8)
MULTICAST = "mdns"  # how the services begin that ask by multicast: mdns4, mdns_minimal … (nss-mdns)
T = TypeVar("T")
SameQuestion = Callable[[Question], "asyncio.Task[Answer]"]


@frozen
class Found:
    """What getaddrinfo() gave: addresses, and the canonical name if there is one."""

    addresses: tuple[str, ...]
    canonical: str


async def in_thread(work: Callable[[], T]) -> T:
    """Do what blocks in a thread that nobody waits for: the C library's resolver cannot be interrupted."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def deliver(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        failure: OSError | UnicodeError | None = None
        try:
            result = work()
        except (OSError, UnicodeError) as error:
            failure = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(deliver, result, failure)

    threading.Thread(target=run, daemon=True, name="resolver").start()
    return await future


async def look_up(host: str, family: int) -> Found:
    """getaddrinfo() with the canonical name.

    Raises:
        OSError: as getaddrinfo() does.
    """
    flags = socket.AI_CANONNAME

    def work() -> Found:
        infos = socket.getaddrinfo(host, None, family, socket.SOCK_STREAM, 0, flags)
        addresses = tuple(dict.fromkeys(str(info[4][0]) for info in infos))
        return Found(addresses, next((info[3] for info in infos if info[3]), ""))

    return await in_thread(work)


async def system_answer(question: Question, typed: str, timeout: float) -> Answer:
    """What getaddrinfo() says to A or AAAA, or getnameinfo() to PTR; without its source.

    Args:
        question: what to ask.
        typed: the name or address as it was typed: the system searches its own list of domains.
        timeout: seconds; getaddrinfo() has no time-out of its own.
    """
    watch = Stopwatch()
    try:
        async with asyncio.timeout(timeout):
            found = await (
                _name_of(typed) if question.type == "PTR" else look_up(typed, FAMILIES[question.type])
            )
    except TimeoutError:
        watch.lap("lookup")
        return _answer(question, Outcome.TIMEOUT, f"no answer in {timeout:g} s", watch)
    except (OSError, UnicodeError) as error:
        watch.lap("lookup")
        outcome, what = _failure(error)
        return _answer(question, outcome, what, watch)
    watch.lap("lookup")
    records = []
    for text in found.addresses:
        kind, scope = ("", "") if question.type == "PTR" else address_meaning(text)
        owner = question.name if question.type == "PTR" else _dotted(found.canonical) or question.name
        records.append(Record(owner, question.type, None, text, "IN", kind, scope))
    what = f"{len(records)} record{'s' if len(records) != 1 else ''}"
    answer = _answer(question, Outcome.ANSWERED, what, watch)
    return replace(answer, records=tuple(records), canonical_name=_dotted(found.canonical))


async def _name_of(address: str) -> Found:
    def work() -> Found:
        infos = socket.getaddrinfo(address, 0, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
        name, _ = socket.getnameinfo(infos[0][4], socket.NI_NAMEREQD)
        return Found((_dotted(name),), "")

    return await in_thread(work)


def _dotted(name: str) -> str:
    return name if not name or name.endswith(".") else f"{name}."


def _failure(error: OSError | UnicodeError) -> tuple[Outcome, str]:
    if isinstance(error, UnicodeError):
        return Outcome.NO_SUCH_NAME, f"the system takes this for no host name ({error})"
    code, words = error.errno, error.strerror or str(error)
    if code in NO_SUCH_NAME:
        return Outcome.NO_SUCH_NAME, f"no such name ({words})"
    if code in NO_DATA:
        return Outcome.NO_DATA, f"no address of this family ({words})"
    return Outcome.SERVER_FAILURE, words


def _answer(question: Question, outcome: Outcome, what: str, watch: Stopwatch) -> Answer:
    return Answer(
        question=question,
        server=SYSTEM,
        outcome=outcome,
        detail=f"this machine's resolver was asked for {question}: {what}",
        exchanges=(Exchange(SYSTEM, "getaddrinfo", "answer", watch.phases),),
    )


def hosts_source(question: Question, typed: str, data: Sequence[str]) -> Source | None:
    """The hosts file as the source of an answer, if it has it."""
    if question.type == "PTR":
        lines = tuple((number, _dotted(name)) for number, name in system_files.hosts_names(typed))
    else:
        lines = system_files.hosts_entries(typed)
    same = [number for number, text in lines if _same(text, data)]
    if not same:
        return None
    where = ", ".join(map(str, same))
    return Source("files", True, f"{system_files.HOSTS} has it in line {where}")


def is_local(question: Question, typed: str) -> bool:
    """Whether the name is in the hosts file, or itself an address: then name servers are not asked."""
    if question.type == "PTR":
        return bool(system_files.hosts_names(typed))
    return bool(system_files.hosts_entries(typed)) or _is_address(typed)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def asks_neighbours(name: str) -> bool:
    """Whether this machine's resolver asks for a name by multicast as well."""
    services = [each for each in system_files.host_services() if each.startswith(MULTICAST)]
    return name.rstrip(".").lower().endswith(DOMAIN) and any(map(installed, services))


def installed(service: str) -> bool:
    """Whether the C library finds what nsswitch.conf names; what it does not find, it passes over.

    >>> installed("nothing-of-this-name")
    False
    """
    try:
        ctypes.CDLL(f"libnss_{service}.so.2")
    except OSError:
        return False
    return True


def source_of(
    answer: Answer, typed: str, from_dns: Sequence[Answer], from_neighbours: Answer | None = None
) -> Source | None:
    """Where the system has an answer from.

    Args:
        answer: the system's.
        typed: the name as typed.
        from_dns: what the name servers of resolv.conf say to the same question, or to the first name of the
            search list that they know.
        from_neighbours: what was said to the same question asked by multicast.
    """
    if not answer.data:
        return None
    if answer.question.type != "PTR" and _same(typed, answer.data):
        return Source("literal", True, "it is itself an address: nobody was asked")
    for service in system_files.host_services():
        if service.startswith(MULTICAST):
            found = _from_multicast(service, answer, from_dns, from_neighbours)
        else:
            found = _from_service(service, answer, typed, from_dns)
        if found is not None:
            return found
    return None


def _from_multicast(
    service: str, answer: Answer, from_dns: Sequence[Answer], from_neighbours: Answer | None
) -> Source | None:
    if not asks_neighbours(answer.question.name) or not installed(service):
        return None
    if from_neighbours is not None and _same_data(from_neighbours, answer):
        return Source(service, True, f"{from_neighbours.server} says the same by multicast (RFC 6762)")
    if any(_same_data(each, answer) for each in from_dns):
        return None  # nobody says so by multicast, but the name servers do
    return Source(service, False, "names in .local are asked for by multicast (RFC 6762), before DNS")


def _from_service(service: str, answer: Answer, typed: str, from_dns: Sequence[Answer]) -> Source | None:
    name = typed.rstrip(".").lower()
    if service == "files":
        return hosts_source(answer.question, typed, answer.data)
    if service == "myhostname":
        own = name == socket.gethostname().lower() or name in LOCAL_NAMES or name.endswith(".localhost")
        return Source(service, False, "nss-myhostname answers for this name") if own else None
    if service == "resolve":
        return Source(service, False, "systemd-resolved: from DNS, multicast or its cache; it does not say")
    if service == "dns":
        for other in from_dns:
            if _same_data(other, answer):
                asked = other.question.name
                searched = f" for {asked}" if asked != answer.question.name else ""
                return Source(service, True, f"{other.server} says the same{searched}")
        if any(set(other.data) & set(answer.data) for other in from_dns):
            return Source(service, False, "the name servers of resolv.conf give some of the same addresses")
        return Source(
            service, False, "no source before DNS has it; its name servers say something else by now"
        )
    return None


def _same_data(other: Answer, answer: Answer) -> bool:
    return bool(other.data) and set(other.data) == set(answer.data)


def _same(text: str, data: Sequence[str]) -> bool:
    """Whether an address or name is among the data, however it is written."""
    try:
        wanted = ip_address(text)
    except ValueError:
        return text.lower() in (each.lower() for each in data)
    return any(wanted == ip_address(each) for each in data if not each.endswith("."))
