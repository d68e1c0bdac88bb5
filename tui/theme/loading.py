"""Theme files: found, read, checked, and turned into themes the desk can trust."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, ValidationError
from pydantic_core import ErrorDetails
from textual.color import Color, ColorParseError

from engine.config import parse_toml, read_text
from tui.theme.contrast import (
    GRAPHIC_CONTRAST,
    TEXT_CONTRAST,
    chroma,
    contrast_ratio,
    readable,
)
from tui.theme.theme import (
    DARK_GREY,
    DeskTheme,
    complete_colours,
)

DEFAULT_THEME = DARK_GREY.name
MOST_BYTES = 100_000
MOST_FILES = 100
MOST_PROBLEMS = 10
GREY_CHROMA = 2.0
"""Most CIELAB chroma a colour of a mono theme may have."""

_PLAIN_GROUNDS = ("ground", "panel")
_ROW_GROUNDS = ("ground", "panel", "cursor_bg")
LEGIBILITY: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("text", _ROW_GROUNDS, TEXT_CONTRAST),
    ("dim", _PLAIN_GROUNDS, TEXT_CONTRAST),
    ("accent", _ROW_GROUNDS, TEXT_CONTRAST),
    ("p1", _ROW_GROUNDS, TEXT_CONTRAST),
    ("p2", _ROW_GROUNDS, TEXT_CONTRAST),
    ("p3", _ROW_GROUNDS, TEXT_CONTRAST),
    ("live_fg", ("live_bg",), TEXT_CONTRAST),
    ("paper_fg", ("paper_bg",), TEXT_CONTRAST),
    ("sim_fg", ("sim_bg",), TEXT_CONTRAST),
    ("border_focus", _PLAIN_GROUNDS, GRAPHIC_CONTRAST),
    ("bar_plus", _PLAIN_GROUNDS, GRAPHIC_CONTRAST),
    ("bar_minus", _PLAIN_GROUNDS, GRAPHIC_CONTRAST),
    ("spark", _PLAIN_GROUNDS, GRAPHIC_CONTRAST),
)
"""Which colour must be readable on which grounds, and at what contrast."""


class ThemeError(ValueError):
    """A theme file that cannot be used; its message names the file, the keys and what to write.

    Args:
        file: name of the theme file.
        problems: one clause for each problem, each naming its key.
    """

    code = "THEME_INVALID"

    def __init__(self, file: str, problems: list[str]) -> None:
        self.file = _shown(file)
        self.problems = tuple(problems)
        super().__init__(f"theme file {self.file}: {'; '.join(problems)}")


def _opaque_hex(value: str) -> str:
    """`value` as `#rrggbb`; contrast can only be promised for colours that are fixed and opaque."""
    try:
        colour = Color.parse(value)
    except ColorParseError as error:
        near = f" (nearest colour name: {error.suggested_color})" if error.suggested_color else ""
        raise ValueError(f"is not a colour: {_shown(value)!r}, write #rrggbb{near}") from None
    if colour.ansi is not None or colour.a < 1:
        what = "changes with the terminal" if colour.ansi is not None else "is see-through"
        raise ValueError(f"is {_shown(value)!r}, which {what}: write #rrggbb")
    return colour.hex.lower()


def _one_printable_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be one line of printable text")
    return value


Colour = Annotated[str, AfterValidator(_opaque_hex)]


class ThemeColours(BaseModel):
    """The `[colors]` table; a colour left out follows from the required ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ground: Colour = Field(description="Behind everything.")
    panel: Colour | None = Field(None, description="Behind panes; the ground if left out.")
    text: Colour = Field(description="What is read: values, names, messages.")
    dim: Colour = Field(description="Labels, column heads, stale values, hints.")
    accent: Colour | None = Field(None, description="Selection: keys, marks, the focused title.")
    p1: Colour = Field(description="Priority 1 alarms; drawn inverse, ground on this colour.")
    p2: Colour = Field(description="Priority 2 alarms, and states that hold a trader.")
    p3: Colour = Field(description="Priority 3 alarms.")
    live_fg: Colour | None = Field(None, description="Text of the LIVE badge and header.")
    live_bg: Colour | None = Field(None, description="Ground of the LIVE badge and header.")
    paper_fg: Colour | None = Field(None, description="Text of the PAPER badge.")
    paper_bg: Colour | None = Field(None, description="Ground of the PAPER badge.")
    sim_fg: Colour | None = Field(None, description="Text of the SIM badge.")
    sim_bg: Colour | None = Field(None, description="Ground of the SIM badge.")
    border: Colour | None = Field(None, description="Lines around panes without focus.")
    border_focus: Colour | None = Field(None, description="Lines around the pane with focus.")
    cursor_bg: Colour | None = Field(None, description="Behind the row under the cursor.")
    bar_plus: Colour | None = Field(None, description="Debit side of the diverging bar.")
    bar_minus: Colour | None = Field(None, description="Credit side of the diverging bar.")
    spark: Colour | None = Field(None, description="Sparklines.")


