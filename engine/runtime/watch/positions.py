"""Watches what is held to expiration: shares, uncovered shorts, ex-dates, the last days."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Final

from engine.book.contract_keys import ContractKey
from engine.market.legs import strike_text
from engine.market.ticks import canonical_root
from engine.risk.gates import Gate
from engine.runtime.context import DeskContext
from engine.runtime.underlying_price import quoted_price
from engine.runtime.watch.settlement import SettlementBooking
from engine.runtime.watch.terms import terms_of

_NAMED: Final = 6
_CODES: Final = ("SHARES", "UNCOVERED", "EX_DATE", "EXPIRES", "EXPIRED", "EXPIRY")

Texts = dict[tuple[str, str], str]
"""Details of the alarms to raise, by code and place."""


class PositionWatch:
    """Raises and clears the alarms of positions, and names the chains that enter nothing new.

    Args:
        context: the desk's shared parts.
        settlements: some may wait for an execution; their chains enter nothing meanwhile.
    """

    def __init__(self, context: DeskContext, settlements: SettlementBooking) -> None:
        self._context = context
        self._settlements = settlements

    def look(self) -> None:
        """Look at everything held; an alarm whose particulars changed is told anew."""
        context = self._context
        at_ms = context.moment.at_ms
        held = context.state.contracts.contracts()
        shares = context.state.contracts.shares()
        raised = [(code, where) for code in _CODES for where in context.alarms.places(code)]
        waiting = self._settlements.waiting_chains()
        if not (held or shares or raised or waiting or context.flags.watched):
            return
        texts: Texts = {}
        watched: dict[str, Gate] = {}
        self._shares(shares, texts, watched)
        self._uncovered(held, texts, watched)
        self._ex_dates(held, texts, watched)
        self._last_days(held, texts)
        for chain in waiting:
            watched.setdefault(chain, Gate.RECONCILE)
        context.flags.watch(watched)
        for code, where in raised:
            if (code, where) not in texts:
                context.alarms.clear(at_ms, code, where)
        for (code, where), text in texts.items():
            context.alarms.say(at_ms, code, where, text)
        for chain in context.alarms.places("ASSIGNED"):
            symbol = chain.split(" ")[0]
            if symbol not in shares and terms_of(context, chain).settlement == "physical":
                context.alarms.clear(at_ms, "ASSIGNED", chain)

    @property
    def _today(self) -> date:
        return self._context.session.phase.session_date

    def _chains_of(self, symbol: str) -> list[str]:
        return [key for key, each in self._context.traders.items() if each.symbol == symbol]

    def _shares(self, shares: dict[str, int], texts: Texts, watched: dict[str, Gate]) -> None:
        for symbol, quantity in sorted(shares.items()):
            pairs = sum(
                pair.shares
                for pair in self._context.state.positions.pairs.with_shares()
                if self._context.state.traders[pair.trader].symbol == symbol
            )
            of_pairs = f" ({pairs:+d} a pair's)" if pairs else ""
            texts["SHARES", symbol] = f"{quantity:+d}{of_pairs}"
            watched.update(dict.fromkeys(self._chains_of(symbol), Gate.SHARES))

    def _uncovered(
        self, held: dict[ContractKey, int], texts: Texts, watched: dict[str, Gate]
    ) -> None:
        nets: dict[tuple[str, str, str], int] = defaultdict(int)
        for key, quantity in held.items():
            nets[key.symbol, key.expiration, key.right] += quantity
        for (symbol, expiration, right), net in sorted(nets.items()):
            if net < 0:
                name = "calls" if right == "C" else "puts"
                texts["UNCOVERED", f"{symbol} {expiration}"] = f"{-net} {name}"
                watched[f"{symbol} {expiration}"] = Gate.UNCOVERED

    def _ex_dates(
        self, held: dict[ContractKey, int], texts: Texts, watched: dict[str, Gate]
    ) -> None:
        context = self._context
        dates = {canonical_root(name): days for name, days in context.config.ex_dividends.items()}
        if not dates:
            return
        following = context.session.calendar.next_session(self._today)
        tomorrow = following.isoformat() if following else ""
        short: dict[str, list[str]] = defaultdict(list)
        for key, quantity in sorted(held.items()):
            root = canonical_root(key.symbol)
            if quantity >= 0 or tomorrow not in dates.get(root, ()):
                continue
            price = quoted_price(context, key.symbol)
            # where nobody knows it, it counts as in the money
            inside = price is None or (price > key.strike) == (key.right == "C")
            chain = f"{key.symbol} {key.expiration}"
            if inside and terms_of(context, chain).style == "american":
                short[chain].append(f"{strike_text(key.strike)}{key.right}")
        for chain, names in short.items():
            texts["EX_DATE", chain] = _some(names)
            watched.setdefault(chain, Gate.EX_DATE)

    def _last_days(self, held: dict[ContractKey, int], texts: Texts) -> None:
        """One alarm for each expiration: a whole desk may hold the same."""
        least = self._context.config.spreads.min_days_to_expiry
        calendar = self._context.session.calendar
        by_day: dict[tuple[str, str], set[str]] = defaultdict(set)
        for key in held:
            expiration = date.fromisoformat(key.expiration)
            last = expiration
            terms = terms_of(self._context, f"{key.symbol} {key.expiration}")
            if terms.settles_at == "open":
                last = calendar.previous_session(expiration) or expiration
            if last > self._today:
                if (expiration - self._today).days < least:
                    by_day["EXPIRY", key.expiration].add(key.symbol)
            else:
                code = "EXPIRES" if last == self._today else "EXPIRED"
                by_day[code, key.expiration].add(key.symbol)
        for (code, day), symbols in sorted(by_day.items()):
            whose = _some(sorted(symbols))
            texts[code, day] = f"{day} of {whose}" if code == "EXPIRED" else f"held of {whose}"


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
