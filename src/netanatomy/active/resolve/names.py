"""Names as people type them, and as the DNS has them: IDNA 2008, search lists, look-alikes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from netanatomy.errors import UsageError
from netanatomy.schema.frozen import frozen

LOOK_ALIKES = str.maketrans(
    # Letters that most fonts draw as the Latin one behind them (compare Unicode TR 39, confusables).
    {
        pair[0]: pair[1]
        for pair in (
            *("аa", "еe", "оo", "рp", "сc", "уy", "хx", "іi", "јj", "ѕs", "ԁd", "ԛq", "ԝw", "һh", "ӏl", "ѵv"),
            *("ьb", "кk", "гr", "ոn", "սu", "օo", "հh", "ցg"),  # Cyrillic above and here, then Armenian
            *("οo", "αa", "νv", "ιi", "υu", "κk", "ρp", "χx", "γy", "ωw"),  # Greek
            *("ɡg", "ɩi", "ıi", "ℓl"),
        )
    }
)
SIMPLE = re.compile(
    r"(?!.*xn--)(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?", re.IGNORECASE | re.ASCII
)
"""Names that are the same in every form: letters, digits, hyphens and underscores, within the limits of
RFC 1035 section 2.3.4. With thousands of names it pays not to ask dnspython about each of them."""

SIMPLE_LETTERS = re.compile(r"[a-z0-9_.-]+", re.IGNORECASE | re.ASCII)
MAXIMUM_NAME = 253  # characters with dots between the labels; 255 octets, RFC 1035 section 2.3.4
MAXIMUM_LABEL = 63  # octets, RFC 1035 section 2.3.4
LENGTH_OCTETS = tuple(bytes([length]) for length in range(MAXIMUM_LABEL + 1))
"""What stands before a label of so many octets."""

LATIN = "LATIN"
MAY_MIX = (
    # Unicode TR 39 section 5.2, "highly restrictive": what real words mix.
    frozenset({LATIN, "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({LATIN, "CJK", "BOPOMOFO"}),
    frozenset({LATIN, "CJK", "HANGUL"}),
)


@frozen
class Name:
    """A name to ask for.

    Attributes:
        given: as it was typed.
        ascii: as the DNS has it, without the dot at the end unless it was typed.
        unicode: as people read it.
        notes: what a reader should know about its letters.
    """

    given: str
    ascii: str
    unicode: str
    notes: tuple[str, ...] = ()


def parse_name(text: str) -> Name:
    """A name from what a person typed, by IDNA 2008 (RFC 5891) after the mapping of UTS 46.

    Raises:
        UsageError: it can be no name.

    >>> parse_name("Bücher.example").ascii
    'xn--bcher-kva.example'
    >>> parse_name("xn--bcher-kva.example").unicode
    'bücher.example'
    >>> parse_name("раураl.example").notes
    ('раураl mixes letters of CYRILLIC and LATIN: it looks like paypal',)
    """
    given = text.strip()
    if SIMPLE.fullmatch(given):
        return Name(text, given, given)
    import dns.exception
    import dns.name

    try:
        ascii_form = given if given.isascii() else _to_ascii(given)
        dns.name.from_text(ascii_form)
    except (dns.exception.DNSException, UnicodeError) as error:
        reason = str(error) or type(error).__name__
        raise UsageError(f"{text!r} is no name: {reason}") from error
    if not given:
        raise UsageError("an empty name: the root is written as a dot")
    unicode_form, damaged = _to_unicode(ascii_form)
    return Name(text, ascii_form, unicode_form, (*_notes(unicode_form), *damaged))


def _to_ascii(text: str) -> str:
    import idna

    return idna.encode(text, uts46=True).decode("ascii")


def _to_unicode(text: str) -> tuple[str, tuple[str, ...]]:
    """The form for reading, and complaints about labels that only pretend to be IDNA."""
    if "xn--" not in text.lower():
        return text, ()
    import idna

    labels, damaged = [], []
    for label in text.split("."):
        shown = label
        if label.lower().startswith("xn--"):
            try:
                shown = idna.decode(label)
            except UnicodeError as error:
                damaged.append(f"{label} is no valid IDNA label: {error}")
        labels.append(shown)
    return ".".join(labels), tuple(damaged)


def _notes(name: str) -> Iterator[str]:
    for label in name.split("."):
        if label.isascii():
            continue
        scripts = sorted({script for script in map(_script, label) if script})
        # A Latin letter with a mark looks like the letter: é is not the trap that а (Cyrillic) is.
        looks = label.translate(LOOK_ALIKES)
        alike = f": it looks like {looks}" if looks.isascii() else ""
        if len(scripts) > 1 and not any(mixed.issuperset(scripts) for mixed in MAY_MIX):
            yield f"{label} mixes letters of {' and '.join(scripts)}{alike}"
        elif alike:
            yield f"{label} is written in {' and '.join(scripts) or 'other letters'}{alike}"


def _script(letter: str) -> str:
    """The script of a letter; its Unicode name begins with it. Digits and signs have none."""
    if not unicodedata.category(letter).startswith("L"):
        return ""
    return unicodedata.name(letter, "UNKNOWN").split()[0]


def absolute(name: str) -> str:
    """A name with the dot at its end, as dnspython writes it.

    >>> absolute("www.example"), absolute(".")
    ('www.example.', '.')
    """
    import dns.name

    if SIMPLE.fullmatch(name):
        return name if name.endswith(".") else f"{name}."
    return dns.name.from_text(name).to_text()


def name_octets(name: str) -> bytes:
    r"""A name as messages carry it (RFC 1035 section 3.1).

    >>> name_octets("www.example.")
    b'\x03www\x07example\x00'
    """
    import dns.name

    if SIMPLE.fullmatch(name):
        return _simple_octets(name)
    return bytes(dns.name.from_text(name).to_wire() or b"")


def simple_name(text: str) -> tuple[Name, str, bytes] | None:
    r"""`parse_name`, `absolute` and `name_octets` in one go, where the name is the same in every form.

    >>> simple_name(" www.example")
    (Name(given=' www.example', ascii='www.example', ...), 'www.example.', b'\x03www\x07example\x00')
    >>> simple_name("bücher.example") is simple_name("a..b") is None
    True
    """
    given = text.strip()
    # What SIMPLE says, in a third of the time.
    if len(given) > MAXIMUM_NAME or not SIMPLE_LETTERS.fullmatch(given):
        return None
    if "--" in given and "xn--" in given.lower():
        return None
    full = given if given.endswith(".") else f"{given}."
    parts: list[bytes] = []
    for label in full[:-1].encode("ascii").split(b"."):
        if not 0 < len(label) <= MAXIMUM_LABEL:
            return None
        parts += (LENGTH_OCTETS[len(label)], label)
    return Name(text, given, given), full, b"".join(parts) + b"\0"


def _simple_octets(name: str) -> bytes:
    labels = name.rstrip(".").encode("ascii").split(b".")
    return b"".join([LENGTH_OCTETS[len(label)] + label for label in labels]) + b"\0"


def reverse_name(text: str) -> str:
    """The name under which the pointer of an address lies (RFC 1035 section 3.5, RFC 3596 section 2.5).

    Raises:
        UsageError: it is no address.

    >>> reverse_name("192.0.2.1")
    '1.2.0.192.in-addr.arpa.'
    """
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        raise UsageError(f"--reverse {text}: not an IP address") from None
    return f"{address.reverse_pointer}."


def candidates(name: str, search: Sequence[str], dots: int) -> tuple[str, ...]:
    """The full names to try for a name, in the order of resolv.conf(5).

    Args:
        name: as typed; with a dot at its end it is tried as it is.
        search: the search list.
        dots: from so many dots on, the name as it is comes first (`ndots`).

    >>> candidates("www", ["a.example", "example"], 1)
    ('www.a.example.', 'www.example.', 'www.')
    >>> candidates("www.a", ["example"], 1)
    ('www.a.', 'www.a.example.')
    """
    if name.endswith("."):
        return (name,)
    listed = tuple(f"{name}.{domain.strip('.')}." if domain.strip(".") else f"{name}." for domain in search)
    as_it_is = f"{name}."
    return (as_it_is, *listed) if name.count(".") >= dots else (*listed, as_it_is)
