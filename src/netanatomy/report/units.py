"""Numbers, times and volumes as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NANOSECONDS = 1_000_000_000
UNITS = ("kB", "MB", "GB", "TB", "PB")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def count(number: int) -> str:
    """A number with its thousands apart.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,}"


def several(number: int, thing: str) -> str:
    """How many of a thing.

    >>> several(1, "frame"), several(2500, "frame"), several(2, "address")
    ('1 frame', '2,500 frames', '2 addresses')
    """
    ending = "" if number == 1 else "es" if thing.endswith("s") else "s"
    return f"{count(number)} {thing}{ending}"


def volume(octets: float) -> str:
    """Octets in decimal units, three digits.

    >>> volume(999), volume(1500), volume(12_345_678)
    ('999 B', '1.50 kB', '12.3 MB')
    """
    if octets < 1000:
        return f"{octets:.0f} B"
    # 999.5 of a unit would be written as 1000 of it.
    step = next((step for step in range(1, len(UNITS)) if octets / 1000**step < 999.5), len(UNITS))
    number = octets / 1000**step
    return f"{number:.{2 if number < 10 else 1 if number < 100 else 0}f} {UNITS[step - 1]}"


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent.

    >>> share(1, 3), share(1, 100_000), share(0, 5)
    ('33.3 %', '<0.1 %', '0 %')
    """
    if not part or not whole:
        return "0 %"
    percent = 100 * part / whole
    return f"{percent:.1f} %" if percent >= 0.05 else "<0.1 %"


def time(nanoseconds: int) -> str:
    """A time of a packet, UTC, to the nanosecond (RFC 3339).

    >>> time(1_000_000_000_000_000_001)
    '2001-09-09T01:46:40.000000001Z'
    """
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    # Every 64-bit number of nanoseconds lies in the years 1677 to 2262, which datetime can write.
    moment = EPOCH + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def duration(nanoseconds: int) -> str:
    """How long, in the two largest units.

    >>> duration(0), duration(1_500_000), duration(90 * 10**9), duration(90061 * 10**9)
    ('0 s', '1.500 ms', '1 min 30 s', '1 d 1 h')
    """
    if not nanoseconds:
        return "0 s"
    if nanoseconds < 1_000_000:
        return f"{nanoseconds / 1000:.3f} µs"
    if nanoseconds < NANOSECONDS:
        return f"{nanoseconds / 1_000_000:.3f} ms"
    if nanoseconds < 60 * NANOSECONDS:
        return f"{nanoseconds / NANOSECONDS:.3f} s"
    seconds = nanoseconds // NANOSECONDS
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s"


def frames(numbers: list[int], total: int) -> str:
    """The first frames of something, and whether there are more.

    >>> frames([1, 7], 2), frames([1, 7], 9)
    ('1, 7', '1, 7, …')
    """
    listed = ", ".join(map(str, numbers))
    return f"{listed}, …" if total > len(numbers) else listed
