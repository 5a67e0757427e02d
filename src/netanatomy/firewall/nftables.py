"""Rules as nftables reads them: one, or a whole file that `nft -c -f` accepts.

Rules on IP packets stand in a chain of their own in front of everything, also of connection tracking
and of the putting together of fragments: a flood that is dropped there costs nothing behind it, and
each packet is judged as it arrives. Rules on whole frames (Ethernet, VLAN, ARP) stand at the ingress
of one interface, whose name has to be filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from textwrap import wrap

from netanatomy.firewall.fields import IPV4, IPV6, LINK_ONLY
from netanatomy.firewall.lines import Line, Written, written
from netanatomy.schema.findings import Finding
from netanatomy.schema.frozen import frozen
from netanatomy.schema.match import Operator
from netanatomy.schema.rules import Action, Per, Rule

PRIORITY = -450
"""Of the chain: NF_IP_PRI_RAW_BEFORE_DEFRAG of Linux, before fragments are put together (-400)."""

COMMENT_OCTETS = 128
"""NFTNL_UDATA_COMMENT_MAXLEN of libnftnl: what nft accepts as a rule's comment."""

LINE_CHARACTERS = 300
"""Of a comment of the file: what is behind them is text from traffic that nobody reads."""

FILE_LINE = 100
"""Characters of a line of remarks."""

SET_SIZE = 65_535
"""Addresses that a limit counts apart. Bounds a flood of forged addresses; further ones are let pass."""

SET_SECONDS = 60
"""Seconds after its last packet that an address is forgotten, at least: longer than any burst takes."""

BURST = 5
"""Packets: what nft takes where a limit names no burst (nft(8))."""

TABLE = "netanatomy"
INTERFACE = "eth0"

LATER_FRAGMENTS = (
    'ip frag-off & 0x1fff != 0 accept comment "no ports or flags in later fragments"',
    'frag frag-off != 0 accept comment "the same in IPv6"',
)
"""In front of rules on transport headers: Linux takes octets of a later fragment for such a header."""

_PLAIN = str.maketrans({"–": "-", "—": "-", "→": "->", "×": "x", "’": "'", "“": "'", "”": "'", '"': "'"})
_INTERFACE_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,15}")  # IFNAMSIZ of Linux is 16 with its zero


@frozen
class Named:
    """A rule of a file, and whose it is.

    Attributes:
        rule: the rule.
        comment: the findings' ids and titles.
    """

    rule: Rule
    comment: str


def plain(text: str, most: int = LINE_CHARACTERS) -> str:
    r"""Text of which nothing can end a quotation, a comment or a line, cut to so many characters (octets).

    >>> plain('a "b" \n# c → d\x1b[1m')
    "a 'b' ?# c -> d?[1m"
    """
    safe = "".join(char if " " <= char <= "~" and char != "\\" else "?" for char in text.translate(_PLAIN))
    return safe if len(safe) <= most else safe[: most - 3] + "..."


def is_interface_name(text: str) -> bool:
    """Whether an interface can be called that.

    >>> is_interface_name("eth0"), is_interface_name('eth0"; flush ruleset')
    (True, False)
    """
    return _INTERFACE_NAME.fullmatch(text) is not None


def burst_of(rule: Rule) -> int:
    """Packets that may come at once."""
    return rule.burst if rule.burst > 0 else BURST


