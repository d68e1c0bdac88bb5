"""Alpaca's own description of its interfaces, from the wheel that its publisher ships it in.

The wheel `alpaca-mcp-server` is installed for these two files alone (`.ci/descriptions.txt`): their
licence forbids keeping them here. Of its program nothing is loaded.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

TRADING, QUOTES = "trading-api", "market-data-api"

_SHA256: Final = {
    TRADING: "e67cf32d58cd5f918c593925e966bf737eff1e0f03f15c7c0ba467368eaa6d42",
    QUOTES: "957d447060484f59ca98d4d75a3e7cef92c8fea73eeae9ae31a6fb710504c128",
}
"""Of each file in version 2.4.0 of the wheel."""

_PATHS: Final = {
    TRADING: (
        "/v2/orders",
        "/v2/orders/{order_id}",
        "/v2/orders:by_client_order_id",
        "/v2/positions",
        "/v2/account",
        "/v2/account/activities",
        "/v2/account/activities/{activity_type}",
        "/v2/options/contracts",
        "/v2/clock",
    ),
    QUOTES: (
        "/v1beta1/options/snapshots/{underlying_symbol}",
        "/v2/stocks/snapshots",
        "/v2/stocks/trades/latest",
        "/v2/stocks/bars",
        "/v2/stocks/{symbol}/bars",
    ),
}
"""What is called of each: a description of all of it takes three times as long to load."""

_ALSO: Final = {TRADING: ("#/components/schemas/Error",), QUOTES: ()}
"""Parts to which no path refers."""


def description(name: str, *, answers: bool = False) -> Any:
    """One of the descriptions, cut to what is called; skips where the wheel is not installed.

    Args:
        name: TRADING or QUOTES.
        answers: whether answers are held against it: they are relaxed where the description
            contradicts its own example. Requests are as strict as published.
    """
    found = json.loads(_text(name))
    if answers and name == TRADING:
        _relax(found)
    return found


@cache
def _text(name: str) -> str:
    spec = importlib.util.find_spec("alpaca_mcp_server")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("alpaca-mcp-server is not installed: the vendor's descriptions are in it")
    raw = (Path(spec.submodule_search_locations[0]) / "specs" / f"{name}.json").read_bytes()
    assert hashlib.sha256(raw).hexdigest() == _SHA256[name], "another version of the description"
    whole = json.loads(raw)
    paths = {path: whole["paths"][path] for path in _PATHS[name]}
    kept: dict[str, dict[str, Any]] = {}
    waiting = set(_references(paths)) | set(_ALSO[name])
    while waiting:
        kind, part = waiting.pop().removeprefix("#/components/").split("/")
        if part not in kept.setdefault(kind, {}):
            kept[kind][part] = whole["components"][kind][part]
            waiting |= set(_references(kept[kind][part]))
    kept["securitySchemes"] = whole["components"]["securitySchemes"]
    return json.dumps(whole | {"paths": paths, "components": kept})


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref" and isinstance(inner, str):
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _relax(found: Any) -> None:
    """Let answers be as the description's own example of an order of several legs has them."""
    schemas = found["components"]["schemas"]
    for schema in ("Order", "OrderLeg"):
        fields = schemas[schema]["properties"]
        fields["asset_id"].pop("format", None)  # "" at the parent, which has no asset
        fields["symbol"].pop("minLength", None)
        for name in ("asset_class", "side", "position_intent", "type"):
            if name in fields:
                empty = {"type": ["string", "null"], "enum": ["", None]}
                fields[name] = {"anyOf": [fields[name], empty]}
    # No field is required of a trade or of another activity, so each trade is "one of" both.
    answer = found["paths"]["/v2/account/activities/{activity_type}"]["get"]["responses"]["200"]
    items = answer["content"]["application/json"]["schema"]["items"]
    items["anyOf"] = items.pop("oneOf")
