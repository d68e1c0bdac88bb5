"""What the doctor says of the terminal: each point ok, warn or fail, and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from tui.terminal.answers import Answers

Verdict = Literal["ok", "warn", "fail"]

SMALLEST: Final = (80, 24)
MULTIPLEXER_WAITS_MS: Final = 100
"""More than this, and tmux holds Esc back for so long that it is felt."""

TMUX_WITHIN_S: Final = 2.0

_COLOURS: Final = {"truecolor": "16 million", "256": "256", "standard": "16"}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's."""

    verdict: Verdict
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Tmux:
    """How the tmux around us is set; "" where it does not say.

    Args:
        version: of tmux.
        clipboard: its option set-clipboard.
        escape_ms: its option escape-time.
    """

    version: str = ""
    clipboard: str = ""
    escape_ms: str = ""


def terminal_checks(environment: Mapping[str, str]) -> Iterator[Check]:
    """Every point of the terminal that this process has; without one only what variables promise.

    Args:
        environment: of the process.
    """
    from tui.terminal.asking import ask

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield Check("warn", "terminal", "none here; the screen needs one, --headless does not")
        yield from (_colour(environment, None), _characters(environment, None))
        return
    sys.stdout.flush()
    size = os.get_terminal_size(sys.stdout.fileno())
    answers = ask(sys.stdin.fileno(), sys.stdout.fileno())
    tmux = tmux_around(environment)
    yield from checks(environment, answers, (size.columns, size.lines), tmux)


def checks(
    environment: Mapping[str, str], answers: Answers, size: tuple[int, int], tmux: Tmux | None
) -> Iterator[Check]:
    """Every point of a terminal.

    Args:
        environment: of the process.
        answers: of the terminal.
        size: columns and rows, as the system has them.
        tmux: how the tmux around is set; None where there is none.
    """
    yield _terminal(environment, answers)
    yield _size(answers, size)
    yield _colour(environment, answers)
    yield _characters(environment, answers)
    yield _clipboard(environment, answers, tmux)
    yield _mouse(answers, tmux)
    yield _paste(answers, tmux)
    yield _escape(environment, answers, tmux)


