"""One recommendation in full: the change, its evidence, its verdict, how it is taken back."""

from __future__ import annotations

from engine.snapshot import RecommendationView
from tui.text import formats
from tui.text.lines import Line, wrapped
from tui.viewmodel.phase import pair, rate_lines
from tui.viewmodel.recommendations import SEPARATED, change, effect, expired, verdict, whom
from tui.viewmodel.view import View

_WEAK = {
    "NOT SEPARATED": "the arms may be equal: keep collecting",
    "THIN": "too few attempts to say anything",
    "CENSORED": "the cancel timer hides what would have filled later",
    "CONFOUNDED": "something else changed with it",
}


def lines(r: RecommendationView, view: View, width: int) -> list[Line]:
    """Everything about one recommendation."""
    said = verdict(r, view.now_s)
    expires = ""
    if r.state in ("ready", "snoozed") and r.expires_s is not None and not expired(r, view.now_s):
        expires = f"  expires in {formats.countdown(r.expires_s - view.now_s)}"
    found: list[Line] = [
        pair("change", (formats.clean(r.setting, 40), "value"), (f"  {change(r, view)}", "title")),
        pair("trader", (whom(r), "value")),
        pair("bounds", (formats.clean(r.bounds, 60) or "-", "value")),
        pair("verdict", said),
    ]
    if r.state == "ready" and r.verdict in _WEAK:
        found.append(pair("", (_WEAK[r.verdict], "dim")))
    found += [
        pair("effect", (effect(r), "title")),
        pair(
            "made",
            (formats.clock(r.made_s), "value"),
            (expires, "dim"),
        ),
        (),
        *rate_lines("EVIDENCE", r.arms, width, view),
    ]
    for text in r.evidence:
        found += wrapped(formats.told(text), width, "value", 2)
    found += [(), (("REVERT", "title"),)]
    found += wrapped(formats.clean(r.revert_rule) or "-", width, "value")
    if r.outcome:
        found += [(), (("OUTCOME", "title"),), *wrapped(formats.told(r.outcome), width, "value")]
    found += [(), _answer(r, view)]
    return found


def _answer(r: RecommendationView, view: View) -> Line:
    if expired(r, view.now_s):
        return (("expired: the engine makes a new one if the evidence holds", "dim"),)
    if r.state == "applied":
        return (("u", "key"), (" undo restores the former value", "key_text"))
    if r.state not in ("ready", "snoozed"):
        return ((f"{formats.clean(r.state, 12)}: nothing to answer", "dim"),)
    if r.verdict == SEPARATED:
        approve: Line = (("y", "key"), (" approve  ", "key_text"))
    else:
        approve = ((":", "key"), (" Approve weak evidence  ", "key_text"))
    rest: Line = (("n", "key"), (" reject  ", "key_text"), ("z", "key"), (" aside", "key_text"))
    return (*approve, *rest)