def set_seconds(rule: Rule) -> int:
    """Seconds after its last packet that an address is forgotten: its bucket is full again by then."""
    return max(SET_SECONDS, -(-burst_of(rule) // max(1, rule.rate)) + 1)


def counted_apart(rule: Rule) -> Per:
    """Whose packets a limit counts together: all, where the rule is about one address only.

    >>> from netanatomy.schema.match import where
    >>> counted_apart(Rule(where(ip_destination="10.0.0.1"), Action.LIMIT, 10, 5, Per.DESTINATION)).value
    'all'
    """
    columns = {
        Per.ALL: (),
        Per.SOURCE: ("ip_source", "eth_source"),
        Per.DESTINATION: ("ip_destination", "eth_destination"),
    }[rule.per]
    one = any(match.column in columns and match.operator is Operator.EQUAL for match in rule.matches)
    return Per.ALL if one else rule.per


def place_in_file(rule: Written) -> tuple[bool, bool]:
    """Rules on frames come first; of each kind those that look into transport headers come last."""
    return not rule.whole_frames, rule.transport


def why_not(rule: Rule) -> str:
    """Why a packet filter cannot have a rule; empty where it can."""
    return written(rule).why_not


def rule_text(rule: Rule) -> str:
    """One rule with all that it needs, a file in itself; empty where a packet filter cannot have it.

    >>> from netanatomy.schema.match import where
    >>> print(rule_text(Rule(where(ip_source="192.0.2.1"), purpose="a scan")))
    table inet netanatomy {
        chain prerouting {
            type filter hook prerouting priority -450; policy accept;
            ip saddr 192.0.2.1 counter drop comment "a scan"
        }
    }
    """
    return "\n".join(_tables([Named(rule, rule.purpose)], INTERFACE))


def named_rules(findings: Sequence[Finding]) -> list[Named]:
    """The rules of findings that can be written, each once, in the order of the findings."""
    whose: dict[Rule, list[Finding]] = {}
    for finding in findings:
        if finding.rule is not None and written(finding.rule).lines:
            bare = Rule(
                finding.rule.matches,
                finding.rule.action,
                finding.rule.rate,
                finding.rule.burst,
                finding.rule.per,
            )
            whose.setdefault(bare, []).append(finding)
    return [Named(rule, "; ".join(f"{each.id}: {each.title}" for each in of)) for rule, of in whose.items()]


def rule_set(findings: Sequence[Finding], interface: str = INTERFACE) -> str:
    """The rules of findings as a file for `nft -f`. What it cannot hold is named in its comments.

    Args:
        findings: with their rules.
        interface: where frames arrive, for rules on whole frames.
    """
    return file_text(named_rules(findings), _left_out(findings), interface)


def file_text(
    rules: Sequence[Named],
    remarks: Sequence[str] = (),
    interface: str = INTERFACE,
    not_loaded: Sequence[Named] = (),
    why_not_loaded: str = "",
) -> str:
    """A file of rules, with remarks in front of them. Loading it again replaces what it loaded before.

    Args:
        rules: what is loaded.
        remarks: what is said in front of them.
        interface: where frames arrive, for rules on whole frames.
        not_loaded: rules that stand behind the others as comments.
        why_not_loaded: what is said in front of these.
    """
    frames = any(written(each.rule).whole_frames for each in rules)
    lines = [
        "#!/usr/sbin/nft -f",
        "# Firewall rules by netanatomy, from what was found in a capture; each names its finding.",
        "# Read them first. Test them: nft -c -f FILE; load them: nft -f FILE;",
        f"# take them away again: nft delete table inet {TABLE}"
        + (f"; nft delete table netdev {TABLE}" if frames else ""),
        "# They judge what comes in, on the host that was attacked or on a router in front of it.",
    ]
    if frames:
        lines += [
            "# To be filled in: the interface where the frames of the attack arrive; on a switch or a",
            "# hypervisor the port of the attacker.",
            f'define interface = "{interface}"',
        ]
    for remark in remarks:
        lines += _remark(remark)
    if rules:
        lines += ["", *_tables(rules, "$interface", replacing=True)]
    else:
        lines.append("# There is no rule to load.")
    if not_loaded:
        # Numbered behind the others, so that their limits have names of their own where both are loaded.
        commented = _tables(not_loaded, interface, first=len(rules) + 1)
        lines += ["", *_remark(why_not_loaded), *(f"#     {line}" for line in commented)]
    return "\n".join(lines) + "\n"


def _remark(text: str) -> list[str]:
    return wrap(plain(text), FILE_LINE, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False)


def _left_out(findings: Sequence[Finding]) -> list[str]:
    remarks = []
    for finding in findings:
        if finding.rule is None:
            remarks.append(f"no rule for {finding.id}: a packet filter cannot help against this")
        elif reason := why_not(finding.rule):
            remarks.append(f"no rule for {finding.id}: {reason}")
    return remarks


def _tables(rules: Sequence[Named], interface: str, replacing: bool = False, first: int = 1) -> list[str]:
    numbered = [(number, each, written(each.rule)) for number, each in enumerate(rules, first)]
    device = interface if interface.startswith("$") else f'"{interface}"'
    found: list[str] = []
    for family, hook, frames in (
        ("inet", f"prerouting priority {PRIORITY}", False),
        ("netdev", f"ingress device {device} priority {PRIORITY}", True),
    ):
        mine = [one for one in numbered if one[2].whole_frames is frames and one[2].lines]
        if not mine:
            continue
        if replacing:
            found += [f"table {family} {TABLE}", f"delete table {family} {TABLE}"]
        found.append(f"table {family} {TABLE} {{")
        for number, _, lines in mine:
            found += [f"    {declaration}" for declaration in _declarations(number, lines)]
        found += [f"    chain {hook.split()[0]} {{", f"        type filter hook {hook}; policy accept;"]
        guarded = False
        for number, each, lines in sorted(mine, key=lambda one: place_in_file(one[2])):
            if lines.transport and not guarded:
                found += [f"        {guard}" for guard in LATER_FRAGMENTS]
                guarded = True
            if replacing:
                found.append(f"        # {plain(each.comment)}")
            comment = plain(each.comment, COMMENT_OCTETS - 1)
            told = f' comment "{comment}"' if comment else ""
            for line in lines.lines:
                found.append(f"        {' '.join(_statements(number, line, lines))} counter drop{told}")
        found += ["    }", "}"]
    return found


def _declarations(number: int, lines: Written) -> Iterable[str]:
    """What lines of a rule share: a bucket, or a set of buckets for each address."""
    rule = lines.rule
    if rule.action is not Action.LIMIT:
        return
    if counted_apart(rule) is Per.ALL:
        if len(lines.lines) > 1:
            yield f"limit limit_{number} {{ {_rate(rule)} }}"
        return
    for line in lines.lines:
        kind = {IPV4: "ipv4_addr", IPV6: "ipv6_addr", LINK_ONLY: "ether_addr"}[line.version]
        yield (
            f"set {_set_name(number, line)} {{ type {kind}; size {SET_SIZE}; "
            f"flags dynamic,timeout; timeout {set_seconds(rule)}s; }}"
        )


def _statements(number: int, line: Line, lines: Written) -> Iterable[str]:
    rule = lines.rule
    if line.text:
        yield line.text
    if rule.action is not Action.LIMIT:
        return
    if counted_apart(rule) is not Per.ALL:
        side = "saddr" if rule.per is Per.SOURCE else "daddr"
        layer = {IPV4: "ip", IPV6: "ip6", LINK_ONLY: "ether"}[line.version]
        yield f"update @{_set_name(number, line)} {{ {layer} {side} limit {_rate(rule)} }}"
    elif len(lines.lines) > 1:
        yield f'limit name "limit_{number}"'
    else:
        yield f"limit {_rate(rule)}"


def _rate(rule: Rule) -> str:
    return f"rate over {rule.rate}/second burst {burst_of(rule)} packets"


def _set_name(number: int, line: Line) -> str:
    return f"counted_{number}" + {IPV4: "_ipv4", IPV6: "_ipv6", LINK_ONLY: ""}[line.version]
