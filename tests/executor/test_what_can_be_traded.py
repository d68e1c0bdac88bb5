"""add_symbol refuses what cannot be traded, each in a sentence, and then adds nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine import ArbitrageExecutor, standard_expiration
from engine.market.calendar import xnys
from engine.market.expirations import no_session_to_expire_in
from tests.support.executor_world import (
    FAR,
    NEAR,
    PaperBroker,
    executor_on,
    option_chain,
    run_for,
    virtual,
)

pandas: Any = pytest.importorskip("pandas")
SATURDAY, SUNDAY = date(2026, 4, 18), date(2026, 4, 19)
GOOD_FRIDAY = date(2026, 4, 3)


@pytest.fixture
def executor() -> ArbitrageExecutor:
    broker = PaperBroker()
    return executor_on(broker, virtual(), cancel_callback=broker.cancel)


@pytest.mark.parametrize(
    ("expiration", "says"),
    [
        (SATURDAY, "2026-04-18 is a Saturday; the last session before it is Friday 2026-04-17"),
        (SUNDAY, "2026-04-19 is a Sunday; the last session before it is Friday 2026-04-17"),
        (
            GOOD_FRIDAY,
            "2026-04-03 is a Friday and a holiday: Good Friday; the last session before it is "
            "Thursday 2026-04-02",
        ),
        (datetime(2026, 4, 18), "2026-04-18 is a Saturday"),
        (pandas.Timestamp("2026-04-18"), "2026-04-18 is a Saturday"),
        (date(2041, 4, 6), "is a Saturday; the last session before it is Friday 2041-04-05"),
        (date(2026, 3, 9), "2026-03-09 of AAPL is past: today is 2026-03-10"),
        (datetime(2026, 3, 10, 2, tzinfo=UTC), "2026-03-09 of AAPL is past"),
        (date.min, "is past"),
        (datetime.min.replace(tzinfo=ZoneInfo("Asia/Tokyo")), "is not a date or datetime"),
        (pandas.NaT, "NaT of AAPL is not a date or datetime"),
        (None, "None of AAPL is not a date"),
        ("2026-04-17", "'2026-04-17' of AAPL is not a date"),
        (20260417, "20260417 of AAPL is not a date"),
        (True, "True of AAPL is not a date"),
    ],
)
def test_an_expiration_that_cannot_be_traded_is_refused_and_nothing_is_added(
    executor: ArbitrageExecutor, expiration: Any, says: str
) -> None:
    with pytest.raises(ValueError, match=says.replace("(", "\\(")):
        executor.add_symbol("AAPL", [NEAR, expiration])
    assert executor.traders == {}


@pytest.mark.parametrize(
    ("expirations", "says"),
    [
        ([], "no expiration of AAPL is given"),
        (None, "expirations is None; pass a list of dates"),
        (NEAR, "pass a list of dates"),
        (datetime(2026, 4, 17, 16), "pass a list of dates"),
        ("2026-04-17", "pass a list of dates"),
        (b"2026", "pass a list of dates"),
        (30, "expirations is 30; pass a list of dates"),
    ],
)
def test_what_is_not_a_list_of_dates_is_refused(
    executor: ArbitrageExecutor, expirations: Any, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        executor.add_symbol("AAPL", expirations)


@pytest.mark.parametrize(
    "symbol",
    [None, "", "  ", 5, b"AAPL", ["AAPL"], "A B", "AA\nPL", "A\x1b[2J", "A\u200bB", "\uff21\uff21", "."]
    + ["A" * 25, "AAPL;", "\U0001f600"],
)  # fmt: skip
def test_a_symbol_that_is_not_an_option_root_is_refused(
    executor: ArbitrageExecutor, symbol: Any
) -> None:
    with pytest.raises(ValueError, match="option root") as refused:
        executor.add_symbol(symbol, [NEAR])
    assert str(refused.value).isprintable()
    assert executor.traders == {}


@pytest.mark.parametrize(
    ("given", "root"),
    [("aapl", "AAPL"), (" spy \n", "SPY"), ("brk.b", "BRK.B"), ("SPXW", "SPXW"), ("^vix", "^VIX")],
)
def test_a_symbol_is_its_root_in_capitals_without_blanks_around_it(
    executor: ArbitrageExecutor, given: str, root: str
) -> None:
    executor.add_symbol(given, [NEAR, datetime(2026, 5, 15, 16)])
    assert list(executor.traders) == [f"{root} {NEAR}", f"{root} {FAR}"]


def test_a_moment_on_a_weekend_keeps_its_trader_blocked_and_names_the_nearest() -> None:
    asked: list[date] = []

    def quotes(symbol: str, expiration: datetime) -> Any:
        asked.append(expiration.date())
        return option_chain(symbol, expiration.date())

    broker = PaperBroker()
    executor = executor_on(broker, virtual(), cancel_callback=broker.cancel, quote_callback=quotes)
    executor.add_symbol("AAPL", [datetime(2026, 4, 18, 10, 15), datetime(2026, 4, 17, 10, 15)])
    run_for(executor, 60)
    saturday = executor.get_status()["traders"]["AAPL 2026-04-18"]
    assert (saturday["state"], saturday["gate"]) == ("BLK", "NOT_LISTED")
    assert saturday["gate_text"].endswith("the last session before it is Friday 2026-04-17")
    assert set(asked) == {NEAR}
    assert broker.orders


def test_the_standard_expiration_nearest_to_a_day_is_a_third_friday_or_the_session_before() -> None:
    assert standard_expiration(date(2026, 4, 9)) == date(2026, 4, 17)
    assert standard_expiration(datetime(2026, 6, 5, 10, 0)) == date(2026, 6, 18)
    assert standard_expiration(date(2027, 1, 1)) == date(2026, 12, 18)
    assert standard_expiration(date(2027, 1, 2)) == date(2027, 1, 15)
    for ahead in range(30, 900, 7):
        day = date(2026, 3, 10) + timedelta(days=ahead)
        listed = standard_expiration(day)
        assert abs((listed - day).days) <= 18
        assert no_session_to_expire_in(listed, xnys()) == ""
