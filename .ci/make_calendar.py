"""Write engine/market/data/xnys.csv, the exchange calendar the desk ships, from exchange_calendars.

    .venv/bin/python .ci/make_calendar.py            write the table
    .venv/bin/python .ci/make_calendar.py --check    exit 1 if the shipped table would change

Only exceptions are kept: every other Monday to Friday is a session from 09:30 to 16:00 in New York.
The table reaches as far as holidays follow from rules; the exchange itself publishes three years.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from pathlib import Path

import exchange_calendars

FIRST = date(2010, 1, 1)
LAST = date(2030, 12, 31)
TABLE = Path(__file__).resolve().parent.parent / "engine" / "market" / "data" / "xnys.csv"

# The library knows these days, but no name for them.
UNSCHEDULED = {
    date(2012, 10, 29): "Hurricane Sandy",
    date(2012, 10, 30): "Hurricane Sandy",
    date(2018, 12, 5): "Day of mourning for George H. W. Bush",
    date(2025, 1, 9): "Day of mourning for Jimmy Carter",
}
PLAIN_NAMES = {
    "Dr. Martin Luther King Jr. Day": "Martin Luther King Jr. Day",
    "Juneteenth National Independence Day": "Juneteenth",
    "July 4th": "Independence Day",
    "President's Day": "Presidents' Day",
    "Thanksgiving": "Thanksgiving Day",
    "Christmas": "Christmas Day",
}


def table_text() -> str:
    """Return the whole table as text."""
    calendar = exchange_calendars.get_calendar("XNYS", start=str(FIRST), end=str(LAST))
    named = calendar.regular_holidays.holidays(str(FIRST), str(LAST), return_name=True)
    names = {day.date(): PLAIN_NAMES.get(name, name) for day, name in named.items()} | UNSCHEDULED
    closes = {
        session.date(): close.tz_convert(calendar.tz).strftime("%H:%M")
        for session, close in calendar.closes.items()
    }
    opens = {open_.tz_convert(calendar.tz).strftime("%H:%M") for open_ in calendar.opens}
    if opens != {"09:30"}:
        raise SystemExit(f"the table cannot say that sessions open at {sorted(opens)}")
    lines = ["date,closes,name", f"{FIRST},first,", f"{LAST},last,"]
    day = FIRST
    while day <= LAST:
        if day.weekday() < 5 and day not in closes:
            lines.append(f"{day},closed,{names[day]}")
        elif closes.get(day, "16:00") != "16:00":
            lines.append(f"{day},{closes[day]},early close")
        day += timedelta(days=1)
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write or check the table; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="only compare with the shipped table")
    text = table_text()
    if parser.parse_args().check:
        if TABLE.read_text(encoding="ascii") == text:
            return 0
        sys.stderr.write(f"{TABLE.name} differs from the library: run {Path(__file__).name}\n")
        return 1
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(text, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
