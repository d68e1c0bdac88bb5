"""What the settings must say before real money is traded, and what nobody has shown yet."""

from __future__ import annotations

from typing import Final

from engine.config.sections import DeskConfig

LIVE_BROKERS: Final[frozenset[str]] = frozenset({"alpaca"})
"""Brokers whose gateway trades real money."""

UNCONFIRMED: Final = "no release has yet been confirmed on a live account by its makers"
REAL_MONEY: Final = f"real money: {UNCONFIRMED}; docs/alpaca.md has what only such an account shows"
"""What whoever trades real money is told before."""

LIVE_FEED: Final = {"alpaca": "opra"}
"""The feed of each broker that real money may be traded on."""

PAPER_NUMBER: Final = {"alpaca": "PA"}
"""How the numbers of a broker's paper accounts begin."""


MOST_SKEW_S: Final = 1.0
"""Seconds that the broker's time may be from ours where real money is traded."""


def real_money_refusals(config: DeskConfig) -> list[str]:
    """Every reason for which these settings trade no real money; none in modes SIM and PAPER.

    Args:
        config: the settings.
    """
    if config.mode != "LIVE":
        return []
    broker = config.broker
    if broker.name not in LIVE_BROKERS:
        return [
            f"mode LIVE needs a broker's gateway for real money, and none is built in for "
            f'{broker.name or "no broker"}; mode = "PAPER" with broker.name = "simulated" '
            "trades on `legdesk exchange`"
        ]
    refusals = []
    if not broker.account_number:
        refusals.append(
            "mode LIVE needs broker.account_number: the desk trades no account that the file does "
            "not name"
        )
    elif is_paper_number(broker.name, broker.account_number):
        refusals.append(
            f"broker.account_number begins with {PAPER_NUMBER[broker.name]}, as the numbers of "
            f"{broker.name}'s paper accounts do; write that of the live account, or mode = "
            '"PAPER"'
        )
    feed = LIVE_FEED.get(broker.name, broker.feed)
    if broker.feed != feed:
        refusals.append(
            f'mode LIVE needs broker.feed = "{feed}", with the broker\'s plan for it: quotes of '
            f"the feed {broker.feed} are modified, and real money is not traded on them"
        )
    if config.limits.max_clock_skew_s > MOST_SKEW_S:
        refusals.append(
            f"mode LIVE needs limits.max_clock_skew_s of at most {MOST_SKEW_S:g} s: what is timed "
            "by a clock that is farther off goes out, and ends, at the wrong moment"
        )
    return refusals


def is_paper_number(broker: str, number: str) -> bool:
    """Whether an account's number is one of a broker's paper accounts.

    Args:
        broker: its name.
        number: as the broker tells it.
    """
    begins = PAPER_NUMBER.get(broker, "")
    return bool(begins) and number.startswith(begins)
