"""What observers look at: formed as for the desk's own screen, apart from it, and in a budget.

Whoever observes can ask for nothing but looks. However many do, so many different ones are formed,
each once for all of them, and so many a snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.runtime.context import DeskContext
from engine.runtime.views.holdings import Holdings
from engine.runtime.views.order_stories import OrderStories
from engine.runtime.views.pages import CHANGED, OPEN, Page, PageWalks
from engine.runtime.views.positions import PositionsBuilder
from engine.runtime.views.trader_detail import trader_detail
from engine.snapshot import SEARCH, ListPage, Look, LookKind, LookState, LookView

MOST: Final = 12
"""Looks that are formed at a time; who comes later waits until there is room."""

EVERY: Final = 4
"""Snapshots from one forming of a look to the next: a second."""

A_SNAPSHOT: Final = MOST // EVERY
"""Looks that are formed in one snapshot at most."""

CALM_EVERY: Final = 60
"""Looks after which many calm pairs are sorted anew: a minute, as for the desk's own screen."""

PAGES_KEPT: Final = 16
"""Last pages in a snapshot: as many as are made in more than a second."""

PAIRS_A_PAGE: Final = 100
"""Pairs of a page: each costs 0.1 ms, five times an order."""

_HELD: Final = frozenset({"pairs", "contracts"})
_SEARCHED: Final = _HELD | {"orders"}
_SOME_ORDERS: Final = frozenset({OPEN, CHANGED})


@dataclass(frozen=True, slots=True)
class ObserverNeeds:
    """What observers' looks are formed from; nothing of it is shared with the desk's own screen.

    Args:
        context: the desk's.
        holdings: what it holds, with quotes of its own.
        stories: makes the histories of orders.
    """

    context: DeskContext
    holdings: Holdings
    stories: OrderStories


