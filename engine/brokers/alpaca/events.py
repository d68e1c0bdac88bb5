"""Alpaca's stream of trade updates: an event names an order, and tells it where it has its legs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from engine.brokers.alpaca.reading import MULTI_LEG, fields_of, order_view, text_of
from engine.brokers.dialect import DialectError
from engine.brokers.http.bounded_json import read_json
from engine.brokers.stream.spec import (
    AskAbout,
    Frame,
    Heard,
    Hint,
    StreamSpec,
    TurnedAway,
    Welcome,
)

_REPLACING: Final = ("trade_bust", "trade_correct")


def trade_updates(url: str, keys: Callable[[], tuple[str, str]]) -> StreamSpec:
    """The stream of an account's orders; silence is normal there.

    Args:
        url: of the stream (`hosts.Hosts`).
        keys: the key and its secret.
    """

    def hello() -> tuple[Frame, ...]:
        key, secret = keys()
        login = {"action": "authenticate", "data": {"key_id": key, "secret_key": secret}}
        listen = {"action": "listen", "data": {"streams": ["trade_updates"]}}
        return json.dumps(login), json.dumps(listen)

    return StreamSpec(url, hello, parse)


def parse(frame: Frame) -> tuple[Hint, ...]:
    """What a frame means; frames are JSON, as text or as bytes.

    Raises:
        ValueError: it cannot be read; something may have been missed.
    """
    message = read_json(frame.encode() if isinstance(frame, str) else frame)
    row = fields_of(message, "a frame")
    data = fields_of(row.get("data"), "a frame's data")
    match row.get("stream"):
        case "authorization":
            if data.get("status") == "authorized":
                return ()
            return (TurnedAway(str(data.get("message") or data.get("status") or "no reason")),)
        case "listening":
            streams = data.get("streams")
            if isinstance(streams, list) and "trade_updates" in streams:
                return (Welcome(),)
            return (TurnedAway("it does not send trade updates"),)
        case "trade_updates":
            return _event(data)
        case other:
            raise DialectError(f"a frame of {str(other)[:40]!r}")


def _event(data: dict[str, Any]) -> tuple[Hint, ...]:
    order = fields_of(data.get("order"), "an event's order")
    name = text_of(order, "id")
    if data.get("event") in _REPLACING:
        return (AskAbout(name, replaces=True),)
    if order.get("order_class") == MULTI_LEG and order.get("legs"):
        return (Heard(order_view(order)),)
    return (AskAbout(name),)
