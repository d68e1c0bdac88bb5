"""A day of Alpaca's answers and events, taken again as a gateway took them: a fault as a test."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from engine.brokers.alpaca.contracts import read_expirations
from engine.brokers.alpaca.dialect import AlpacaDialect
from engine.brokers.alpaca.events import parse
from engine.brokers.alpaca.indices import read_values
from engine.brokers.alpaca.market import read_prices, read_snapshots
from engine.brokers.alpaca.reading import cents_of, rows_of, side_of, text_of, whole_of
from engine.brokers.dialect import DialectError, Holdings
from engine.brokers.following.follow import SETTLED_S, follow, is_otherwise, overdue
from engine.brokers.following.followed import Followed, Step
from engine.brokers.following.order_view import OrderView
from engine.brokers.following.symbols import contract_from_occ
from engine.brokers.http.call import Answer, Lost
from engine.brokers.http.outcome import of_cancel, of_look_up, of_submit
from engine.brokers.http.raw import Raw, RawAnswer, RawFrame, RawGap, read_again
from engine.brokers.stream.spec import AskAbout, Heard
from engine.market.legs import OptionType, SpreadLeg
from engine.orders.types import Effect, OrderReport, OrderRequest, Part, ReportKind

_NAN: Final = float("nan")
_UNKNOWN_NAME: Final = "?"


@dataclass(slots=True)
class RecordedDay:
    """What a day came to.

    Args:
        orders: by our id, as far as they were followed.
        reports: that an engine would have heard, in their order.
        outcomes: of each submit and cancel, as `our id: outcome`.
        odd: what could not be read, did not fit together, or is missing.
        unsent: orders that are told of and whose sending is not among the answers.
        held: what the account held at the last look; None where nobody looked.
    """

    orders: dict[str, Followed] = field(default_factory=dict)
    reports: list[OrderReport] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    unsent: set[str] = field(default_factory=set)
    held: Holdings | None = None


def replay_day(kept: Iterable[Raw]) -> RecordedDay:
    """Take what was kept, in its order, through dialect and following.

    Orders are those whose sending is among the answers. Which order is looked at when is as it was
    then; how it is followed is as it is now.

    Args:
        kept: from `read_raw`.
    """
    return _Replaying().run(list(kept))


class _Replaying:
    """One replay."""

    def __init__(self) -> None:
        self._dialect, self._day = AlpacaDialect(), RecordedDay()
        self._names: dict[str, str] = {}
        self._busted: set[str] = set()
        self._filled_s: dict[str, float] = {}

    def run(self, kept: Sequence[Raw]) -> RecordedDay:
        """Take everything; an event of an order may come before the answer to its sending."""
        for raw in kept:
            if isinstance(raw, RawAnswer) and raw.call.method == "POST":
                with suppress(DialectError):  # said when its turn comes
                    request = request_of(dict(raw.call.body or {}))
                    self._day.orders.setdefault(request.client_order_id, Followed(request))
        for number, raw in enumerate(kept, 1):
            self._overdue(raw.received_s)
            try:
                if isinstance(raw, RawAnswer):
                    self._answer(raw)
                elif isinstance(raw, RawFrame):
                    self._frame(raw)
                elif isinstance(raw, RawGap):
                    self._day.odd.append(f"{number}: {raw.count} answers were not kept")
            except ValueError as error:  # the dialect's and the bounds' are such
                what = f"{raw.call.method} {raw.call.path}" if isinstance(raw, RawAnswer) else ""
                self._day.odd.append(f"{number}: {what or 'a frame'}: {error}")
        return self._day

    def _answer(self, raw: RawAnswer) -> None:
        call, answer = raw.call, read_again(raw)
        match call.method, call.path.strip("/").split("/"):
            case "POST", ["v2", "orders"]:
                self._submitted(raw, answer)
            case "DELETE", ["v2", "orders", broker_id]:
                told = of_cancel(answer, self._dialect)
                name = self._names.get(broker_id, _UNKNOWN_NAME)
                self._day.outcomes.append(f"{name}: cancel {told.outcome.name} {told.reason}")
                self._take(told.found, raw.received_s)
            case "GET", ["v2", "orders", _] | ["v2", "orders:by_client_order_id"]:
                found = of_look_up(answer, self._dialect)
                view = found.found
                if view is not None and view.legs is not None and view.broker_id in self._busted:
                    self._busted.discard(view.broker_id)
                    view = replace(view, replaces=True)
                elif view is not None:
                    self._look_back(view, raw.received_s)
                self._take(view, raw.received_s)
                if found.found is None and isinstance(answer, Answer) and answer.status < 300:
                    raise DialectError(found.reason)
            case "GET", path if isinstance(answer, Answer) and answer.status < 300:
                self._books(path, dict(call.query), answer)
            case _:
                return

    def _submitted(self, raw: RawAnswer, answer: Answer | Lost) -> None:
        request = request_of(dict(raw.call.body or {}))
        name = request.client_order_id
        told = of_submit(answer, self._dialect)
        self._day.outcomes.append(f"{name}: {told.outcome.name} {told.reason}")
        self._take(told.found, raw.received_s)

    def _frame(self, raw: RawFrame) -> None:
        for hint in parse(raw.frame):
            if isinstance(hint, Heard):
                self._take(hint.view, raw.received_s)
            elif isinstance(hint, AskAbout) and hint.replaces:
                self._busted.add(hint.broker_id)

    def _books(self, path: list[str], query: dict[str, str], answer: Answer) -> None:
        """Read books and quotes: what cannot be read raises."""
        body = answer.body
        ends = dict(self._dialect.option_events(None).query)["activity_types"]
        match path:
            case ["v2", "orders"]:
                self._dialect.read_open_orders(body)
            case ["v2", "positions"]:
                self._day.held = self._dialect.read_positions(body)
            case ["v2", "account"]:
                self._dialect.read_account(body, answer.sent_s)
            case ["v2", "account", "activities", "FILL"]:
                self._day.odd += [each.words() for each in self._dialect.read_fills(body).odd]
            case ["v2", "account", "activities"] if query.get("activity_types") == ends:
                self._day.odd += self._dialect.read_option_events(body).odd
            case ["v2", "options", "contracts"]:
                read_expirations(body, "")
            case ["v2", "stocks", "trades", "latest"]:
                read_prices(body)
            case ["v1beta1", "indices", "latest", "values"]:
                read_values(body, answer.sent_s)
            case ["v1beta1", "options", "snapshots", _]:
                read_snapshots(body)
            case _:
                return

    # ------------------------------------------------------------------ following

    def _look_back(self, view: OrderView, now_s: float) -> None:
        """An answer long after an order's last execution that lacks some: the next one counts."""
        followed = self._day.orders.get(view.client_id)
        filled_s = self._filled_s.get(view.client_id, math.inf)
        if followed is None or not followed.ended or now_s - filled_s < SETTLED_S:
            return
        if is_otherwise(followed, view):
            self._busted.add(view.broker_id)

    def _take(self, view: OrderView | None, now_s: float) -> None:
        if view is None:
            return
        followed = self._day.orders.get(view.client_id)
        if followed is None:
            self._day.unsent.add(view.client_id)
            return
        self._names[view.broker_id] = view.client_id
        self._carry_out(view.client_id, follow(followed, view, now_s))

    def _overdue(self, now_s: float) -> None:
        for name, followed in self._day.orders.items():
            if now_s >= followed.apart_due_s:
                self._carry_out(name, overdue(followed, now_s, now_s))

    def _carry_out(self, name: str, step: Step) -> None:
        self._day.orders[name] = step.order
        if any(report.kind is ReportKind.FILL for report in step.reports):
            self._filled_s[name] = max(report.at_s for report in step.reports)
        self._day.reports += step.reports
        self._day.odd += (f"{name}: {note}" for note in step.notes)


