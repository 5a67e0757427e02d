"""The whole page: the verdict first, then pictures, then layer after layer, and the words explained."""

from __future__ import annotations

from collections.abc import Sequence

from netanatomy.report.capture_report import capture_name, capture_report
from netanatomy.report.document import Document
from netanatomy.report.finding_report import parties
from netanatomy.report.html.document import section
from netanatomy.report.html.element import Markup, element, joined
from netanatomy.report.html.glossary import GLOSSARY
from netanatomy.report.html.pictures import pictures
from netanatomy.report.html.style import STYLE
from netanatomy.report.records import Overview
from netanatomy.report.units import count, several
from netanatomy.schema.findings import Finding

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Content security policy: whatever stood in the page, no browser would run or fetch anything."""

MAXIMUM_FINDINGS = 200
"""Findings that are told in full. Bounds captures made to give a page that no browser opens."""


def page(report: Overview, findings: Sequence[Finding], details: Sequence[Document], version: str) -> str:
    """One page of HTML.

    Args:
        report: what was counted.
        findings: what is wrong, the gravest first.
        details: the documents of the first of them, no more than `MAXIMUM_FINDINGS`; the others are counted.
        version: of netanatomy.
    """
    name = capture_name(report.capture)
    body = joined(
        (
            element("header", element("h1", f"netanatomy: {name}"), _chips(findings)),
            element(
                "main",
                _verdict(findings, details),
                element(
                    "section",
                    element("h2", "Pictures"),
                    element("div", *pictures(report, findings), classes="pictures"),
                ),
                *(section(each) for each in capture_report(report).sections),
                _glossary(),
            ),
            element("footer", element("p", f"Made by netanatomy {version}.", classes="soft")),
        )
    )
    head = joined(
        (
            Markup(
                '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            ),
            Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
            Markup('<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">'),
            element("title", f"netanatomy: {name}"),
            Markup(f"<style>{STYLE}</style>"),
        )
    )
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'


def _chips(findings: Sequence[Finding]) -> Markup:
    counted: dict[str, int] = {}
    for finding in findings:
        counted[finding.severity.value] = counted.get(finding.severity.value, 0) + 1
    chips = [element("span", f"{number} {name}", classes=f"badge {name}") for name, number in counted.items()]
    return element(
        "p", Markup(" ".join(chips)) if chips else element("span", "nothing found", classes="badge nothing")
    )


def _verdict(findings: Sequence[Finding], details: Sequence[Document]) -> Markup:
    told = [_card(finding, document) for finding, document in zip(findings, details, strict=False)]
    if len(findings) > len(told):
        cut = (
            f"Only the {count(len(told))} gravest of {several(len(findings), 'finding')} are on this page; "
            "netanatomy findings tells all of them."
        )
        told.insert(0, element("p", cut, classes="warning"))
    if not findings:
        told.append(
            element("p", "No attack was found. What was looked for: netanatomy explain.", classes="soft")
        )
    return element("section", element("h2", "Verdict"), *told)


def _card(finding: Finding, document: Document) -> Markup:
    severity = finding.severity.value
    head = element("h3", element("span", severity, classes="badge"), f" {finding.title}")
    facts = element(
        "p",
        f"{parties(finding)} · {finding.layer} layer · {finding.confidence:.0%} sure · {finding.id}",
        classes="soft",
    )
    more = element(
        "details",
        element("summary", "Proof, octets, time, what looks the same, what to do, firewall"),
        *(section(each, "h3") for each in document.sections),
    )
    return element(
        "article", head, facts, element("p", finding.reason), more, classes=f"card {severity}", id=finding.id
    )


def _glossary() -> Markup:
    terms = (joined((element("dt", term), element("dd", meaning))) for term, meaning in GLOSSARY.items())
    return element("section", element("h2", "Words"), element("dl", *terms))