class ObservedLooks:
    """Forms what observers look at, in turn.

    Args:
        needs: what it is formed from.
        words: the broker's own words for its orders, by id.
    """

    def __init__(self, needs: ObserverNeeds, words: dict[str, str]) -> None:
        self._context = needs.context
        self._holdings = needs.holdings
        self._stories = needs.stories
        self._positions = PositionsBuilder(needs.holdings, CALM_EVERY)
        self._walks = PageWalks(
            lambda: self._context.state,
            lambda: self._context.moment.epoch_s,
            words,
            self._pair_page,
            self._contract_page,
            self._positions.searches(needs.holdings.quotes.forget),
            dict.fromkeys(_HELD, PAIRS_A_PAGE),
            PAGES_KEPT,
        )
        self._wanted: tuple[Look, ...] = ()
        self._rows: dict[Look, LookView] = {}
        self._due: dict[Look, int] = {}

    def next(self, wanted: tuple[Look, ...], version: int) -> tuple[LookView, ...]:
        """A row of each look, of which the few whose turn it is are formed anew.

        Args:
            wanted: each once, those that were asked for first in front.
            version: of the snapshot that they are for.
        """
        if wanted != self._wanted:
            self._turn_to(wanted, version)
        room = MOST
        shown: list[Look] = []
        for look in wanted:
            if not self._is_there(look):
                self._say(look, LookState.GONE)
            elif not room:
                self._say(look, LookState.FULL)
            else:
                room -= 1
                shown.append(look)
                if look not in self._due:
                    self._due[look] = version
                    self._say(look, LookState.COMING)
        for look in self._turns(shown, version):
            self._rows[look] = row = self._formed(look, version)
            reading = row.story is not None and row.story.left_out and not row.story.trouble
            self._due[look] = version + (1 if reading or self._hurries(look) else EVERY)
        return tuple([self._rows[look] for look in wanted])

    def _turns(self, shown: list[Look], version: int) -> list[Look]:
        """Those to form now: the longest due first, and of what takes long one a snapshot."""
        due = sorted(
            (look for look in shown if self._due[look] <= version),
            key=lambda look: self._due[look],
        )
        long = [look for look in due if self._takes_long(look)]
        return [look for look in due if look not in long[1:]][:A_SNAPSHOT]

    def _takes_long(self, look: Look) -> bool:
        """Whether it asks for many rows of what is held, or for what the journal alone has.

        Or for the words of a filter among all orders, before these have been looked through once.
        """
        if look.kind is LookKind.ORDER:
            return self._stories.has_to_read(self._context.state.orders.known[look.name])
        return _is_held(look) or self._hurries(look)

    def _hurries(self, look: Look) -> bool:
        return look.kind is LookKind.LIST and self._walks.hurries(look.name)

    def pages(self, observed: bool) -> tuple[ListPage, ...]:
        """The last pages of the lists that go by or are looked at; () where nobody observes."""
        return self._walks.next(observed)

    def _turn_to(self, wanted: tuple[Look, ...], version: int) -> None:
        """Look at these from now on; what was kept of the others is let go."""
        if any(look.kind is LookKind.ORDER and look not in self._rows for look in wanted):
            self._stories.opened()
        self._wanted = wanted
        self._rows = {look: row for look, row in self._rows.items() if look in wanted}
        self._due = {look: due for look, due in self._due.items() if look in wanted}
        self._walks.bring_only({look.name for look in wanted if look.kind is LookKind.LIST})
        if not any(_is_held(look) or look.kind is LookKind.PAYOFF for look in wanted):
            self._positions.rest()

    def _say(self, look: Look, state: LookState) -> None:
        """Show nothing of it, and why; the same row as long as that is so."""
        if state is not LookState.COMING:
            self._due.pop(look, None)
        row = self._rows.get(look)
        if row is None or row.state is not state:
            self._rows[look] = LookView(look, state)

    def _is_there(self, look: Look) -> bool:
        """Whether the desk has such a thing."""
        state, traders = self._context.state, self._context.traders
        match look.kind:
            case LookKind.TRADER:
                return look.name in traders
            case LookKind.ORDER:
                return look.name in state.orders.known
            case LookKind.PAYOFF:
                return look.name.rpartition("/")[0] in state.traders
            case LookKind.LIST:
                name, _, within = look.name.partition("@")
                if within.startswith(SEARCH):
                    return name in _SEARCHED
                if name == "orders":
                    return within in _SOME_ORDERS or within.rpartition("/")[0] in state.traders
                return name in _HELD and not within
            case _:
                return True

    def _formed(self, look: Look, version: int) -> LookView:
        """The look at this moment; what cannot be formed ends no desk."""
        at_s = self._context.moment.epoch_s
        try:
            return self._view(look, version, at_s)
        except Exception:
            return LookView(look, LookState.FAILED, version, at_s)

    def _view(self, look: Look, version: int, at_s: float) -> LookView:
        shown = LookState.SHOWN
        match look.kind:
            case LookKind.TRADER:
                detail = trader_detail(self._context, self._context.traders[look.name])
                return LookView(look, shown, version, at_s, detail=detail)
            case LookKind.ORDER:
                story = self._stories.of(self._context.state.orders.known[look.name])
                return LookView(look, shown, version, at_s, story=story)
            case LookKind.POSITIONS:
                positions = self._positions.view("positions")
                return LookView(look, shown, version, at_s, positions=positions)
            case LookKind.PAYOFF:
                payoff = self._positions.payoff(look.name)
                state = shown if payoff is not None else LookState.GONE
                return LookView(look, state, version, at_s, payoff=payoff)
            case LookKind.LIST:
                self._walks.bring(look.name)
                return LookView(look, shown, version, at_s)

    # ------------------------------------------------------------------ pages of what is held

    def _pair_page(self, start: int, rows: int) -> Page:
        self._holdings.quotes.forget()
        return self._positions.page(start, min(rows, PAIRS_A_PAGE))

    def _contract_page(self, start: int, rows: int) -> Page:
        self._holdings.quotes.forget()
        return self._positions.contract_page(start, rows)


def _is_held(look: Look) -> bool:
    """Whether it asks for many rows of what is held: of these there are three."""
    return look.kind is LookKind.POSITIONS or (
        look.kind is LookKind.LIST and look.name.partition("@")[0] in _HELD
    )