class ThemeFile(BaseModel):
    """One theme file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        pattern=r"^[a-z][a-z0-9-]{0,31}$",
        description="Lower-case letters, digits and hyphens; unlike any other theme's.",
    )
    dark: StrictBool = Field(description="Whether the ground is dark.")
    description: Annotated[str, AfterValidator(_one_printable_line)] = Field(
        "", max_length=80, description="One line for the theme list."
    )
    mono: StrictBool = Field(
        False, description="No hue: greys only, alarms told apart by bold and underline."
    )
    colors: ThemeColours = Field(description="The colours.")


_KNOWN_KEYS = (*ThemeFile.model_fields, *(f"colors.{key}" for key in ThemeColours.model_fields))


@dataclass(frozen=True, slots=True)
class ThemeSet:
    """The themes that can be used, by name, and one message for each file that cannot."""

    themes: dict[str, DeskTheme]
    problems: list[str]

    def named(self, name: str) -> DeskTheme:
        """The theme of that name, or the default theme if there is none."""
        return self.themes.get(name, self.themes[DEFAULT_THEME])


def load_themes(user_dir: Path | None = None, shipped: Traversable | None = None) -> ThemeSet:
    """Read the shipped themes and then the user's; a broken file is reported and left out.

    Args:
        user_dir: folder with the user's `*.toml` themes; it need not exist.
        shipped: folder with the shipped themes; found by itself if None.
    """
    themes = {DEFAULT_THEME: DARK_GREY}
    problems: list[str] = []
    owners = {DEFAULT_THEME: f"{DEFAULT_THEME}.toml"}
    for folder in (shipped or shipped_themes(), user_dir):
        for file in _theme_files(folder, problems):
            try:
                theme = parse_theme(_read(file), file.name)
                owner = owners.setdefault(theme.name, file.name)
                if owner != file.name or (theme.name in themes and folder is user_dir):
                    taken = f"name {theme.name!r} is taken by {owner}: choose another"
                    raise ThemeError(file.name, [taken])
            except ThemeError as error:
                problems.append(str(error))
            else:
                themes[theme.name] = theme
    return ThemeSet(themes, problems)


def shipped_themes(package: Traversable | None = None) -> Traversable:
    """The folder of the shipped themes: inside an installed package, else the checkout's.

    Args:
        package: the root of the `tui` package; the imported one if None.
    """
    installed = (package or files("tui")) / "themes"
    return installed if installed.is_dir() else Path(__file__).resolve().parents[2] / "themes"


def parse_theme(text: str, file: str) -> DeskTheme:
    """Turn the text of a theme file into a theme that is complete and readable.

    Args:
        text: TOML.
        file: the file's name, for messages.

    Raises:
        ThemeError: not TOML, an unknown or missing key, a bad value, or contrast that is too low.
    """
    try:
        values = parse_toml(text)
    except ValueError as error:
        raise ThemeError(file, [f"is not valid TOML: {_shown(str(error), 120)}"]) from None
    try:
        parsed = ThemeFile.model_validate(values)
    except ValidationError as error:
        raise ThemeError(
            file, [_problem(detail) for detail in error.errors()[:MOST_PROBLEMS]]
        ) from None
    given = parsed.colors.model_dump(exclude_none=True)
    colours = complete_colours(given, mono=parsed.mono)
    unreadable = dict(_unreadable(colours))
    # A colour left out fails only with the one it follows from: speak of what stands in the file.
    written = {key: problem for key, problem in unreadable.items() if key in given}
    hues = _coloured(colours) if parsed.mono else ()
    if problems := [*(written or unreadable).values(), *hues]:
        raise ThemeError(file, problems)
    return DeskTheme(parsed.name, parsed.dark, parsed.description, colours, parsed.mono)


def _theme_files(folder: Traversable | None, problems: list[str]) -> list[Traversable]:
    try:
        if folder is None or not folder.is_dir():
            return []
        entries = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
        if len(entries) > MOST_FILES:
            problems.append(f"theme folder holds more than {MOST_FILES} themes: keep fewer")
            return []
    except OSError as error:
        problems.append(f"theme folder cannot be read: {error.strerror}")
        return []
    return sorted(entries, key=lambda entry: entry.name)


def _read(file: Traversable) -> str:
    try:
        if isinstance(file, Path):
            return read_text(file, MOST_BYTES)
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ThemeError(file.name, ["is not UTF-8 text"]) from None
    except OSError as error:
        raise ThemeError(file.name, [f"cannot be read: {error.strerror}"]) from None


def _problem(detail: ErrorDetails) -> str:
    """One clause for one pydantic error, in the words of the theme file."""
    key = ".".join(_shown(str(part)) for part in detail["loc"])
    value = _shown(str(detail["input"]))
    match detail["type"]:
        case "extra_forbidden":
            return f"{key} is not a known key{_nearest_key(key)}"
        case "missing":
            return f"{key} is missing"
        case "string_type":
            return f"{key} must be text in quotes, not {value}"
        case "bool_type":
            return f"{key} must be true or false, not {value!r}"
        case "model_type":
            return f"{key} must be a table, written [{key}]"
        case "string_pattern_mismatch":
            return f"{key} must be lower-case letters, digits and hyphens, not {value!r}"
        case "string_too_long":
            return f"{key} must be at most {detail['ctx']['max_length']} characters"
        case _:
            return f"{key} {detail.get('ctx', {}).get('error', detail['msg'])}"


def _nearest_key(key: str) -> str:
    """The known key most like `key`, looked for by its last part too, as tables are misplaced."""
    leaves = {known.rpartition(".")[2]: known for known in _KNOWN_KEYS}
    whole = difflib.get_close_matches(key, _KNOWN_KEYS, 1, 0.6)
    leaf = difflib.get_close_matches(key.rpartition(".")[2], leaves, 1, 0.0)
    return f" (nearest: {leaves[leaf[0]] if leaf and not whole else whole[0]})"


def _unreadable(colours: dict[str, str]) -> Iterator[tuple[str, str]]:
    for key, grounds, needed in LEGIBILITY:
        worst = min(grounds, key=lambda ground: contrast_ratio(colours[key], colours[ground]))
        ratio = contrast_ratio(colours[key], colours[worst])
        if ratio < needed:
            better = readable(colours[key], colours[worst], needed)
            hint = f", try {better}" if better else ""
            problem = (
                f"colors.{key} {colours[key]} on {worst} {colours[worst]} has contrast "
                f"{ratio:.2f}:1 and needs {needed}:1{hint}"
            )
            yield key, problem


def _coloured(colours: dict[str, str]) -> Iterator[str]:
    for key, colour in colours.items():
        if chroma(colour) > GREY_CHROMA:
            yield f"colors.{key} {colour} is not a grey, and mono is true"


def _shown(text: Any, most: int = 60) -> str:
    """Text from a file as it may be shown: no control characters, and not without end."""
    clean = "".join(c if c.isprintable() else "?" for c in str(text))
    return clean if len(clean) <= most else clean[: most - 3] + "..."
