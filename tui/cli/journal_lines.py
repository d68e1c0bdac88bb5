"""Events of the journal as one readable line each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.config import number_text
from tui.text.formats import clean, strike

_EXCHANGE: Final = ZoneInfo("America/New_York")
_LONGEST: Final = 240
_KIND_WIDTH: Final = 21
_PARTS: Final = {"D": "debit", "C": "credit", "U": "unwind"}

Row = dict[str, Any]


def journal_line(row: Row) -> str:
    """One row of the canonical export: number, exchange time, kind, what happened.

    Args:
        row: see engine.journal.reading.export_lines; prices become dollars a share.
    """
    at = datetime.fromtimestamp(row["at"] / 1000, _EXCHANGE)
    text = _WORDS.get(row["kind"], _fields)(row)
    start = f"{row['seq']:>7} {at:%H:%M:%S}.{row['at'] % 1000:03d} {row['kind']:<{_KIND_WIDTH}}"
    return clean(f"{start} {text}".rstrip(), _LONGEST)


def _fields(row: Row) -> str:
    """Every field that says anything, by name, the trader first."""
    named = {
        name: value
        for name, value in row.items()
        if name not in ("seq", "kind", "at", "trader") and value not in ("", None, {}, [])
    }
    text = " ".join(f"{name}={value}" for name, value in named.items())
    return f"{row.get('trader', '')}  {text}".strip()


def _price(cents: float) -> str:
    return f"{cents / 100:.2f}"


def _money(cents: int) -> str:
    return f"{cents / 100:,.2f} USD"


def _intended(row: Row) -> str:
    legs = f"+{strike(row['buy_strike'])} -{strike(row['sell_strike'])} {row['right']}"
    stage = f" {row['stage']}" if row["stage"] else ""
    market = ""
    if row["bid"] is not None and row["ask"] is not None:
        market = f" ({row['bid']:.2f} to {row['ask']:.2f})"
    return (
        f"{row['trader']}  {row['order']}  {_PARTS.get(row['part'], row['part'])}{stage} "
        f"{row['quantity']} x {legs} at {_price(row['limit_c'])}{market}"
    )


def _chosen(row: Row) -> str:
    drawn = f", drawn for {row['arm']}" if row["arm"] else ""
    return (
        f"{row['trader']}  {row['order']}  by {row['objective']}, {row['buy_at']:g} of a market "
        f"{row['width_c']:g} cents wide, cancelled after {row['cancel_ms']:,} ms{drawn}"
    )


def _ghost(row: Row) -> str:
    crossed = row["crossed_ms"]
    seen = (
        "not seen at its limit" if crossed is None else f"at its limit {crossed:,} ms after WORKING"
    )
    reached = "" if row["reached"] is None else f", came down to {row['reached']:.2f} of its market"
    return f"{row['trader']}  {row['order']}  {row['looks']} looks: {seen}{reached}"


def _marked(row: Row) -> str:
    marks = "  ".join(
        f"{name} {'?' if mid is None else _price(mid)}"
        for name, mid in zip(("1s", "5s", "30s", "5m"), row["mid_c"], strict=False)
    )
    paid = f"paid {_price(row['paid_c'])}, then at the middle"
    return f"{row['trader']}  {row['order']}  {paid}  {marks}"


def _order(row: Row) -> str:
    outcome = " ".join(str(row[name]) for name in ("status", "reason") if row.get(name))
    return f"{row['trader']}  {row['order']}  {outcome}".rstrip()


def _executed(row: Row) -> str:
    late = ", late" if row["late"] else ""
    return (
        f"{row['trader']}  {row['order']}  {row['quantity']:+d} at {_price(row['price_c'])}, fees "
        f"{_money(row['fee_c'])}{late}  {row['execution']}"
    )


def _fee(row: Row) -> str:
    return (
        f"{row['trader']}/{row['cycle']}  {row['order']}  fees {_money(row['fee_c'])} in place of "
        f"{_money(row['before_c'])}  {row['execution']}"
    )


def _price_unknown(row: Row) -> str:
    return (
        f"{row['trader']}  {row['order']}  {row['quantity']:+d} without a price, told: "
        f"{row['told']}  {row['execution']}"
    )


def _leg(row: Row) -> str:
    side = "sold" if row["leg"] else "bought"
    return (
        f"{row['trader']}  {row['order']}  leg {side} {row['quantity']} at "
        f"{row['price_c'] / 100:.2f}  {row['execution']}"
    )


def _cycle(row: Row) -> str:
    return (
        f"{row['trader']}/{row['cycle']}  {row['outcome']} {row['contracts']} x {row['of_kind']}: "
        f"net {_money(row['net_c'])}, fees {_money(row['fees_c'])}, floor {_money(row['floor_c'])} "
        f"{row['label']}, {row['hedge_s']:g} s"
    )


def _trial(row: Row) -> str:
    needs = row["needed"]
    return (
        f"{row['trial']} tries {row['recommendation']}: {row['lever']} {row['after']} on "
        f"{row['trader']}, by {row['design']}, seed {row['seed']}, about {needs['attempts']:,} "
        f"attempts, {needs['sessions']:,} sessions"
    )


def _trial_block(row: Row) -> str:
    whole = "whole" if row["whole"] else f"given up with its pair: {row['why']}"
    return f"{row['trial']} block {row['block'] + 1}, {whole}"


def _trial_ended(row: Row) -> str:
    figures = row["figures"]
    effect, low, high = (
        "?" if figures[name] is None else f"{figures[name]:+,.2f}"
        for name in ("effect", "low", "high")
    )
    return (
        f"{row['trial']} {row['end']} after {figures['pairs']:,} pairs: {effect} [{low}, {high}] $ "
        f"a trader-hour, cost {figures['cost_usd']:,.2f} $. {' '.join(row['reasons'])}"
    )


def _alarm(row: Row) -> str:
    return f"{row['alarm']} P{row['priority']} {row['code']} {row['where']}: {row['what']}"


def _restated(row: Row) -> str:
    return f"{row['alarm']} {row['where']}: {row['what']}"


def _joined(row: Row) -> str:
    return f"{row['alarm']} also {row['where']}: {row['what']}"


def _left(row: Row) -> str:
    return f"{row['alarm']} no longer {row['where']}"


def _acted(row: Row) -> str:
    key = f" ({row['key']})" if row["key"] else ""
    return (
        f"{row['ticket']} {row['who']}{key}: {row['action']} {row['target']}, {row['outcome']}: "
        f"{row['before'] or '-'} to {row['after'] or '-'}. {row['reason']}"
    )


def _session(row: Row) -> str:
    return (
        f"{row['session_date']} {row['mode']} {row['account']}, run {row['run']}, {row['source']}, "
        f"fill model {row['fill_model'] or '-'}, seed {row['seed']}"
    )


def _armed(row: Row) -> str:
    limit_c = row["debit_limit_c"]
    most = "no limit of the day" if limit_c is None else f"debits of at most {_money(limit_c)}"
    return f"live trading armed on ...{row['account']} by {row['who']}, {most}"


def _limit(row: Row) -> str:
    word = "back" if row["undo"] else "tightened"
    name = row["limit"]
    change = f"{number_text(name, row['before'])} -> {number_text(name, row['after'])}"
    return f"limits.{name} {word}: {change}"


def _took_over(row: Row) -> str:
    return (
        f"goes on with what {row['run']} of {row['session_date']} had learned: {row['trials']} "
        f"trials, {row['kept']} of {row['ended']} ended ones kept"
    )


def _trial_carried(row: Row) -> str:
    pairs = row["course"]["pairs"][0]
    left_out = row.get("open_pairs", 0)
    still_open = f", {left_out} left out with dollars still open" if left_out else ""
    text = f"{row['trial']} goes on with {pairs:,} complete pairs, {row['given_up']} given up"
    return text + still_open


_WORDS: Final[dict[str, Callable[[Row], str]]] = {
    "AlarmJoined": _joined,
    "AlarmLeft": _left,
    "AlarmRaised": _alarm,
    "AlarmRestated": _restated,
    "CancelSent": _order,
    "CycleEnded": _cycle,
    "EndAwaited": _order,
    "EndFinal": _order,
    "Executed": _executed,
    "FeeCorrected": _fee,
    "FillMarked": _marked,
    "GhostWatched": _ghost,
    "LegExecuted": _leg,
    "LimitChanged": _limit,
    "LiveArmed": _armed,
    "OperatorActed": _acted,
    "OrderEnded": _order,
    "OrderIntended": _intended,
    "OrderSent": _order,
    "OrderUnknown": _order,
    "PairChosen": _chosen,
    "PriceUnknown": _price_unknown,
    "SessionStarted": _session,
    "TrialBlockEnded": _trial_block,
    "TrialEnded": _trial_ended,
    "TookOver": _took_over,
    "TrialCarried": _trial_carried,
    "TrialStarted": _trial,
}
