"""The connections with Alpaca: trading, quotes, and the stream of trade updates."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from engine.brokers.alpaca.dialect import AlpacaDialect
from engine.brokers.alpaca.events import trade_updates
from engine.brokers.alpaca.hosts import Hosts, headers_of, mode_of_key
from engine.brokers.alpaca.market import Feed
from engine.brokers.http.call import Answer, Lost
from engine.brokers.http.client import HttpClient
from engine.brokers.http.governor import Governor
from engine.brokers.http.network import HttpxNetwork, Network
from engine.brokers.http.redaction import Redactor
from engine.brokers.http.secrets import Credentials
from engine.brokers.remote.facts import LONGEST_WHY, FeedQuality
from engine.brokers.stream.spec import Frame, Heard, Hint
from engine.brokers.stream.supervisor import Connection, StreamSupervisor, open_websocket
from engine.gateway.alpaca_feed import AlpacaFeed
from engine.gateway.links import LinkAge, Stream
from engine.gateway.raw_answers import Listening
from engine.gateway.turns import Start, start_thread
from engine.market.clock import WaitingClock

CALLS_A_MINUTE: Final = 200
"""Alpaca's limit on trading calls; that on quotes is another of the same size without a plan."""

DATA_LIMIT: Final = 180
QUALITIES: Final[dict[Feed, FeedQuality]] = {"opra": "live", "indicative": "indicative"}


@dataclass(frozen=True, slots=True)
class Wires:
    """How calls and stream reach the broker; the machine's network and threads where not said.

    Args:
        network: the connections to a base address; None for httpx2's.
        connect: opens the stream at an address.
        begin: runs the stream's thread.
        condition: on which calls wait for their turn.
    """

    network: Callable[[str], Network] | None = None
    connect: Callable[[str], Connection] = open_websocket
    begin: Start = start_thread
    condition: Callable[[], threading.Condition] = threading.Condition


def wires_through(proxy: str, clock: WaitingClock) -> Wires:
    """The machine's network and threads, through a proxy.

    Args:
        proxy: `http://host:port`; "" for none.
        clock: real time.
    """
    return Wires(
        network=lambda base: HttpxNetwork(base, clock, proxy=proxy),
        connect=partial(open_websocket, proxy=proxy),
    )


class AlpacaConnection:
    """Calls and stream of one account.

    Args:
        hosts: where Alpaca is.
        keys: the account's.
        feed: where quotes come from.
        calls_per_min: trading calls a minute for what is not urgent.
        clock: real time.
        chance: for waits before second tries.
        wires: how calls and stream reach Alpaca.

    Attributes:
        key_mode: the mode that the key is for by its first letters; "" where they say nothing.
    """

    def __init__(
        self,
        hosts: Hosts,
        keys: Credentials,
        feed: Feed,
        calls_per_min: int,
        clock: WaitingClock,
        chance: random.Random,
        wires: Wires | None = None,
    ) -> None:
        self._wires = wires = wires or Wires()
        self._pair = _pair(keys)
        self.redactor = redactor = Redactor(keys.plain())
        self.key_mode = mode_of_key(self._pair[0])
        self.dialect = AlpacaDialect()
        calls = min(calls_per_min, CALLS_A_MINUTE), DATA_LIMIT
        governors = [Governor(limit, CALLS_A_MINUTE, clock, wires.condition()) for limit in calls]
        self.governor = governors[0]
        self._clock, self._chance, self._hosts = clock, chance, hosts
        self._network = wires.network or (lambda base: HttpxNetwork(base, clock))
        self._clients = [
            HttpClient(
                self._network(base),
                lambda: headers_of(*self._pair),
                governor,
                clock,
                chance,
                redactor,
            )
            for base, governor in zip((hosts.trading, hosts.data), governors, strict=True)
        ]
        self.offset = self._clients[0].offset
        self.orders, self.data = (
            LinkAge(client.send, clock, self.dialect) for client in self._clients
        )
        self.feed = AlpacaFeed(feed, self.data.send, self.orders.send, clock)
        self.feed_name: Feed = feed
        self._stream: StreamSupervisor | None = None
        self._listening: Listening | None = None

    def differs(self, keys: Credentials) -> bool:
        """Whether keys are others than those in use."""
        return _pair(keys) != self._pair

    def account_with(self, keys: Credentials) -> Answer | Lost:
        """Ask for the account with other keys than those in use; nothing else is sent with them."""
        self.redactor.hide_secrets(keys.plain())
        client = HttpClient(
            self._network(self._hosts.trading),
            lambda: headers_of(*_pair(keys)),
            self.governor,
            self._clock,
            self._chance,
            self.redactor,
        )
        try:
            return client.send(self.dialect.account())
        finally:
            client.close()

    def use(self, keys: Credentials) -> None:
        """Use other keys of the same account from the next call on; the stream with its next."""
        self._pair = _pair(keys)

    def tell(self, listening: Listening) -> None:
        """Hand every answer and every frame from now on to a listener, as they come."""
        trading, data = self._clients
        trading.tell(lambda raw: listening.answer(raw, "orders"))
        data.tell(lambda raw: listening.answer(raw, "quotes"))
        self._listening = listening

    def start_stream(self, hear: Callable[[Hint], None], gap: Callable[[], None]) -> None:
        """Listen to trade updates; `gap` is called whenever something may have been missed."""
        spec = trade_updates(self._hosts.stream, lambda: self._pair)

        def hear_clean(hint: Hint) -> None:
            if isinstance(hint, Heard):
                reason, word = (
                    self.redactor.inside(text) for text in (hint.view.reason, hint.view.raw_state)
                )
                hint = Heard(replace(hint.view, reason=reason, raw_state=word))
            hear(hint)

        self._stream = stream = StreamSupervisor(
            spec, self._open_stream, hear_clean, gap, self._clock, self._chance
        )
        self._wires.begin("broker-stream", stream.run)

    def _open_stream(self, url: str) -> Connection:
        opened = self._wires.connect(url)
        return opened if self._listening is None else _Overheard(opened, self._listening)

    @property
    def feed_quality(self) -> FeedQuality:
        """What the quotes are now: a live feed may lag behind the market, or be refused."""
        if self.feed.refused:
            return "refused"
        quality = QUALITIES[self.feed_name]
        return "delayed" if quality == "live" and self.feed.lag.late else quality

    @property
    def streamed(self) -> bool:
        """Whether the stream tells of orders now."""
        return self._stream is not None and self._stream.health.up

    @property
    def stream(self) -> Stream | None:
        """How the stream is; None before it was begun."""
        told = self._stream
        if told is None:
            return None
        return Stream(told.health.up, told.down_s, self.redactor.text(told.why, LONGEST_WHY))

    def close(self) -> None:
        """Close everything."""
        if self._stream is not None:
            self._stream.stop()
        for client in self._clients:
            client.close()


def _pair(keys: Credentials) -> tuple[str, str]:
    return keys.secret("key"), keys.secret("secret")


class _Overheard:
    """A connection whose frames a listener takes, too; what we send is told to nobody."""

    def __init__(self, connection: Connection, listening: Listening) -> None:
        self._connection, self._listening = connection, listening
        self.send, self.close = connection.send, connection.close

    def recv(self, timeout: float | None) -> Frame:
        """The next frame."""
        frame = self._connection.recv(timeout)
        self._listening.frame(frame)
        return frame
