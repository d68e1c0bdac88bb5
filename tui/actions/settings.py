"""Settings changed from the screen: typed, judged, shown as a diff, confirmed, taken back."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.commands import Ask, Command
from engine.config import (
    ConfigError,
    LimitError,
    RiskLimits,
    settings_in,
    tightened,
    typed_value,
    with_value,
)
from tui.actions.keymap import KeymapError, build
from tui.actions.next_start import Wanted, proposal_for, scaled, value_seen, write
from tui.screens.settings import ChangeDialog, SettingEntry, Verdict
from tui.shown import Shown
from tui.text.formats import clean, displayed
from tui.viewmodel.settings import (
    HAND,
    KEYS,
    LIMITS,
    MOVED,
    NOW,
    START,
    TRIAL,
    Setting,
    brief,
    chosen,
    shown,
    when,
)

LATER = "at the next start, from the settings file"
ALREADY = "that is in force already"


def edit(desk: Shown) -> None:
    """Ask for a new value of the setting under the cursor."""
    setting = chosen(desk.view())
    if setting is None:
        desk.say("no setting is selected")
    elif setting.changes in (HAND, MOVED):
        desk.say(f"{setting.key} changes {when(setting)}")
    else:
        desk.ask(
            SettingEntry(setting, partial(_judge, desk, setting)), partial(_typed, desk, setting)
        )


def undo(desk: Shown) -> None:
    """Ask before the last change of the setting under the cursor is taken back."""
    setting = chosen(desk.view())
    if setting is None or not setting.undo:
        desk.say("nothing to take back here: this setting was not changed on a running desk")
        return
    what = f"{brief(setting.now)} -> {brief(setting.undo)}"
    looser = ": looser than now, never than the settings" if setting.key.startswith(LIMITS) else ""

    def answered(way: str | None) -> None:
        if way != "y":
            return
        if setting.key.startswith(LIMITS):
            seen = value_seen(desk, setting)
            key = desk.keymap.first("undo")
            desk.bridge.submit(Command(Ask.UNDO, setting.key, key=key, args={"seen": seen}))
        else:
            desk.take_back(setting.key)

    name = f"undo:{setting.key}:{what}"
    desk.arming.clear()
    desk.arming.show(name)
    armed = partial(desk.arming.armed, name)
    desk.ask(
        ChangeDialog(f"Undo {setting.key}", f"{displayed(what)}{looser}", "", [], "y", armed),
        answered,
    )


def _judge(desk: Shown, setting: Setting, text: str) -> Verdict:
    """What a text would do, as it is typed."""
    try:
        wanted = _wanted(desk, setting, text)
    except ConfigError as error:
        return Verdict(False, str(error))
    made = scaled(desk, setting.key, with_value(desk.config, setting.key, wanted.value))
    later = f"{LATER}: {made}" if made else LATER
    how = later if wanted.refusal or setting.changes != NOW else "at once"
    same = f"{ALREADY}; Enter shows what the file says"
    change = f"{brief(setting.now)} -> {brief(wanted.text)}, {how}"
    return Verdict(True, same if wanted.text == setting.now else change)


def _wanted(desk: Shown, setting: Setting, text: str) -> Wanted:
    """What a person typed, as the setting would have it.

    Raises:
        ConfigError: it may not be so, or is so already.
    """
    if setting.key.startswith(KEYS):
        return _wanted_keys(desk, setting, text)
    config = desk.config
    field = next(field for key, _, field in settings_in(config) if key == setting.key)
    value = typed_value(field, text)
    after = with_value(config, setting.key, value)
    now = next(each for key, each, _ in settings_in(after) if key == setting.key)
    if setting.key == "theme" and now not in desk.themes.themes:
        raise ConfigError(f"there is no such theme; there are {', '.join(desk.themes.themes)}")
    return Wanted(setting, value, now, shown(now, setting.key), _refusal(desk, setting, now))


def _wanted_keys(desk: Shown, setting: Setting, text: str) -> Wanted:
    name = setting.key.removeprefix(KEYS)
    keys: str | None = text.strip()
    if keys in ("", "default"):
        keys = None
    after = with_value(desk.config, setting.key, keys)
    try:
        build(after.keys)
    except KeymapError as error:
        raise ConfigError("; ".join(error.problems)) from None
    now = after.keys.get(name, setting.default)
    return Wanted(setting, keys, now, clean(now), ALREADY if now == setting.now else "")


def _refusal(desk: Shown, setting: Setting, value: Any) -> str:
    """Why a value cannot be in force at once; "" where it can."""
    if setting.changes in (START, TRIAL):
        return f"changes {when(setting)}"
    if not setting.key.startswith(LIMITS):
        return ALREADY if shown(value, setting.key) == setting.now else ""
    limits = {limit.name: limit.value for limit in desk.live_view().snapshot.limits}
    try:
        tightened(RiskLimits.model_validate(limits), setting.key.removeprefix(LIMITS), value)
    except (LimitError, ValueError) as error:
        return str(error)
    return ""


def _typed(desk: Shown, setting: Setting, text: str | None) -> None:
    """Show what would change, and do what is confirmed."""
    if text is None:
        return
    try:
        wanted = _wanted(desk, setting, text)
    except ConfigError as error:
        desk.say(str(error))
        return
    proposal, written = proposal_for(desk, wanted)
    seen = value_seen(desk, setting)
    ways = ("" if wanted.refusal else "y") + ("w" if proposal is not None else "")
    change = f"{brief(setting.now)} -> {brief(wanted.text)}"
    now = wanted.refusal or f"now: {change}{_what_now(desk, wanted)}"
    name = f"set:{setting.key}:{change}"
    desk.arming.clear()
    desk.arming.show(name)

    def answered(way: str | None) -> None:
        if way == "y":
            _do(desk, wanted, seen)
        elif way == "w" and proposal is not None:
            write(desk, wanted, proposal)

    desk.ask(
        ChangeDialog(
            f"{setting.key}  {displayed(change, 120)}",
            now,
            written,
            [] if proposal is None else proposal.diff(),
            ways,
            partial(desk.arming.armed, name),
        ),
        answered,
    )


def _what_now(desk: Shown, wanted: Wanted) -> str:
    """What follows at once, where more does than a gate that is asked before a debit."""
    if not wanted.setting.key.startswith(LIMITS):
        return "; journaled, u takes it back"
    totals = desk.live_view().snapshot.totals
    text = "; journaled, u takes it back"
    loss = totals.day_loss_c
    if wanted.setting.key == "limits.day_loss_exit_only_usd" and loss >= wanted.becomes * 100:
        text += f". The day's loss is {loss / 100:,.2f}: entries end for the day"
    if wanted.setting.key == "limits.day_loss_halt_usd" and loss >= wanted.becomes * 100:
        text += f". The day's loss is {loss / 100:,.2f}: open units are sold back"
    return text


def _do(desk: Shown, wanted: Wanted, seen: Any) -> None:
    """Have a change in force now."""
    setting = wanted.setting
    if setting.key.startswith(LIMITS):
        args = {"value": wanted.becomes, "seen": seen}
        key = desk.keymap.first("edit")
        desk.bridge.submit(Command(Ask.TIGHTEN, setting.key, key=key, args=args))
    else:
        desk.choose_setting(setting.key, wanted.value)
        desk.say(f"{setting.key} {displayed(brief(wanted.text), 60)}: in force on this screen")
