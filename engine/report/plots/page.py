"""An HTML page that needs nothing else: no network, no script, no font; light and dark."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from engine.report.layout import printable

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f24; --quiet: #57606a; --line: #d0d7de; --paper: #fff;
  --up: #0072b2; --down: #d55e00; --open: #6e7781; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9198a1; --line: #3d444d;
  --paper: #0d1117; --up: #56b4e9; --down: #e69f00; --open: #9198a1; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1080px; margin: 2em auto; padding: 0 1em;
  color: var(--ink); background: var(--paper); }
table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums; }
th, td { padding: .2em .7em; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; }
.wide { overflow-x: auto; } .wide td { white-space: nowrap; }
svg { width: 100%; max-width: 900px; height: auto; font-size: 12px; }
svg text { fill: var(--ink); } .label, .unit { text-anchor: end; } .tick { text-anchor: middle; }
svg .unit, svg .tick, svg .quiet { fill: var(--quiet); }
.grid { stroke: var(--line); } .zero { stroke: var(--ink); } .bar { stroke-width: 3; }
.up { stroke: var(--up); fill: var(--up); } .down { stroke: var(--down); fill: var(--down); }
.thread { stroke-width: 1; stroke-opacity: .45; }
.open { stroke: var(--open); fill: var(--open); } .solid { stroke: none; fill-opacity: .8; }
.day { fill: var(--up); fill-opacity: .55; }
.c0 { fill: #b3c7d6; background: #b3c7d6; } .c1 { fill: #e69f00; background: #e69f00; }
.c2 { fill: #56b4e9; background: #56b4e9; } .c3 { fill: #009e73; background: #009e73; }
.c4 { fill: #f0e442; background: #f0e442; } .c5 { fill: #0072b2; background: #0072b2; }
.c6 { fill: #d55e00; background: #d55e00; } .c7 { fill: #cc79a7; background: #cc79a7; }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; } .s0 { stroke: var(--up); }
.s1 { stroke: var(--down); } .s2 { stroke: var(--open); } .k0 { background: var(--up); }
.k1 { background: var(--down); } .k2 { background: var(--open); }
.limit { stroke: var(--down); stroke-width: 1.5; stroke-dasharray: 6 4; }
.kl { background: var(--down); }
.rest { fill: #8c959f; background: #8c959f; }
.key { margin-right: 1.2em; } .key i { display: inline-block; width: .8em; height: .8em;
  margin-right: .4em; }
.dot.open { fill: var(--paper); stroke-width: 2; } .dot.down.open { stroke: var(--down); }
.part { font-size: 10px; fill: #1b1f24; text-anchor: middle; paint-order: stroke;
  stroke: #fff; stroke-opacity: .6; stroke-width: 2px; }
svg .part { fill: #1b1f24; } .band { fill: var(--up); fill-opacity: .2; }
.name { font-weight: 600; }
.reference { stroke: var(--open); stroke-width: 1.5; stroke-dasharray: 5 4; }
.panels { display: grid; gap: .5em 1em;
  grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); }
.heat td:first-child { white-space: nowrap; }
.heat.many { font-size: 12px; } .heat.many th, .heat.many td { padding: .2em .35em; }
.heat td, .c0, .c1, .c2, .c3, .c4, .c5, .c6, .c7 { print-color-adjust: exact; }
.apart { border-left: 2px solid var(--ink); }
.facts th { font-weight: 400; color: var(--quiet); } .facts td { text-align: left; }
.better, .worse { font-weight: 700; }
.note { color: var(--quiet); } .thin { color: var(--down); font-weight: 600; }
.left td, .left th { text-align: left; }
"""


def standing_alone(title: str, body: Iterable[str]) -> str:
    """The page.

    Args:
        title: of the page, as plain text.
        body: pieces of HTML, whose texts are escaped.
    """
    head = (
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
    )
    page = "\n".join([*head, *body, "</body></html>"])
    return "\n".join(map(printable, page.split("\n"))) + "\n"
