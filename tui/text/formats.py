"""Figures as text: unknown is `?`, never 0; what does not fit is `#`, never fewer digits.

Thousands have commas, of money and of counts alike. Where a figure has too little room its commas
go first, then it is `#`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

EXCHANGE_ZONE = ZoneInfo("America/New_York")
UNKNOWN = "?"
NONE = "-"
LIMITLESS = "-inf"
TRADER_HOUR = "$ a trader-hour"
TRH = "$/TrH"
"""Dollars a trader-hour in prose, and in columns and titles."""

MOST_OUTSIDE = 400
"""Longest text from outside that is shown, in characters."""

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def clean(text: object, most: int = MOST_OUTSIDE) -> str:
    """Text from outside as it may be shown: printable, one cell a character, one line, bounded.

    Args:
        text: anything; control characters, wide characters and combining marks become `?`.
        most: greatest length in characters.
    """
    return _clean(str(text), most)


@lru_cache(maxsize=2048)
def _clean(text: str, most: int) -> str:
    if len(text) > most:
        text = text[: most - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(_narrow(character) for character in text)


def model(text: str) -> str:
    """A fill model where there is little room: its name, and `*` where its parameters are told.

    Args:
        text: as the engine tells it, such as `assumed (credit_ease 0.5)`.
    """
    name, parameters, _ = text.partition(" (")
    return f"{clean(name, 13)}*" if parameters else clean(name, 14)


_FIGURE = re.compile(r"[\d.,+-]")
_FIGURE_END = re.compile(r"[\d.,+-]+$")
_DATE = re.compile(r"(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?![\w-])")


def displayed(text: object, most: int = MOST_OUTSIDE) -> str:
    """A sentence or name of the engine's as it may be shown, its dates as traders write them.

    Args:
        text: as for `clean`.
        most: greatest length in characters, before dates become shorter.
    """
    return _told(clean(text, most))


@lru_cache(maxsize=1024)
def _told(text: str) -> str:
    return _DATE.sub(_traders_date, text)


def _traders_date(result: re.Match[str]) -> str:
    year, month, day = map(int, result.groups())
    try:
        return expiry(date(year, month, day))
    except ValueError:
        return result.group()


def _narrow(character: str) -> str:
    if character in "\t\r\n\v\f":
        return " "
    if not character.isprintable() or unicodedata.east_asian_width(character) in "WF":
        return "?"
    if unicodedata.category(character) in ("Mn", "Me", "Mc", "Cf", "Co", "Cn"):
        return "?"
    return character


def right(text: str, width: int) -> str:
    """A figure at the right end of its column, without its commas where it does not fit with them.

    `#` throughout where it does not fit at all.
    """
    if len(text) > width:
        text = text.replace(",", "")
    return text.rjust(width) if len(text) <= width else "#" * width


def left(text: str, width: int, more: str = "…") -> str:
    """Words at the left end of their column, visibly cut where they do not fit."""
    if len(text) <= width:
        return text.ljust(width)
    return (whole_words(text, width - 1) + more).ljust(width)


def whole_parts(text: str, room: int) -> str:
    """As many of the parts that two blanks divide as there is room for; the first one at least."""
    while len(text) > room and "  " in text:
        text = text.rpartition("  ")[0].rstrip()
    return left(text, min(len(text), room))


def whole_words(text: str, room: int) -> str:
    """The first `room` characters, without a figure of which digits would be missing."""
    kept = text[:room]
    if kept and _FIGURE.match(kept[-1]) and _FIGURE.match(text[room : room + 1]):
        return _FIGURE_END.sub("", kept)
    return kept


def money(cents: int | None, *, signed: bool = True) -> str:
    """Dollars and cents with a sign, "?" where unknown.

    Args:
        cents: whole cents.
        signed: whether a gain has a plus; a loss always has its minus.
    """
    if cents is None:
        return UNKNOWN
    sign = "-" if cents < 0 else "+" if signed and cents > 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def whole(cents: int | None) -> str:
    """Whole dollars with sign and thousands, such as +8,249, rounded against us; "?" unknown."""
    if cents is None:
        return UNKNOWN
    return f"{cents // 100:+,}" if cents // 100 else "0"


def worst(cents: int | None, *, in_cents: bool = False) -> str:
    """What something comes to at least: whole dollars as `whole`; "-inf" for unlimited losses.

    Args:
        cents: whole cents; None: losses are unlimited.
        in_cents: whether cents are told as well.
    """
    if cents is None:
        return LIMITLESS
    return money(cents) if in_cents else whole(cents)


def dollars(cents: int | None) -> str:
    """Whole dollars, rounded up so that exposure is never shown too small."""
    return UNKNOWN if cents is None else f"{-(-cents // 100):,}"


def price(cents: int | None) -> str:
    """A price per share, "?" where unknown."""
    return UNKNOWN if cents is None else f"{cents / 100:,.2f}"


def strike(dollars: float) -> str:
    """A strike with as many decimals as it has."""
    return f"{dollars:.12g}"


def count(number: int | None) -> str:
    """A whole number, "?" where unknown."""
    return UNKNOWN if number is None else f"{number:,}"


def signed(number: int | None) -> str:
    """A whole number with its sign, 0 plain."""
    return UNKNOWN if number is None else f"{number:+,}" if number else "0"


def percent(k: int, n: int) -> str:
    """k of n in per cent with one decimal, "?" where nothing was tried; 100 and 0 only if exact."""
    if n <= 0:
        return UNKNOWN
    if k >= n or k <= 0:
        return "100" if k >= n else "0.0"
    return f"{min(99.9, max(0.1, 100 * k / n)):.1f}"


def dollar_days(figure: float | None) -> str:
    """Dollars tied times days for each guaranteed dollar: 1,412 or 2.4, "-" where none is."""
    if figure is None:
        return "-"
    return f"{figure:,.0f}" if figure >= 9.95 else f"{figure:.1f}"


def part(share: float) -> str:
    """A share, 0 to 1, in whole per cent; less than one with a decimal, and none as 0 alone."""
    if 0.0 < share < 0.0095:
        return f"{100 * share:.1f} %" if share >= 0.0005 else "<0.1 %"
    return f"{share:.0%}".replace("%", " %")


def ratio(k: int, n: int, room: int = 0) -> str:
    """k/n, "?" where nothing was tried.

    Args:
        room: cells; where there are too few both are told in thousands, as 4.6k/15k. 0 for any.
    """
    if n <= 0:
        return UNKNOWN
    text = f"{k:,}/{n:,}"
    return text if not room or len(f"{k}/{n}") <= room else f"{_thousands(k)}/{_thousands(n)}"


def count_in(number: int, room: int) -> str:
    """A whole number; in thousands, as 15k, where there are too few cells for its digits."""
    return f"{number:,}" if len(str(number)) <= room else _thousands(number)


def _thousands(number: int) -> str:
    """A number of at least 0 in four cells: 999, 4.6k, 15k, 1.2M."""
    for unit, name in ((1, ""), (1_000, "k"), (1_000_000, "M")):
        if number < 999.5 * unit or name == "M":
            break
    tenths = unit > 1 and number < 9.95 * unit
    return f"{number / unit:.1f}{name}" if tenths else f"{number / unit:.0f}{name}"


def signed_in(number: int | None, room: int) -> str:
    """A whole number with its sign; as >99 or <-9 where there are too few cells for its digits."""
    text = signed(number)
    if number is None or len(f"{number:+}") <= room:
        return text
    return f">{10 ** (room - 1) - 1}" if number > 0 else f"<-{10 ** (room - 2) - 1}"


def interval(low: float | None, high: float | None) -> str:
    """A 95 % interval of fractions in whole per cent, such as 33-44; "?" where unknown."""
    if low is None or high is None:
        return UNKNOWN
    least, most = round(100 * low), round(100 * high)
    if least == most:  # never narrower than it is: 0 of 900 is not certainly nothing
        least, most = math.floor(100 * low), math.ceil(100 * high)
    return f"{least}-{most}"


def age(seconds: float | None) -> str:
    """How old something is: 0.3, 42, 7m, 3h, 2d; "?" where unknown. Three cells at most."""
    if seconds is None:
        return UNKNOWN
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f}"
    return f"{seconds:.0f}" if seconds < 99.5 else _coarse(seconds)


def duration(seconds: float | None) -> str:
    """A length of time with its unit: 0.4s, 12s, 7m, 3h, 2d; "?" where unknown."""
    if seconds is None:
        return UNKNOWN
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    return f"{seconds:.0f}s" if seconds < 99.5 else _coarse(seconds)


def _coarse(seconds: float) -> str:
    if seconds < 5_940:
        return f"{seconds / 60:.0f}m"
    return f"{seconds / 3600:.0f}h" if seconds < 170_000 else f"{seconds / 86_400:.0f}d"


def rung(stage: str, seconds: float | None) -> str:
    """A stage of the ladder and how long a unit has been legged, as "H2 8s"; six cells at most."""
    seconds = None if seconds is None else max(0.0, seconds)
    if seconds is None or seconds >= 99.5:
        return f"{stage} {UNKNOWN if seconds is None else _coarse(seconds)}"
    return f"{stage} {seconds:.0f}s"


def countdown(seconds: float | None) -> str:
    """Time left: 4.1 below twenty seconds, then 0:41, 47:43 and 1:02:03; "?" where unknown."""
    if seconds is None:
        return UNKNOWN
    seconds = max(0.0, seconds)
    if seconds < 20:
        return f"{seconds:.1f}"
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    if hours:
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{rest // 60}:{rest % 60:02d}"


def pace(speed: float, reached: float | None = None) -> str:
    """How fast simulated time runs, such as "20 times real time" or "180 of 500 times real time".

    Args:
        speed: market seconds a real second that were asked for.
        reached: those that the machine manages where they are fewer.
    """
    if speed == float("inf"):
        return "as fast as it can"
    if reached is not None:
        return f"{_managed(reached)} of {speed:g} times real time"
    return "real time" if speed == 1.0 else f"{speed:g} times real time"


def times(speed: float, reached: float | None) -> str:
    """The same in a few cells, such as "×20" or "×180/500"."""
    return f"×{speed:g}" if reached is None else f"×{_managed(reached)}/{speed:g}"


def _managed(reached: float) -> str:
    return f"{reached:.0f}" if reached >= 10 else f"{reached:.1f}"


def size(number: int | None) -> str:
    """Bytes of memory, such as 118 MB or 3.8 GB; "?" where unknown."""
    if number is None:
        return UNKNOWN
    return f"{number / 1e6:,.0f} MB" if number < 1e9 else f"{number / 1e9:,.1f} GB"


def milliseconds(value: float | None) -> str:
    """Milliseconds with their unit, "?" where nothing was measured."""
    if value is None:
        return UNKNOWN
    return f"{value:.1f}ms" if value < 10 else f"{value:,.0f}ms"


def expiry(day: date) -> str:
    """An expiration as traders write it, such as 17JAN25."""
    return f"{day.day:02d}{_MONTHS[day.month - 1]}{day.year % 100:02d}"


def clock(epoch_s: float, digits: int = 0) -> str:
    """Exchange time (New York) of a moment as HH:MM:SS, with `digits` decimals of a second."""
    shown = f"{_second(int(epoch_s // 1))}"
    if not digits:
        return shown
    # The least of a microsecond makes up for what binary fractions lose of a written one.
    part = min(int((epoch_s % 1 + 1e-6) * 10**digits), 10**digits - 1)
    return f"{shown}.{part:0{digits}d}"


@lru_cache(maxsize=512)
def _second(whole: int) -> str:
    return datetime.fromtimestamp(whole, EXCHANGE_ZONE).strftime("%H:%M:%S")


def day_and_minute(epoch_s: float) -> str:
    """Weekday, date and exchange time of a moment, such as Mon 23NOV26 09:30."""
    moment = datetime.fromtimestamp(epoch_s, EXCHANGE_ZONE)
    return f"{_WEEKDAYS[moment.weekday()]} {expiry(moment.date())} {moment:%H:%M}"


def minute(epoch_s: float | None) -> str:
    """Exchange time as HH:MM, "-" where there is none."""
    return NONE if epoch_s is None else _second(int(epoch_s))[:5]


def plural(number: int, noun: str) -> str:
    """A number with its noun, such as "1 order" or "2 orders"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