def request_of(body: dict[str, Any]) -> OrderRequest:
    """The order that we sent, read back from the bytes that left.

    Raises:
        DialectError: it is not ours.
    """
    limit_c = cents_of(body, "limit_price")
    legs: dict[str, tuple[SpreadLeg, Effect, str]] = {}
    for row in rows_of(body.get("legs"), "legs"):
        try:
            contract = contract_from_occ(text_of(row, "symbol"))
        except ValueError as error:
            raise DialectError(str(error)) from None
        root, expiration, right, strike = contract
        side = side_of(row)
        effect: Effect = "open" if text_of(row, "position_intent").endswith("open") else "close"
        kind: OptionType = "call" if right == "call" else "put"
        legs[side] = SpreadLeg(strike, expiration, kind, side, _NAN, _NAN), effect, root
    if limit_c is None or legs.keys() != {"buy", "sell"}:
        raise DialectError("our orders have a limit, a bought leg and a sold one")
    (bought, buys, root), (sold, sells, _) = legs["buy"], legs["sell"]
    expiration = bought.expiration
    return OrderRequest(
        text_of(body, "client_order_id"),
        root,
        root,
        expiration if type(expiration) is date else date.fromisoformat(f"{expiration}"[:10]),
        Part.DEBIT if limit_c > 0 else Part.CREDIT,
        (bought, sold),
        whole_of(body, "qty"),
        abs(limit_c),
        effects=(buys, sells),
    )