def tmux_around(
    environment: Mapping[str, str],
    run: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run,
) -> Tmux | None:
    """How the tmux around us is set; None outside tmux.

    Args:
        environment: of the process.
        run: as `subprocess.run`.
    """
    if not environment.get("TMUX"):
        return None
    words = "#{version}|#{set-clipboard}|#{escape-time}"
    try:
        done = run(
            ["tmux", "display-message", "-p", words],
            capture_output=True,
            text=True,
            timeout=TMUX_WITHIN_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return Tmux()
    told = done.stdout.strip().split("|")
    return Tmux(*told) if len(told) == 3 else Tmux()


def _terminal(environment: Mapping[str, str], answers: Answers) -> Check:
    kind = environment.get("TERM", "")
    facts = [answers.name or "a terminal", f"TERM {kind or 'not set'}"]
    facts += ["over ssh"] if environment.get("SSH_CONNECTION") else []
    facts += ["in tmux"] if environment.get("TMUX") else []
    facts += ["in screen"] if environment.get("STY") else []
    text = ", ".join(facts)
    if answers.problem:
        verdict: Verdict = "fail" if "output" in answers.problem else "warn"
        return Check(verdict, "terminal", f"{text}; {answers.problem}")
    return Check("ok", "terminal", text)


def _size(answers: Answers, size: tuple[int, int]) -> Check:
    """As the screen will see it, which asks the system too and heeds no variables of the shell."""
    seen = f"{size[0]}x{size[1]}"
    if 0 in size:
        return Check("warn", "size", f"the system says {seen}; `stty columns 80 rows 24` sets it")
    own = answers.size
    if own is not None and own not in (size, size[::-1]):  # tmux up to 3.3 turns it round
        text = f"the system says {seen}, the terminal {own[0]}x{own[1]}: resize the window"
        return Check("warn", "size", text)
    if size[0] < SMALLEST[0] or size[1] < SMALLEST[1]:
        return Check("warn", "size", f"{seen}; enlarge it to 80x24 or more")
    return Check("ok", "size", seen)


def colours_used(environment: Mapping[str, str]) -> str:
    """How many colours the screen will use, as its library takes it from the variables."""
    from rich.console import Console

    console = Console(force_terminal=True, _environ=environment)
    return _COLOURS.get(console.color_system or "", "none")


def _colour(environment: Mapping[str, str], answers: Answers | None) -> Check:
    kind, used = environment.get("TERM", ""), colours_used(environment)
    exact = None if answers is None else answers.exact_colour
    if kind in ("", "dumb", "unknown"):
        return Check("warn", "colour", f"TERM is {kind or 'not set'}; set it to your terminal's")
    if environment.get("NO_COLOR"):
        return Check("ok", "colour", "none, as NO_COLOR asks; signs and words say all")
    if used == "16 million":
        if exact is False:
            text = "COLORTERM promises 16 million, the terminal has fewer: unset COLORTERM"
            return Check("warn", "colour", text)
        sure = "shown exactly" if exact else "as COLORTERM says"
        return Check("ok", "colour", f"{used}, {sure}")
    if exact:
        text = f"{used} by TERM, but it has 16 million: export COLORTERM=truecolor"
        return Check("warn", "colour", text)
    if used == "16":
        text = f"16 by TERM ({kind}), themes are coarse: set TERM=xterm-256color if it has more"
        return Check("warn", "colour", text)
    return Check("ok", "colour", f"{used}; export COLORTERM=truecolor if it has 16 million")


def _characters(environment: Mapping[str, str], answers: Answers | None) -> Check:
    from tui.terminal.answers import SAMPLES
    from tui.text.glyphs import ASCII, choose_glyphs

    if choose_glyphs(environment) is ASCII:
        return Check("warn", "characters", "ASCII; for lines and bars use a UTF-8 locale")
    if answers is None or not answers.widths:
        return Check("ok", "characters", "UTF-8 by the locale; how wide they are is not known")
    wrong = [name for name, text in SAMPLES.items() if answers.widths[name] != len(text)]
    if wrong:
        text = f"{', '.join(wrong)} are not one cell wide here: run with --ascii, or set"
        remedy = "LEGDESK_ASCII=1, or have ambiguous characters drawn narrow"
        return Check("warn", "characters", f"{text} {remedy}")
    return Check("ok", "characters", f"UTF-8; {', '.join(SAMPLES)} one cell wide")


def _clipboard(environment: Mapping[str, str], answers: Answers, tmux: Tmux | None) -> Check:
    kept = "copied.txt of the run's folder has it, too"
    if tmux is not None and tmux.clipboard:
        if tmux.clipboard != "on":
            text = f"tmux keeps it back (set-clipboard {tmux.clipboard}): tmux set -s"
            return Check("warn", "clipboard", f"{text} set-clipboard on; {kept}")
        return Check("ok", "clipboard", "tmux hands it on (set-clipboard on)")
    if environment.get("STY"):
        return Check("warn", "clipboard", f"screen hands none on; {kept}")
    if environment.get("TERM", "") in ("linux", "dumb"):
        return Check("warn", "clipboard", f"none in this terminal; {kept}")
    if answers.clipboard:
        return Check("ok", "clipboard", "takes OSC 52")
    if answers.clipboard is False:
        return Check("warn", "clipboard", f"it says it has no OSC 52; {kept}")
    text = "it does not say whether it takes OSC 52: try Y, or allow it in its settings"
    return Check("warn", "clipboard", f"{text}; {kept}")


def _mode(answers: Answers, number: int, tmux: Tmux | None) -> bool | None:
    """Whether a mode is known; tmux knows both and does not answer."""
    return True if tmux is not None else answers.modes.get(number)


def _mouse(answers: Answers, tmux: Tmux | None) -> Check:
    from tui.terminal.answers import MOUSE

    known = _mode(answers, MOUSE, tmux)
    if known:
        return Check("ok", "mouse", "handed on by tmux" if tmux else "tells its place (SGR)")
    said = "it has none in SGR form" if known is False else "it does not say"
    return Check("warn", "mouse", f"{said}; every click has a key, ? lists them")


def _paste(answers: Answers, tmux: Tmux | None) -> Check:
    from tui.terminal.answers import PASTE

    known = _mode(answers, PASTE, tmux)
    if known:
        return Check("ok", "paste", "marked: it presses no key")
    said = "pastes are not marked here" if known is False else "it does not say whether it marks"
    remedy = "do not paste into the screen: it could be taken for keys"
    return Check("warn", "paste", f"{said}{'' if known is False else ' pastes'}: {remedy}")


def _escape(environment: Mapping[str, str], answers: Answers, tmux: Tmux | None) -> Check:
    from tui.keyboard.strokes import escape_delay

    delay_s = escape_delay(environment)
    text = f"told from other keys after {1000 * delay_s:.0f} ms"
    wanted = environment.get("ESCDELAY", "")
    if wanted and f"{1000 * delay_s:.0f}" != wanted.lstrip("0"):
        return Check("warn", "escape", f"{text}: ESCDELAY is no number of ms from 1 to 5000")
    if answers.apart_s > delay_s / 2:
        apart = f"pieces of one key may come {1000 * answers.apart_s:.0f} ms apart"
        wait_ms = min(5_000, round(4_000 * answers.apart_s))
        return Check("warn", "escape", f"{text}, {apart}: export ESCDELAY={wait_ms}")
    held = tmux.escape_ms if tmux is not None else ""
    if held.isascii() and held.isdigit() and int(held[:6]) > MULTIPLEXER_WAITS_MS:
        text = f"tmux holds it back for {held[:6]} ms: tmux set -s escape-time 10"
        return Check("warn", "escape", text)
    if answers.took_s is not None:
        text = f"{text}; answers take {1000 * answers.took_s:.0f} ms"
    return Check("ok", "escape", text)
