"""What the market did after debits filled or were cancelled, as far as anybody looked."""

from __future__ import annotations

from engine.learning.attempt_results import venue_of
from engine.learning.ghosts import Ghosts, ghosts_seen
from engine.learning.locations import Locations, bought_at, silent_notice
from engine.learning.markouts import Markouts, moved_after_fills
from engine.orders import events as ev
from engine.state.order_record import OrderRecord


class PostTrade:
    """Ghosts, locations and marks of one venue: with another it begins anew.

    Figures of different fill models, or of a market and a simulated one, never meet.

    Attributes:
        venue: mode, source and fill model.
        ghosts, locations, markouts: what is known, by trader.
    """

    def __init__(self) -> None:
        self.venue = ""
        self._since_ms = 0
        self._begin()

    def _begin(self) -> None:
        self.ghosts = Ghosts()
        self.locations = Locations()
        self.markouts = Markouts()

    def session_started(self, event: ev.SessionStarted) -> None:
        """Attempts are made at this venue from here on."""
        venue = venue_of(event)
        if venue != self.venue:
            self.venue, self._since_ms = venue, event.at_ms
            self._begin()

    def pair_chosen(self, record: OrderRecord | None, event: ev.PairChosen) -> None:
        """An order buys at this location; one that was drawn for an arm is not the setting."""
        if record is not None:
            record.buys_at(event.buy_at)
        if not event.arm:
            self.locations.use(event.trader, event.buy_at)

    def attempt_ended(self, record: OrderRecord | None, event: ev.AttemptEnded) -> None:
        """Count an attempt at its location; journals of before do not tell it."""
        if record is not None and record.buy_at is not None and self._here(record):
            self.locations.at(event.trader, record.buy_at).count(event.filled > 0)

    def filled_late(self, record: OrderRecord) -> None:
        """An attempt that counts as unfilled, or as rejected, had a fill after all."""
        if record.buy_at is None or record.attempt is None or not self._here(record):
            return
        trader = record.totals.key
        if record.attempt.result == "REJECTED":
            self.locations.at(trader, record.buy_at).count(True)
        elif (tally := self.locations.known(trader, record.buy_at)) is not None:
            tally.filled_late()

    def _here(self, record: OrderRecord) -> bool:
        """Whether an order was sent at the present venue."""
        return record.intent.at_ms >= self._since_ms

    def ghost_watched(self, event: ev.GhostWatched) -> None:
        """Count what the market did after a debit was cancelled."""
        self.ghosts.add(event)
        tally = self.locations.known(event.trader, event.buy_at)
        if tally is not None:
            tally.watch(event.reached)

    def fill_marked(self, event: ev.FillMarked) -> None:
        """Count the marks of a fill."""
        self.markouts.add(event)

    def of_trader(self, trader: str) -> tuple[str, ...]:
        """What is known of one trader, as sentences; empty before its first attempt."""
        used = self.locations.used(trader)
        location = "" if used is None else bought_at(*used)
        moved = moved_after_fills(self.markouts.of(trader))
        return tuple(each for each in (location, moved) if each)

    def of_desk(self) -> tuple[str, ...]:
        """What is known of all traders, as sentences; empty before anything ended."""
        seen = [(ms, self.ghosts.of_desk(ms)) for ms in self.ghosts.cancel_times()]
        told = [ghosts_seen(ms, ghosts) for ms, ghosts in seen if ghosts is not None]
        moved = moved_after_fills(self.markouts.of_desk())
        return (*([moved] if moved else []), *told)

    def notices(self) -> tuple[str, ...]:
        """What an operator should know: locations in use at which nothing fills."""
        return tuple(silent_notice(each) for each in self.locations.silent())
