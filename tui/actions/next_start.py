"""A setting as it is written into the settings file: what the next start makes of it, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.config import ConfigError, DeskConfig, Proposal, loosens
from tui.own_settings import text_of
from tui.screens.prompt import Prompt
from tui.shown import Shown
from tui.text.formats import displayed, plural
from tui.viewmodel.settings import LIMITS, Setting, brief, shown

LOOSEN_WORD = "LOOSEN"
"""What is typed where a limit of real money is written looser than it is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants of a setting.

    Args:
        setting: as it was when it was asked for.
        value: what was typed, None for the default.
        becomes: the value that the setting has then.
        text: that value as it is shown.
        refusal: why it cannot be at once; "" where it can.
    """

    setting: Setting
    value: Any
    becomes: Any
    text: str
    refusal: str


def value_seen(desk: Shown, setting: Setting) -> Any:
    """The value in force of a limit, as the person has seen it; None of another setting."""
    name = setting.key.removeprefix(LIMITS)
    return next((limit.value for limit in desk.view().snapshot.limits if limit.name == name), None)


def loosens_real_money(desk: Shown, setting: Setting, proposal: Proposal) -> bool:
    """Whether real money would have a limit looser than it is in force, or in the file."""
    live = desk.live_view().snapshot.mode.upper() == "LIVE"
    if not live or not setting.key.startswith(LIMITS):
        return False
    name, seen = setting.key.removeprefix(LIMITS), value_seen(desk, setting)
    before = getattr(proposal.was.limits, name)
    known = () if seen is None else (seen,)
    return loosens(name, getattr(proposal.config.limits, name), before, *known)


def scaled(desk: Shown, key: str, config: DeskConfig) -> str:
    """What a simulated desk makes of a limit as it starts, in words; "" where it takes it as it is.

    Args:
        key: of any setting.
        config: what the next start reads.
    """
    snapshot = desk.live_view().snapshot
    if snapshot.mode.upper() != "SIM" or not key.startswith(LIMITS):
        return ""
    name, traders = key.removeprefix(LIMITS), len(snapshot.traders)
    value = getattr(config.limits.scaled(traders), name)
    if value == getattr(config.limits, name):
        return ""
    return f"{plural(traders, 'simulated trader')} make {brief(shown(value, key))} of it"


def proposal_for(desk: Shown, wanted: Wanted) -> tuple[Proposal | None, str]:
    """What the file would say, and the words for it; None where it says why not."""
    file = desk.settings_file
    if file is None:
        return None, "no settings file is known here"
    try:
        proposal = file.proposal(wanted.setting.key, wanted.value)
    except ConfigError as error:
        return None, f"the file stays: {str(error).partition(chr(10))[0]}"
    if proposal.before == proposal.after:
        return None, f"{file.path.name} says so already"
    made = scaled(desk, wanted.setting.key, proposal.config)
    then = f"; {made}" if made else ""
    asks = (
        f"; asks for the word {LOOSEN_WORD}"
        if loosens_real_money(desk, wanted.setting, proposal)
        else ""
    )
    return proposal, f"write {file.path}, for the next start{then}{asks}:"


def write(desk: Shown, wanted: Wanted, proposal: Proposal) -> None:
    """Put a change into the file; a looser limit of real money asks for a typed word first."""
    if loosens_real_money(desk, wanted.setting, proposal):
        _write_looser(desk, wanted, proposal)
    else:
        _write(desk, wanted, proposal)


def _write_looser(desk: Shown, wanted: Wanted, proposal: Proposal) -> None:
    """Have a limit of real money loosened by a typed word alone."""

    def typed(word: str | None) -> None:
        if (word or "").strip() == LOOSEN_WORD:
            _write(desk, wanted, proposal)
        else:
            desk.say(f"not written: type {LOOSEN_WORD}")

    change = (
        f"{wanted.setting.key}  {displayed(brief(wanted.setting.now), 40)} -> {brief(wanted.text)}"
    )
    desk.ask(
        Prompt(
            f"A looser limit for real money: {change}",
            f"type {LOOSEN_WORD} to write it for the next start",
            "Esc  leave the file",
        ),
        typed,
    )


def _write(desk: Shown, wanted: Wanted, proposal: Proposal) -> None:
    """Put a change into the file."""
    file = desk.settings_file
    if file is None:
        return
    try:
        file.write(proposal)
    except ConfigError as error:
        desk.say(f"not written: {error}")
    else:
        key, text = wanted.setting.key, displayed(brief(wanted.text), 40)
        before, after = text_of(proposal.was, key), text_of(proposal.config, key)
        desk.journal_setting(key, before, after, f"in {file.path.name}, for the next start")
        then = scaled(desk, key, proposal.config) or "in force"
        desk.say(f"{key} {text} written in {file.path.name}: {then} at the next start")
