"""Twenty minutes on a paper account at Alpaca: every assumption is looked at, and a report written.

Orders are few and small, everything is cancelled or closed again, and no other host than that of
paper accounts is called.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from engine.brokers.alpaca.hosts import HOSTS, Hosts
from engine.brokers.alpaca.market import Feed
from engine.brokers.alpaca.recorded_day import replay_day
from engine.brokers.dialect import DialectError
from engine.brokers.following.order_view import ENDS
from engine.brokers.http.call import Answer, Call
from engine.brokers.http.outcome import Outcome, of_look_up
from engine.brokers.http.secrets import Credentials
from engine.config.broker import tail_of
from engine.gateway.alpaca import AlpacaConnection, wires_through
from engine.gateway.books import open_orders
from engine.gateway.raw_answers import RawAnswers
from engine.gateway.raw_files import RawFiles, read_raw
from engine.market.clock import WaitingClock
from engine.market.legs import SpreadLeg
from engine.orders.types import OrderRequest, Part, ReportKind
from tests.support.paper_books import PaperBooks, Vertical
from tests.support.paper_lags import Lags
from tests.support.paper_orders import Overheard, Pace, PaperOrders, told
from tests.support.paper_points import Findings

CALLS_A_MINUTE: Final = 160
FAR_C: Final = 1
LOTS: Final = 2
"""Of the natural debit: averages show nothing of one contract."""

CHEAPER_C: Final = 5
MOST_TRIES: Final = 5
_NAN: Final = float("nan")


class VisitError(Exception):
    """There is nothing to visit: no network, keys that are refused."""


class NotPaperError(VisitError):
    """The host, or the account, is not one of paper; nothing was sent there but that question."""


def paper_only(hosts: Hosts) -> None:
    """Refuse every host but that of paper accounts, and loopback addresses of a façade.

    Raises:
        NotPaperError: with the host.
    """
    paper = HOSTS["PAPER"]
    for name, allowed in zip(hosts, paper, strict=True):
        host = urlsplit(name).hostname
        if host not in ("127.0.0.1", urlsplit(allowed).hostname):
            raise NotPaperError(f"{host} is not where paper accounts are")


class PaperVisit:
    """One visit.

    Args:
        hosts: of paper accounts, or of a façade.
        keys: the account's.
        clock: real time.
        folder: for the answers, word by word; of this visit alone.
        pace: how long to wait.
        symbol: whose options are traded.
        feed: of the quotes by which orders are priced.
        proxy: `http://host:port` through which the host is called; "" for none.
    """

    def __init__(
        self,
        hosts: Hosts,
        keys: Credentials,
        clock: WaitingClock,
        folder: Path,
        pace: Pace | None = None,
        symbol: str = "SPY",
        feed: Feed = "indicative",
        proxy: str = "",
    ) -> None:
        paper_only(hosts)
        self.findings = Findings()
        self._clock, self._folder = clock, folder
        self._connection = AlpacaConnection(
            hosts, keys, feed, CALLS_A_MINUTE, clock, random.Random(), wires_through(proxy, clock)
        )
        began_s = clock.epoch_s()
        self._raw = RawAnswers(
            RawFiles(folder, began_s), self._connection.redactor, clock, self._note
        )
        at = datetime.fromtimestamp(began_s, UTC)
        pace = pace or Pace()
        self._overheard = Overheard(self._raw)
        stem = f"PVISIT-{at:%y%m%d%H%M%S}"
        self._orders = PaperOrders(self._connection, self._overheard, clock, stem, pace)
        self._books = PaperBooks(self._connection, self._orders, clock, self.findings, symbol)
        self._lags = Lags(clock, self.findings, pace.event_s)
        self._note("run", f"{at:%Y-%m-%d %H:%M} UTC, {symbol}, orders {stem}-…")

    def run(self) -> Findings:
        """Do everything, and leave the account as it was; what goes wrong leaves points open.

        Raises:
            NotPaperError: the account is not one of paper.
            VisitError: it does not answer, or not to these keys.
        """
        try:
            try:
                number = self._books.number()
            except (RuntimeError, DialectError) as error:
                raise VisitError(f"{error}; check network and keys") from None
            if not number.startswith("PA"):
                raise NotPaperError(f"account …{tail_of(number)} is not one of paper")
            self._connection.redactor.hide_account(number)
            self._note("account", f"…{tail_of(number)}")
            self._connection.tell(self._overheard)
            self._steps()
        finally:
            with self._leaves_open("cancel"):
                for name in self._orders.give_up():
                    self._note("CANCEL IT BY HAND", f"order {name} may work on")
            self._connection.close()
            self._raw.close()
        with self._leaves_open("replay"):
            self._replay()
        return self.findings

    def _steps(self) -> None:
        books, vertical = self._books, None
        for point, step in (
            ("account", books.account), ("clock", books.clock), ("feed", books.feeds),
            ("page tokens", books.pages), ("index options", books.index_options),
        ):  # fmt: skip
            with self._leaves_open(point):
                step()
        with self._leaves_open("chain"):
            vertical = books.vertical()
        why = books.why_no_orders() or ("no vertical is quoted well enough" if not vertical else "")
        if vertical is None or why:
            for point in ("new order", "fills", "events"):
                self.findings.leave_open(point, why)
        else:
            with self._leaves_open("events"):
                self._orders.listen()
            with self._leaves_open("new order"):
                self._far(vertical)
            with self._leaves_open("fills"):
                self._natural(vertical)
        with self._leaves_open("assignments"):
            books.ends()
        with self._leaves_open("fees"):
            books.fees()
        why = "not tried here: tests/gateway/test_gateway_dies.py kills one at a façade"
        self.findings.leave_open("a gateway's death", why)
        self._words()
        self._rates()

    @contextmanager
    def _leaves_open(self, point: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # whatever a step meets, the others are taken
            text = self._connection.redactor.text(f"{type(error).__name__}: {error}")
            self.findings.leave_open(point, f"the step ended with {text}")

    def _note(self, kind: str, text: str) -> None:
        self.findings.notes.append(f"{kind}: {text}")

    # ------------------------------------------------------------------ an order that never fills

    def _far(self, vertical: Vertical) -> None:
        orders, saw = self._orders, self.findings.saw
        request = self._request(vertical, Part.DEBIT, 1, FAR_C)
        name = request.client_order_id
        answer, result = orders.submit(request)
        view = result.found
        if view is None:
            saw("new order", told(answer), assumed=False)
            return
        legs = view.legs is not None
        text = f"{told(answer)}: `{view.raw_state}`, {'with' if legs else 'without'} its legs"
        saw("new order", text, assumed=ReportKind.ACK in orders.kinds(name))
        self._lags.after("an order's answer", self._ways(name, view.broker_id))
        self._looked_up(name)
        orders.wait(lambda: self._overheard.events(view.broker_id), orders.pace.event_s)
        self._used_again(request, view.broker_id)
        self._books.open_orders(name, view.broker_id)
        answer, asked = orders.cancel(name)
        done = orders.ends(name, orders.pace.cancel_s)
        if done:
            self._lags.after("its end", self._ways(name, view.broker_id, ended=True))
        state = f"then `{orders.followed[name].raw_state}`"
        good = asked.outcome is Outcome.TAKEN and ReportKind.CANCELED in orders.kinds(name)
        saw("cancel", f"{told(answer)}, {state}", assumed=done and good)
        answer, again = orders.cancel(name)
        saw("too late (42210000)", told(answer), assumed=again.outcome is Outcome.TOO_LATE)
        self._events(name, "cancel")

    def _ways(
        self, name: str, broker_id: str, *, ended: bool = False
    ) -> dict[str, Callable[[], bool]]:
        """Every way of asking for an order; each tells whether the answer knows it, or its end."""
        send, dialect = self._orders.send, self._connection.dialect

        def told(call: Call) -> bool:
            found = of_look_up(send(call), dialect).found
            return found is not None and (found.state in ENDS) is ended

        def listed() -> bool:
            rows = open_orders(dialect, send, self._note)
            return rows is not None and ended is not any(r.client_order_id == name for r in rows)

        return {
            "by its id": lambda: told(dialect.order(broker_id)),
            "by our id": lambda: told(dialect.look_up(name)),
            "open orders": listed,
        }

    def _looked_up(self, name: str) -> None:
        view, dialect = self._orders.look(name), self._connection.dialect
        ours = of_look_up(self._orders.send(dialect.look_up(name)), dialect).found
        by_id = view is not None and view.legs is not None
        how = "not at all" if ours is None else "with legs" if ours.legs else "without legs"
        text = f"by its id {'with' if by_id else 'WITHOUT'} legs, by our id {how}"
        self.findings.saw("look-ups", text, assumed=by_id and ours is not None)

    def _used_again(self, request: OrderRequest, broker_id: str) -> None:
        answer, result = self._orders.submit(request)
        good = result.outcome is Outcome.USED_BEFORE
        self.findings.saw("used id (40010001)", told(answer), assumed=good)
        second = "" if result.found is None else result.found.broker_id
        if second and second != broker_id:
            call = self._connection.dialect.cancel(second)
            self._note("second order of one id", told(self._orders.send(call)))

    def _events(self, name: str, what: str) -> None:
        """Whether events told of an order what the answers did."""
        orders = self._orders
        order = orders.followed[name]
        if not orders.streamed:
            self.findings.leave_open("events", "the stream did not take us")
            return
        ended = ("canceled", "fill", "rejected", "expired")

        def last() -> bool:
            return any(e.get("event") in ended for e in self._overheard.events(order.broker_id))

        good = orders.wait(last, orders.pace.event_s)
        events = self._overheard.events(order.broker_id)
        names = ", ".join(str(each.get("event")) for each in events) or "none"
        self.findings.saw("events", f"{what}: {names}", assumed=good)
        rows = [each["order"] for each in events if each["order"].get("id") == order.broker_id]
        legs = sum(1 for row in rows if row.get("legs"))
        priced = sum(
            all(leg.get("filled_avg_price") for leg in row["legs"])
            for row in rows
            if row.get("legs") and row.get("filled_qty") not in (None, "", "0")
        )
        text = f"{what}: legs on {legs} of {len(rows)} events, prices on {priced}"
        if rows:
            self.findings.saw("legs on events", text, assumed=legs == len(rows))

    # ------------------------------------------------------------------ one that fills

    def _natural(self, vertical: Vertical) -> None:
        orders, books = self._orders, self._books
        before = books.held()
        debit = self._request(vertical, Part.DEBIT, LOTS, vertical.debit_c)
        if not self._filled(debit, "debit"):
            self.findings.leave_open("fills", "the debit did not execute whole in time")
        lots = len(orders.followed[debit.client_order_id].lots)
        if not lots:
            return
        left = lots
        try:
            books.held_short(vertical, lots, before)
            self._held_twice(vertical, lots)
        finally:
            try:
                left = self._closed(vertical, lots)
            finally:
                if left:
                    text = f"{left} of {' and '.join(vertical.symbols())} may still be held"
                    self._note("CLOSE IT BY HAND", text)
        after = books.held()
        text = "the account ended as it began" if after == before else f"{before} became {after}"
        self.findings.saw("positions", text, assumed=after == before)
        books.activities([name for name in orders.followed if orders.followed[name].lots])

    def _filled(self, request: OrderRequest, what: str) -> bool:
        """Send an order and wait until all of it has executed; else it is cancelled."""
        orders, name = self._orders, request.client_order_id
        began_s = self._clock.now_s()
        answer, result = orders.submit(request)
        if result.found is None:
            self.findings.saw("fills", f"{what}: {told(answer)}", assumed=False)
            return False
        whole = orders.ends(name, orders.pace.fill_s)
        took_s = self._clock.now_s() - began_s
        orders.cancelled(name)
        fills = [r for r in orders.reports if r.client_order_id == name and r.price_c]
        if fills:
            prices = ", ".join(f"{each.price_c / 100:.2f}" for each in fills)
            better = max if request.pays else min
            worst_c = better(each.price_c for each in fills)
            good = worst_c <= request.limit_c if request.pays else worst_c >= request.limit_c
            text = f"{what} of {request.quantity} at {request.limit_c / 100:.2f}: {prices}"
            self.findings.saw("fills", f"{text} within {took_s:.1f} s", assumed=good)
            self._events(name, what)
        return whole and len(orders.followed[name].lots) == request.quantity

    def _held_twice(self, vertical: Vertical, lots: int) -> None:
        """Two orders for the same contracts, at a price nobody pays."""
        orders, never_c = self._orders, vertical.width_c - 1
        first = self._request(vertical, Part.CREDIT, lots, never_c)
        answer, result = orders.submit(first)
        if result.found is None:
            self.findings.leave_open("held contracts (40310000)", told(answer))
            return
        second = self._request(vertical, Part.CREDIT, lots, never_c)
        answer, result = orders.submit(second)
        good = isinstance(answer, Answer) and answer.status == 403
        good = good and result.outcome is Outcome.REFUSED and "40310000" in result.reason
        self.findings.saw("held contracts (40310000)", told(answer), assumed=good)
        for request in (first, second):
            orders.cancelled(request.client_order_id)

    def _closed(self, vertical: Vertical, lots: int) -> int:
        """Sell what was bought, ever cheaper; the lots that are left."""
        limit_c = vertical.credit_c
        for _ in range(MOST_TRIES):
            credit = self._request(vertical, Part.CREDIT, lots, max(1, limit_c))
            self._filled(credit, "credit")
            lots -= len(self._orders.followed[credit.client_order_id].lots)
            if not lots:
                break
            limit_c -= CHEAPER_C
        return lots

    def _request(self, vertical: Vertical, part: Part, lots: int, limit_c: int) -> OrderRequest:
        symbol, expiration = vertical.symbol, vertical.expiration
        low, high = (
            SpreadLeg(strike, expiration, "call", "buy", _NAN, _NAN)
            for strike in (vertical.low, vertical.high)
        )
        opens = part is Part.DEBIT
        bought, sold = (low, high) if opens else (high, low)
        sold = SpreadLeg(sold.strike, expiration, "call", "sell", _NAN, _NAN)
        return OrderRequest(
            self._orders.name(), symbol, symbol, expiration, part, (bought, sold), lots, limit_c,
            effects=("open", "open") if opens else ("close", "close"),
        )  # fmt: skip

    # ------------------------------------------------------------------ what all of it showed

    def _words(self) -> None:
        words = sorted(self._orders.words)
        unknown = [word for word in words if self._books.undocumented(word)]
        if words:
            text = ", ".join(f"`{word}`" for word in words)
            self.findings.saw("status words", text, assumed=not unknown)
        for note in self._orders.notes:
            self._note("following", note)

    def _rates(self) -> None:
        heard = self._overheard
        told_of = {name: n for name, n in heard.headers.items() if name.startswith("x-ratelimit")}
        text = ", ".join(f"{name} {n}" for name, n in sorted(told_of.items())) or "none"
        wanted = {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}
        good = wanted == {name for name in wanted if told_of.get(name) == heard.answers}
        self.findings.saw("rate headers", f"of {heard.answers} answers: {text}", assumed=good)
        for raw in heard.refused:
            headers = ", ".join(f"{name} {value}" for name, value in raw.headers.items())
            self.findings.saw("too many (429)", f"{raw.call.method} {raw.call.path}: {headers}")
        if not heard.refused:
            self.findings.leave_open("too many (429)", "none came; calls are kept below the limit")

    def _replay(self) -> None:
        """Take again what was kept: the same orders at the same counts and ends."""
        day = replay_day(read_raw(self._folder))
        self.findings.notes += (f"replay: {text}" for text in day.odd)
        wrong = [
            name
            for name, order in self._orders.followed.items()
            if order.broker_id
            and (name not in day.orders or _core(day.orders[name]) != _core(order))
        ]
        text = f"{len(day.orders)} orders, {len(day.odd)} oddities"
        text += f", other than followed: {', '.join(wrong)}" if wrong else ""
        self.findings.saw("replay", text, assumed=not wrong and not day.odd)


def _core(order: Any) -> tuple[Any, ...]:
    return order.broker_id, order.totals, order.end
