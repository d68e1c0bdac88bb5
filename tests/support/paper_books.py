"""What a paper account tells of itself, of the clock, of quotes and of what executed."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import numpy as np

from engine.brokers.alpaca.contracts import contracts_call
from engine.brokers.alpaca.market import Feed, chain_call, read_snapshots
from engine.brokers.alpaca.reading import state_of
from engine.brokers.following.order_view import ViewState
from engine.brokers.following.symbols import Contract, occ_symbol
from engine.brokers.http.call import Answer, Call, Priority
from engine.gateway.alpaca import AlpacaConnection
from engine.market.calendar import exchange_date, xnys
from engine.market.chain import CALL
from engine.market.clock import WaitingClock
from engine.market.phases import OPEN_PHASES, phase_at
from engine.market.ticks import leg_tick_c
from tests.support.paper_orders import PaperOrders, told
from tests.support.paper_points import Findings

LEAST_LEVEL: Final = 3
LEAST_DEBIT_C: Final = 20
"""A debit of a cent never executes where the vertical costs that much."""

MOST_DEBIT_C: Final = 400
DAYS_AHEAD: Final = (3, 45)
FEEDS: Final[tuple[Feed, ...]] = ("indicative", "opra")
SKEW_S: Final = 1.0
_SHORT_PAGE: Final = 3
_ROWS: Final = 100


@dataclass(frozen=True)
class Vertical:
    """A call vertical and its natural prices in cents a share."""

    symbol: str
    expiration: date
    low: float
    high: float
    debit_c: int
    credit_c: int

    @property
    def width_c(self) -> int:
        return round((self.high - self.low) * 100)

    def symbols(self) -> tuple[str, str]:
        low, high = (
            occ_symbol(Contract(self.symbol, self.expiration, "call", strike))
            for strike in (self.low, self.high)
        )
        return low, high


class PaperBooks:
    """Questions about the account and the market, each for a point of the report."""

    def __init__(
        self,
        connection: AlpacaConnection,
        orders: PaperOrders,
        clock: WaitingClock,
        findings: Findings,
        symbol: str,
    ) -> None:
        self._connection, self._dialect = connection, connection.dialect
        self._orders, self._clock, self._findings = orders, clock, findings
        self._symbol = symbol
        self._level: int | None = None
        self._blocked: tuple[str, ...] = ()
        self._open = False

    def _told(self, call: Call, *, data: bool = False) -> Answer:
        """An answer of 200.

        Raises:
            RuntimeError: it is another one, with Alpaca's words.
        """
        answer = self._connection.data.send(call) if data else self._orders.send(call)
        if not isinstance(answer, Answer) or answer.status != 200:
            raise RuntimeError(f"{call.method} {call.path}: {told(answer)}")
        return answer

    def _get(self, path: str, *query: tuple[str, str]) -> Any:
        return self._told(Call("GET", path, Priority.BOOKS, query, books=True)).body

    # ------------------------------------------------------------------ the account

    def number(self) -> str:
        """The account's number."""
        return self._dialect.account_number(self._told(self._dialect.account()).body)

    def account(self) -> None:
        state = self._dialect.read_account(
            self._told(self._dialect.account()).body, self._clock.epoch_s()
        )
        self._level, self._blocked = state.option_level, state.blocked
        text = f"option level {state.option_level}, {', '.join(state.blocked) or 'nothing blocked'}"
        good = state.option_level is not None and state.option_level >= LEAST_LEVEL
        self._findings.saw("account", text, assumed=good and not state.blocked)

    def why_no_orders(self) -> str:
        """Why no order is sent; "" where orders are."""
        if self._level is None or self._level < LEAST_LEVEL or self._blocked:
            return f"the account may not trade spreads (level {self._level})"
        return "" if self._open else "the market is closed: run it in a session, best after 10:00"

    def clock(self) -> None:
        phase = phase_at(self._clock.epoch_s(), xnys()).phase
        self._open = phase in OPEN_PHASES
        row = self._get("/v2/clock")
        ahead_s = self._connection.offset.ahead_of_s(self._clock)
        text = f"open: {row['is_open']}, ours: {phase}, its time minus ours {ahead_s:+.2f} s"
        good = row["is_open"] is self._open and ahead_s is not None and abs(ahead_s) <= SKEW_S
        self._findings.saw("clock", text, assumed=good)

    # ------------------------------------------------------------------ quotes

    def feeds(self) -> None:
        feed, price = self._connection.feed, self._connection.feed.underlying(self._symbol)
        day = self._expiration(feed.expirations(self._symbol))
        for name in FEEDS:
            call = chain_call(self._symbol, self._symbol, day, price or math.nan, name)
            answer = self._connection.data.send(call)
            status = answer.status if isinstance(answer, Answer) else 0
            good = status == 200 or (name == "opra" and status == 403)
            text = f"{name}: {told(answer)}"
            if isinstance(answer, Answer) and status == 200:
                text += f", {len(read_snapshots(answer.body).quotes)} contracts"
            self._findings.saw("feed", text, assumed=good)

    def _expiration(self, days: Sequence[date]) -> date:
        today = exchange_date(self._clock.epoch_s())
        first, last = (today + timedelta(days=ahead) for ahead in DAYS_AHEAD)
        return next((day for day in days if first <= day <= last), days[0])

    def vertical(self) -> Vertical | None:
        """A call vertical near the money that costs enough; None where none is quoted."""
        feed, symbol = self._connection.feed, self._symbol
        day = self._expiration(feed.expirations(symbol))
        chain = feed.chain(symbol, day)
        if chain is None:
            raise RuntimeError(f"no contract of {symbol} {day} is quoted")
        self._ticks(chain.bid, chain.ask, chain.quoted_s)
        at = int(chain.strikes.searchsorted(chain.underlying_price))
        bid, ask, strikes = chain.bid[CALL], chain.ask[CALL], chain.strike_list
        for low in range(max(0, at - 2), at + 1):
            for high in range(low + 1, min(low + 6, len(strikes))):
                debit, credit = ask[low] - bid[high], bid[low] - ask[high]
                if LEAST_DEBIT_C <= debit * 100 <= MOST_DEBIT_C and math.isfinite(credit):
                    cents = math.ceil(debit * 100 - 1e-6), math.floor(credit * 100 + 1e-6)
                    return Vertical(symbol, day, strikes[low], strikes[high], *cents)
        return None

    def _ticks(self, bid: Any, ask: Any, quoted_s: Any) -> None:
        prices = np.concatenate([each[np.isfinite(each) & (each > 0)] for each in (bid, ask)])
        cents = np.rint(prices * 100).astype(int)
        whole = bool(np.all(np.abs(prices * 100 - cents) < 1e-6))
        off = sum(1 for each in cents.tolist() if each % leg_tick_c(self._symbol, each))
        newest_s = self._clock.epoch_s() - float(np.nanmax(quoted_s, initial=-math.inf))
        text = (
            f"{bid.size} contracts, {len(cents)} prices, {off} of them off our ticks, "
            f"newest {newest_s:.1f} s old"
        )
        self._findings.saw("chain", text, assumed=whole and not off and math.isfinite(newest_s))

    # ------------------------------------------------------------------ pages

    def pages(self) -> None:
        feed = self._connection.feed
        day = self._expiration(feed.expirations(self._symbol))
        price = feed.underlying(self._symbol) or math.nan

        def chain(token: str | None) -> tuple[list[str], str | None]:
            call = chain_call(self._symbol, self._symbol, day, price, "indicative", token)
            body = self._told(_few(call), data=True).body
            return list(body["snapshots"]), body.get("next_page_token")

        def contracts(token: str | None) -> tuple[list[str], str | None]:
            call = contracts_call(self._symbol, self._symbol, day, day, price, token)
            body = self._told(_few(call)).body
            return [each["symbol"] for each in body["option_contracts"]], body["next_page_token"]

        self._walk("chain", chain)
        self._walk("contracts", contracts)

    def _walk(self, what: str, page: Callable[[str | None], tuple[list[str], str | None]]) -> None:
        rows, token = page(None)
        pages = 1
        while token and pages < _SHORT_PAGE:
            more, token = page(token)
            rows, pages = rows + more, pages + 1
        twice = len(rows) - len(set(rows))
        text = f"{what}: {len(rows)} rows on {pages} pages, {twice} twice"
        self._findings.saw("page tokens", text, assumed=not twice and (pages > 1 or len(rows) < 10))

    def index_options(self) -> None:
        today = exchange_date(self._clock.epoch_s())
        query = (
            ("underlying_symbols", "SPX"), ("status", "active"), ("limit", str(_ROWS)),
            ("expiration_date_gte", today.isoformat()),
        )  # fmt: skip
        rows = self._get("/v2/options/contracts", *query)["option_contracts"]
        if not rows:
            self._findings.leave_open("index options", "none are listed for this account")
            return
        roots = Counter(str(each.get("root_symbol")) for each in rows)
        sizes = {str(each.get("size")) for each in rows}
        styles, ppind = ({str(each.get(name)) for each in rows} for name in ("style", "ppind"))
        first = rows[0]
        root, day = str(first["root_symbol"]), date.fromisoformat(first["expiration_date"])
        call = chain_call("SPX", root, day, math.nan, "indicative")
        quotes = read_snapshots(self._told(call, data=True).body).quotes.values()
        sides = [each["latestQuote"] for each in quotes if each.get("latestQuote")]
        cents = [round(each[side] * 100) for each in sides for side in ("bp", "ap") if each[side]]
        off = sum(1 for each in cents if each % leg_tick_c(root, each))
        text = f"roots {dict(roots)}, size {sizes}, style {styles}, ppind {ppind}, "
        text += f"{off} of {len(cents)} prices off our ticks"
        good = roots.keys() <= {"SPX", "SPXW"} and sizes == {"100"} and not off
        self._findings.saw("index options", text, assumed=good)

    # ------------------------------------------------------------------ what is held and open

    def held(self) -> dict[str, int]:
        """Contracts and shares, signed, by symbol."""
        held = self._dialect.read_positions(self._told(self._dialect.positions()).body)
        rows: dict[str, int] = {}
        for each in held.contracts:
            name = occ_symbol(Contract(each.symbol, each.expiration, each.right, each.strike))
            rows[name] = each.quantity
        rows.update({each.symbol: each.quantity for each in held.shares})
        return rows

    def held_short(self, vertical: Vertical, lots: int, before: dict[str, int]) -> None:
        """How a short leg is told."""
        low, high = vertical.symbols()
        wanted = {low: before.get(low, 0) + lots, high: before.get(high, 0) - lots}

        def there() -> bool:
            held = self.held()
            return {name: held.get(name, 0) for name in wanted} == wanted

        good = self._orders.wait(there, self._orders.pace.settle_s)
        rows = self._told(self._dialect.positions()).body
        words = [f"qty {r['qty']} side {r['side']}" for r in rows if r["symbol"] in wanted]
        self._findings.saw("positions", ", ".join(words) or "not told", assumed=good)

    def open_orders(self, name: str, broker_id: str) -> None:
        page = self._dialect.read_open_orders(self._told(self._dialect.open_orders(None)).body)
        mine = [each for each in page.rows if each.client_order_id == name]
        legs = len(mine[0].legs) if mine else 0
        good = len(mine) == 1 and mine[0].broker_order_id == broker_id and legs == 2
        text = f"{len(page.rows)} orders, ours {len(mine)} times with {legs} contracts"
        self._findings.saw("open orders", text, assumed=good)

    # ------------------------------------------------------------------ what executed and ended

    def activities(self, names: list[str]) -> None:
        """What the account's history says of orders that executed, beside answers and events."""
        orders = self._orders
        ids = {
            i for n in names for i in (orders.followed[n].broker_id, *orders.followed[n].aliases)
        }
        wanted = 2 * sum(len(orders.followed[name].lots) for name in names)
        rows: list[dict[str, Any]] = []

        def there() -> bool:
            body = self._told(self._dialect.fills("", None)).body
            rows[:] = [row for row in body if row.get("order_id") in ids]
            return sum(int(row["qty"]) for row in rows) >= wanted

        complete = orders.wait(there, orders.pace.settle_s)
        page = self._dialect.read_fills(rows)
        parents = {orders.followed[name].broker_id for name in names}
        of_parent = sum(row["order_id"] in parents for row in rows)
        text = f"{len(rows)} rows, {of_parent} name the order and {len(rows) - of_parent} a leg"
        if page.odd:
            text += f", odd: {', '.join(each.words() for each in page.odd)}"
        self._findings.saw("activities", text, assumed=complete and not page.odd)
        self._averages(names, rows)
        self._ids(names, rows)
        self._activity_pages()

    def _averages(self, names: list[str], rows: list[dict[str, Any]]) -> None:
        several = False
        for name in names:
            body = self._told(self._dialect.order(self._orders.followed[name].broker_id)).body
            for leg in body["legs"]:
                of_leg = [
                    row for row in rows
                    if row["symbol"] == leg["symbol"] and row["order_id"] in (leg["id"], body["id"])
                ]  # fmt: skip
                paid = sum(Decimal(row["price"]) * Decimal(row["qty"]) for row in of_leg)
                average = Decimal(str(leg["filled_avg_price"]))
                off = abs(average * Decimal(str(leg["filled_qty"])) - paid)
                several = several or len({row["price"] for row in of_leg}) > 1
                text = f"{leg['filled_qty']} at {leg['filled_avg_price']}, {len(of_leg)} executions"
                self._findings.saw("averages", text, assumed=off < Decimal("0.005"))
        if not several:
            self._findings.leave_open("averages", "no leg executed at two prices: run it again")

    def _ids(self, names: list[str], rows: list[dict[str, Any]]) -> None:
        events = [e for n in names for e in self._events_of(n) if e.get("execution_id")]
        if not events:
            self._findings.leave_open("execution ids", "no event names an execution")
            return
        known = [str(row["id"]) for row in rows]
        found = sum(any(i.endswith(str(e["execution_id"])) for i in known) for e in events)
        text = f"{found} of {len(events)} events name an activity"
        self._findings.saw("execution ids", text, assumed=found == len(events))

    def _events_of(self, name: str) -> list[dict[str, Any]]:
        return self._orders.overheard.events(self._orders.followed[name].broker_id)

    def _activity_pages(self) -> None:
        path = "/v2/account/activities/FILL"

        def page(token: str | None) -> tuple[list[str], str | None]:
            query = [("direction", "asc"), ("page_size", "2")]
            body = self._get(path, *query, *((("page_token", token),) if token else ()))
            ids = [str(row["id"]) for row in body]
            return ids, ids[-1] if len(ids) == 2 else None

        self._walk("activities", page)

    def ends(self) -> None:
        """Assignments, exercises and expirations."""
        answer = self._told(self._dialect.option_events(None))
        page = self._dialect.read_option_events(answer.body)
        for odd in page.odd:
            self._findings.saw("assignments", odd, assumed=False)
        if not answer.body:
            self._findings.leave_open("assignments", "this account had none yet")
        else:
            self._findings.saw("assignments", f"{len(answer.body)} rows")

    def fees(self) -> None:
        """What orders cost, where that is told."""
        query = (("activity_types", "FEE"), ("direction", "desc"), ("page_size", "20"))
        rows = self._get("/v2/account/activities", *query)
        if not rows:
            why = "none is told yet: Alpaca books fees after the day; run it again tomorrow"
            self._findings.leave_open("fees", why)
            return
        for row in rows[:3]:
            names = ("date", "net_amount", "qty", "symbol", "description")
            told_of = {name: row[name] for name in names if row.get(name) is not None}
            amount = Decimal(str(row.get("net_amount") or "0"))
            exact = amount * 100 == (amount * 100).to_integral_value()
            self._findings.saw("fees", json.dumps(told_of), assumed=exact)

    @staticmethod
    def undocumented(word: str) -> bool:
        """Whether a status is none that we know."""
        return state_of(word) is ViewState.UNKNOWN


def _few(call: Call) -> Call:
    """The same call for pages of few rows."""
    query = tuple((n, str(_SHORT_PAGE) if n == "limit" else value) for n, value in call.query)
    return replace(call, query=query)
