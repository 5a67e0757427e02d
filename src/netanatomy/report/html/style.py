"""How the page looks: on a phone, on a screen, on paper, light and dark."""

STYLE = """
:root { color-scheme: light dark; --page: #fbfbfa; --card: #ffffff; --ink: #1c1e21; --soft: #5c6470;
  --line: #d9dce1; --mark: #ffe08a; --link: #0b7285; --internet: #2b8a3e; --transport: #b36b00;
  --application: #a61e6d; --capture: #1c5fbf; --critical: #8f0f1d; --high: #c92a2a; --medium: #c2570c;
  --low: #4d6b8a; --info: #6b7280; }
@media screen and (prefers-color-scheme: dark) { :root { --page: #14161a; --card: #1c1f25; --ink: #e7e9ec;
  --soft: #a0a8b4; --line: #343a44; --mark: #7a5c00; --link: #4dd0e1; --internet: #69db7c;
  --transport: #ffc078; --application: #f783ac; --capture: #74a9ff; --critical: #ff6b6b; --high: #ff8787;
  --medium: #ffa94d; --low: #91b4d5; --info: #adb5bd; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 2px solid var(--line); padding-bottom: .2rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
p { margin: .4rem 0; overflow-wrap: anywhere; }
.soft, figcaption, .note { color: var(--soft); font-size: .9rem; }
.card { background: var(--card); border: 1px solid var(--line); border-left: 6px solid var(--tone);
  border-radius: 6px; padding: .8rem 1rem; margin: .8rem 0; }
.badge { display: inline-block; background: var(--tone); color: var(--page); border-radius: 4px;
  padding: 0 .5rem; font-weight: 600; font-size: .85rem; text-transform: uppercase; }
.critical { --tone: var(--critical); } .high { --tone: var(--high); } .medium { --tone: var(--medium); }
.low { --tone: var(--low); } .info { --tone: var(--info); } .nothing { --tone: var(--internet); }
.link { --tone: var(--link); } .internet { --tone: var(--internet); } .transport { --tone: var(--transport); }
.application { --tone: var(--application); } .capture { --tone: var(--capture); }
section > h2 { border-color: var(--tone, var(--line)); }
.warning { color: var(--high); font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; margin: .5rem 0; }
caption { text-align: left; font-weight: 600; padding: .2rem 0; }
th, td { text-align: left; padding: .15rem .7rem .15rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .1rem 1rem; margin: .5rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
pre { font: .85rem/1.45 ui-monospace, monospace; overflow-x: auto; background: var(--page);
  border: 1px solid var(--line); border-radius: 4px; padding: .5rem .7rem; margin: .5rem 0; }
.bars { white-space: pre; overflow-x: auto; font: .8rem/1.4 ui-monospace, monospace;
  color: var(--tone, inherit); }
.entry { margin: .25rem 0; padding-left: .9rem; text-indent: -.9rem; }
mark { background: var(--mark); color: inherit; border-radius: 2px; }
details > summary { cursor: pointer; color: var(--soft); margin: .3rem 0; }
.pictures { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(28rem, 100%), 1fr)); }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: .7rem;  break-inside: avoid-page; }
svg { width: 100%; max-width: 34rem; height: auto; display: block; }
svg text { fill: var(--ink); font: 11px system-ui, sans-serif; }
svg .small { font-size: 10px; fill: var(--soft); } svg .end { text-anchor: end; }
svg .middle { text-anchor: middle; }
svg .axis { stroke: var(--line); fill: none; } svg .fill { fill: var(--tone, var(--capture)); }
svg .thread { stroke: var(--tone, var(--capture)); fill: none; opacity: .55; } svg .node { fill: var(--ink); }
svg .attack { fill: var(--high); } svg .attack-thread { stroke: var(--high); fill: none; opacity: .8; }
@media print { :root { color-scheme: light; --page: #fff; --card: #fff; --ink: #000; --soft: #444;
    --line: #bbb; }
  body { font-size: 10pt; } header, main, footer { max-width: none; padding: 0; }
  mark { background: none; font-weight: 700; outline: 1px solid #000; outline-offset: 0; }
  .badge { background: none; color: var(--tone); border: 1.5px solid var(--tone); }
  h1, h2, h3, summary, caption, .above { break-after: avoid; } tr, dt, figure { break-inside: avoid; }
  .card { break-inside: auto; } p, pre { orphans: 3; widows: 3; } thead { display: table-header-group; }
  details > summary { list-style: none; }
  pre, .bars { white-space: pre-wrap; overflow-wrap: anywhere; } .wide { overflow: visible; }
  details::details-content { content-visibility: visible; display: block; } }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; }
  header, main, footer { padding: .6rem; } }
"""
"""One style sheet, inline; it names no address, so nothing is fetched."""
