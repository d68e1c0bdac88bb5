"""Random keys in a real terminal: nothing that adds risk comes of them, and nothing breaks.

    python benchmarks/random_keys.py                          10 keys a second, 20 minutes, SIM
    python benchmarks/random_keys.py --rate 1 --minutes 5 --seed 3
    python benchmarks/random_keys.py --live                   the screen of a live desk

A simulated desk runs as `legdesk run` in a pty. A third of the way through the kill key is
pressed, and from then on its latch must hold. Its journal says what was asked for. A live desk is
a screen over a desk that keeps what it is asked and decides nothing; its latch is set from the
start where the seed is odd. Now and then the window takes another size. Exit code 0: no latch was
lifted, nothing was approved that is neither SEPARATED nor PROMISING, nothing went live or was
drained or ended, and nothing crashed.

The palette's first command is KILL, so random keys find it; that is no failure. The keys of a
simulated desk leave out those that quit: its dialog ends it by one letter. Where the palette opens
that dialog and the letter comes, the next desk begins, and how many ended so is told. A unit is
sold back by two keys, one of them armed: that is counted with the rest.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SIZES = ((120, 40), (80, 24), (200, 60), (20, 5), (120, 40))
RESIZE_EVERY = 300
"""Keys between two sizes of the window."""

KILL_AT = 1 / 3
LIFTS = frozenset({"resume-after-kill"})
ENDS = frozenset({"drain", "stop"})
NEVER = LIFTS | ENDS | {"accept-positions", "take-external", "close-shares"}
"""What no random key may ask for, as the journal and `Ask` call it."""

ACCOUNT_ENDS = "1902"
"""What a person types to arm the live desk; whatever else is typed the engine refuses."""

STRONG = frozenset({"SEPARATED", "PROMISING"})

BYTES = {
    "enter": b"\r", "escape": b"\x1b", "tab": b"\t", "shift+tab": b"\x1b[Z", "space": b" ",
    "backspace": b"\x7f", "up": b"\x1b[A", "down": b"\x1b[B", "right": b"\x1b[C", "left": b"\x1b[D",
    "home": b"\x1b[H", "end": b"\x1b[F", "pageup": b"\x1b[5~", "pagedown": b"\x1b[6~",
    "f1": b"\x1bOP",
    "delete": b"\x1b[3~", "ctrl+p": b"\x10", "ctrl+q": b"\x11", "ctrl+c": b"\x03",
    "shift+left": b"\x1b[1;2D", "shift+right": b"\x1b[1;2C", "ctrl+left": b"\x1b[1;5D",
    "ctrl+right": b"\x1b[1;5C", "ctrl+up": b"\x1b[1;5A", "ctrl+down": b"\x1b[1;5B",
    "question_mark": b"?", "slash": b"/", "colon": b":", "comma": b",", "full_stop": b".",
    "minus": b"-",
    "plus": b"+", "underscore": b"_", "equals_sign": b"=", "at": b"@", "less_than_sign": b"<",
    "greater_than_sign": b">", "left_square_bracket": b"[", "right_square_bracket": b"]",
    "left_curly_bracket": b"{", "right_curly_bracket": b"}", "left_parenthesis": b"(",
    "right_parenthesis": b")",
}  # fmt: skip


def pool(live: bool) -> list[bytes]:
    """Every key of the registry but kill, letters of typed words, and Esc often enough."""
    from tui.actions.registry import ACTIONS

    left_out = {"kill"} if live else {"kill", "quit", "quit-anywhere"}
    named = [k for a in ACTIONS if a.id not in left_out for k in a.keys.split(",") if k]
    named += [*"ynadc1xRESUME", "enter", "space", "left", "backspace", "delete"]
    named += ["escape"] * 25
    keys = [BYTES[name] if name in BYTES else name.encode() for name in named]
    return [key for key in keys if live or key not in (b"q", b"\x11", b"\x03")]


def show_live_desk(kept: Path, latched: bool) -> None:
    """The screen of a live desk in this terminal; what it was asked is in `kept` at once."""
    from dataclasses import asdict, replace

    from engine.commands import Command, Ticket
    from engine.snapshot import EngineState
    from tests.support import sample_snapshots as desks
    from tests.support.fake_desk import FakeDesk
    from tui.app import DeskApp
    from tui.bridge import Bridge
    from tui.lifecycle import run

    shown = replace(
        desks.open_units(),
        mode="LIVE",
        can_pace=False,
        state=EngineState.KILLED if latched else EngineState.RUN,
        connection=desks.unarmed().connection,
    )

    class Keeping(FakeDesk):
        def submit(self, command: Command) -> Ticket:
            with kept.open("a") as file:
                file.write(json.dumps(asdict(command)) + "\n")
            return super().submit(command)

        def stop(self, drain: bool = True) -> str:
            with kept.open("a") as file:
                file.write(json.dumps({"ask": "stop", "target": ""}) + "\n")
            return super().stop(drain)

    print(run(DeskApp(Bridge(Keeping(shown)))))


Asked = list[tuple[str, str, str]]
"""What was asked of a desk, the oldest first: action, target, outcome."""


def asked_of_a_journal(state: Path) -> Asked:
    """What was asked of a simulated desk; approvals by the verdict of what they approved."""
    from engine.journal.reading import read_events
    from engine.orders import events as ev

    (path,) = (state / "sim").rglob("journal.db")
    rows = [event for _, event in read_events(path)]
    verdicts = {e.recommendation: e.verdict for e in rows if isinstance(e, ev.Recommended)}
    return [
        (e.action, verdicts.get(e.target, e.target), e.outcome)
        for e in rows
        if isinstance(e, ev.OperatorActed)
    ]


def asked_of_a_live_desk(kept: Path) -> Asked:
    """What was asked of the live desk; for an outcome, the word that was typed."""
    lines = kept.read_text().splitlines() if kept.exists() else []
    commands = map(json.loads, lines)
    return [(c["ask"], c["target"], c.get("args", {}).get("word", "")) for c in commands]


class Round:
    """One desk and the keys that it gets.

    Args:
        arguments: of the command line.
        folder: its home.
    """

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        from tests.support.command_line import Home
        from tests.support.terminal import Terminal

        self._live, self._killed = arguments.live, False
        folder.mkdir()
        self._home, self._kept = Home(folder), folder / "asked.jsonl"
        if self._live:
            latched = str(int(arguments.seed % 2))
            words = [
                str(Path(__file__).resolve()),
                *("--show", str(self._kept), "--latched", latched),
            ]
            self.desk = Terminal(self._home, *words, script=True)
        else:
            self.desk = Terminal(self._home, "run", "--no-warm-up", "--seed", str(arguments.seed))
        self.desk.until("TRADERS")

    def kill(self) -> None:
        """Press the kill key of a simulated desk, once; its latch must hold from then on."""
        from tests.support.terminal import ESCAPE, KILL

        if self._live or self._killed:
            return
        self.desk.press(ESCAPE)
        self.desk.follow(0.3)
        self.desk.press(KILL)
        self.desk.wait_for_status(lambda now: now.get("state") == "KILLED")
        self._killed = True

    def latch(self) -> list[str]:
        """What is wrong with the latch of a desk that goes on."""
        state = self.desk.status().get("state")
        lifted = self._killed and state != "KILLED"
        return [f"the latch was lifted: the desk is {state}"] if lifted else []

    def asked(self) -> Asked:
        """What was asked of it."""
        if self._live:
            return asked_of_a_live_desk(self._kept)
        return asked_of_a_journal(self._home.state)


def drive(arguments: argparse.Namespace, folder: Path) -> list[str]:
    """Press the keys; what went wrong, a sentence each."""
    source, keys = random.Random(arguments.seed), pool(arguments.live)
    length_s = arguments.minutes * 60
    wrong: list[str] = []
    asked: Asked = []
    quits = number = 0
    now = Round(arguments, folder / "0")
    began = time.monotonic()
    try:
        while (passed := time.monotonic() - began) < length_s:
            if not now.desk.alive():
                told = now.asked()
                if arguments.live or not told or told[-1][0] not in ENDS:
                    wrong.append(
                        f"the program ended after {number} keys; it shows\n{now.desk.text}"
                    )
                    break
                asked += told[:-1]
                quits += 1
                now.desk.close()
                now = Round(arguments, folder / str(quits))
            if passed > KILL_AT * length_s:
                now.kill()
            now.desk.press(source.choice(keys))
            number += 1
            if number % RESIZE_EVERY == 0:
                now.desk.resize(*SIZES[number // RESIZE_EVERY % len(SIZES)])
            now.desk.follow(max(0.0, began + number / arguments.rate - time.monotonic()))
        wrong += now.latch() if now.desk.alive() else []
    finally:
        now.desk.close()
    asked += now.asked()
    counted = Counter(action for action, _, _ in asked)
    minutes = (time.monotonic() - began) / 60
    print(f"{number} keys in {minutes:.1f} min; asked for: {dict(counted)}; quit {quits} times")
    weak = {"R7"} if arguments.live else {target for _, target, _ in asked} - STRONG
    return wrong + unwanted(asked, weak, arguments.live)


def unwanted(asked: Asked, weak: set[str], live: bool) -> list[str]:
    """What no random key may have asked for, a sentence each.

    Args:
        asked: of all desks.
        weak: targets, or verdicts, that may not be approved.
        live: whether the desk was a live one, that is not armed.
    """
    wrong = []
    for action, target, outcome in asked:
        if outcome in ("refused", "rejected"):
            continue
        if action in NEVER:
            wrong.append(f"{action} {target} {outcome}")
        if action == "approve" and target in weak:
            wrong.append(f"approved {target}: {outcome}")
        if action == "resume" and live and outcome in ("", ACCOUNT_ENDS):
            wrong.append(f"a live desk that is not armed was asked to resume {target}")
    return wrong


def main() -> int:
    """Press the keys and say what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=10.0, help="keys a second")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--live", action="store_true", help="a live desk that decides nothing")
    parser.add_argument("--show", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--latched", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.show:
        show_live_desk(arguments.show, bool(arguments.latched))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        wrong = drive(arguments, Path(folder))
    for sentence in wrong:
        print("WRONG:", sentence)
    print("failed" if wrong else "passed")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
