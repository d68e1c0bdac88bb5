"""A whole day at a desk's screen: no pane goes stale, memory stays, the loops keep their time.

    python benchmarks/soak.py                     100 traders, a session at 60x: 6.5 minutes
    python benchmarks/soak.py --speed 20          the same, slower: a third of the load
    python benchmarks/soak.py --minutes 2         two minutes of it, to try it

The desk runs as `legdesk run` in a pty of 200x60 and is looked at all the time. Four times a real
minute these are asserted, on the screen itself and of the process:

- the clock of the header goes on, and the header does not say that the engine is silent;
- something moved in all panes in which something happens, but one: a pane may have a calm time;
- resident memory grows by at most 1 MB an hour of the session, after its first hour;
- screen and engine are late by no more than the bounds that PHASE / HEALTH tells beside them.

Exit code 0: all held. The figures are printed as they come, for a table. A machine that is too slow
for the speed lets the session run slower: the third column says how many hours have passed.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

LOOK_EVERY_S = 15.0
SESSION_H = 6.5
GROWTH_MB_H = 1.0
"""Most resident memory that an hour of the session may add, after its first hour."""

ATTEMPTS_AFTER_H = 0.1
"""Hours of the session after which every pane has something that moves."""

SLOWEST = 4
"""How many times as long a session may take on a machine that is too slow for its speed."""

SIZE = (200, 60)
MOVES = ("TRADERS", "CHAIN BALANCES", "PHASE / HEALTH", "ORDERS", "SESSION", "EVENTS")
"""Panes in which something changes within a quarter of a minute at any speed."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at one moment.

    Args:
        at_s: real seconds since the beginning.
        session_h: hours of the session that have passed.
        memory_mb: resident memory of the process.
        late_ms: how late screen and engine were, each with its bound, as PHASE / HEALTH tells.
    """

    at_s: float
    session_h: float
    memory_mb: float
    late_ms: dict[str, tuple[float, float]]


def resident_mb(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("the process has ended")


def panes(text: str) -> dict[str, str]:
    """Each pane of a screen: the rows under its title, to the next frame in these columns."""
    rows = text.split("\n")
    found: dict[str, str] = {}
    for y, row in enumerate(rows):
        for title in re.finditer(r"[╭┌]─ \d (" + "|".join(MOVES) + r")\b[^╮┐]*[╮┐]", row):
            inside = []
            for below in rows[y + 1 :]:
                if below[title.start() : title.start() + 1] in "╰└":
                    break
                inside.append(below[title.start() : title.end()])
            found[title[1]] = "\n".join(inside)
    return found


def clock_of(text: str) -> float | None:
    """Hours since midnight that the header tells."""
    found = re.search(r"\b(\d\d):(\d\d):(\d\d) ET\b", text)
    return int(found[1]) + int(found[2]) / 60 + int(found[3]) / 3600 if found else None


def late_of(text: str) -> dict[str, tuple[float, float]]:
    """How late screen (lag) and engine (late) were, 99 times in 100, and the bounds, in ms."""
    told = re.findall(r"\b(lag|late) p99 ([\d,.]+)(ms|s) of (\d+)", text)
    return {
        name: (float(number.replace(",", "")) * (1 if unit == "ms" else 1000), float(bound))
        for name, number, unit, bound in told
    }


def growth(looks: list[Look]) -> float | None:
    """Megabytes an hour of the session after its first: the slope through all looks at it."""
    later = [each for each in looks if each.session_h >= looks[0].session_h + 1.0]
    if len(later) < 4 or later[-1].session_h - later[0].session_h < 0.5:
        return None
    mean_h = sum(each.session_h for each in later) / len(later)
    mean_mb = sum(each.memory_mb for each in later) / len(later)
    over = sum((each.session_h - mean_h) * (each.memory_mb - mean_mb) for each in later)
    return over / sum((each.session_h - mean_h) ** 2 for each in later)


def watch(desk: Any, length_s: float) -> tuple[list[Look], list[str]]:
    """Look at the screen for so long; what was seen and what was wrong."""
    looks: list[Look] = []
    wrong: list[str] = []
    before: dict[str, str] = {}
    began, hour = time.monotonic(), -1.0
    while time.monotonic() - began < length_s:
        desk.follow(LOOK_EVERY_S)
        at_s = time.monotonic() - began
        if not desk.alive():
            wrong.append("the program ended")
            break
        text = desk.text
        head, now = text.split("\n")[0], clock_of(text)
        if "DAY OVER" in head or "ENDED" in head:
            break
        if now is None or now <= hour:
            wrong.append(f"{at_s:.0f} s: the clock of the header stood still at {now}")
        if "SILENT" in head:
            wrong.append(f"{at_s:.0f} s: {head.strip()}")
        shown = panes(text)
        calm = [name for name, rows in shown.items() if before.get(name) == rows]
        if (
            len(calm) > 1
            and now is not None
            and looks
            and now - looks[0].session_h > ATTEMPTS_AFTER_H
        ):
            wrong.append(f"{at_s:.0f} s: nothing moved in {', '.join(calm)}")
        hour, before = now or hour, shown
        look = Look(at_s, hour, resident_mb(desk.pid), late_of(text))
        looks.append(look)
        late = ", ".join(
            f"{name} {ms:g} of {bound:g} ms" for name, (ms, bound) in look.late_ms.items()
        )
        print(f"{at_s:7.0f} s  {hour:6.2f} h  {look.memory_mb:8.1f} MB  {late}", flush=True)
        wrong += [
            f"{at_s:.0f} s: {name} p99 {ms:g} ms, at most {bound:g}"
            for name, (ms, bound) in look.late_ms.items()
            if ms > bound
        ]
    if not any(each.late_ms for each in looks):
        wrong.append("the screen never told how late it was")
    return looks, wrong


def main() -> int:
    """Run the day and say what held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--traders", type=int, default=100)
    parser.add_argument("--speed", type=float, default=60.0)
    parser.add_argument("--minutes", type=float, help="real minutes; the whole session without")
    arguments = parser.parse_args()
    from tests.support.command_line import Home
    from tests.support.terminal import ESCAPE, Terminal

    symbols = [f"S{number:02d}" for number in range(-(-arguments.traders // 10))]
    whole_s = SESSION_H * 3600 / arguments.speed
    length_s = 60 * arguments.minutes if arguments.minutes else SLOWEST * whole_s
    with tempfile.TemporaryDirectory() as folder:
        desk = Terminal(
            Home(Path(folder)),
            *("run", "--no-warm-up", "--symbols", ",".join(symbols), "--expirations", "10"),
            *("--speed", str(arguments.speed)),
            size=SIZE,
        )
        try:
            desk.until("TRADERS")
            desk.press(ESCAPE)
            looks, wrong = watch(desk, length_s)
        finally:
            desk.close()
    slope = growth(looks)
    if slope is None:
        print("growth: too short a time to say")
    else:
        print(f"growth after the first hour: {slope:+.2f} MB an hour of the session")
        if slope > GROWTH_MB_H:
            wrong.append(f"memory grows by {slope:.2f} MB an hour of the session")
    for sentence in wrong:
        print("WRONG:", sentence)
    print("failed" if wrong else "passed")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
