"""One theme of the desk: its colours, the styles of the line widgets, and its Textual form."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from rich.style import Style
from textual.theme import Theme

from tui.theme.contrast import blend, grey_of

DARK_GREY_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "ground": "#101418",
        "panel": "#13181d",
        "text": "#c8ccd0",
        "dim": "#7d8790",
        "accent": "#e6e9ec",
        "p1": "#ff5f5f",
        "p2": "#ffb000",
        "p3": "#5fd7ff",
        "live_fg": "#ffffff",
        "live_bg": "#b3261e",
        "paper_fg": "#000000",
        "paper_bg": "#56b4e9",
        "sim_fg": "#000000",
        "sim_bg": "#9aa4ad",
        "border": "#303a43",
        "border_focus": "#8b959e",
        "cursor_bg": "#262f37",
        "bar_plus": "#aab2b9",
        "bar_minus": "#727c85",
        "spark": "#8b959e",
    }
)
"""The colours of the default theme as literals, so that the desk has one with no file at all."""

COLOUR_KEYS: tuple[str, ...] = tuple(DARK_GREY_COLOURS)
REQUIRED_COLOUR_KEYS: tuple[str, ...] = ("ground", "text", "dim", "p1", "p2", "p3")
_MODE_BADGES = ("live_fg", "live_bg", "paper_fg", "paper_bg", "sim_fg", "sim_bg")


@dataclass(frozen=True, slots=True)
class StyleRule:
    """What one style name means: two colour keys, and attributes with and without hue."""

    fg: str
    bg: str | None = None
    attributes: str = ""
    plain: str = ""


STYLE_RULES: Mapping[str, StyleRule] = MappingProxyType(
    {
        "text": StyleRule("text"),
        "value": StyleRule("text"),
        "dim": StyleRule("dim", plain="dim"),
        "label": StyleRule("dim", plain="dim"),
        "stale": StyleRule("dim", plain="dim"),
        "unknown": StyleRule("dim", plain="dim"),
        "title": StyleRule("text", attributes="bold", plain="bold"),
        "title_focus": StyleRule("accent", attributes="bold", plain="bold underline"),
        "header": StyleRule("dim", plain="underline"),
        "cursor": StyleRule("text", "cursor_bg", plain="reverse"),
        "selection": StyleRule("accent", "cursor_bg", "bold", "bold reverse"),
        "mark": StyleRule("accent", attributes="bold", plain="bold"),
        "match": StyleRule("accent", attributes="underline", plain="underline"),
        "p1": StyleRule("ground", "p1", "bold", "bold reverse"),
        "p1_text": StyleRule("p1", attributes="bold", plain="bold"),
        "p2": StyleRule("p2", attributes="bold", plain="bold underline"),
        "p3": StyleRule("p3", plain="underline"),
        "state_calm": StyleRule("text"),
        "state_off": StyleRule("dim", plain="dim"),
        "state_attention": StyleRule("p2", plain="underline"),
        "state_fault": StyleRule("p1", attributes="bold", plain="bold underline"),
        "error": StyleRule("p1", attributes="bold", plain="bold"),
        "live": StyleRule("live_fg", "live_bg", "bold", "bold reverse"),
        "paper": StyleRule("paper_fg", "paper_bg", "bold", "bold underline"),
        "sim": StyleRule("sim_fg", "sim_bg", "bold", "bold"),
        "border": StyleRule("border", plain="dim"),
        "border_focus": StyleRule("border_focus", plain="bold"),
        "bar_plus": StyleRule("bar_plus", plain="bold"),
        "bar_minus": StyleRule("bar_minus"),
        "bar_axis": StyleRule("dim", plain="dim"),
        "spark": StyleRule("spark"),
        "key": StyleRule("accent", attributes="bold", plain="bold"),
        "key_text": StyleRule("dim", plain="dim"),
        "key_kill": StyleRule("accent", attributes="bold", plain="bold underline"),
    }
)
"""Every style name a line widget may ask for; words and signs carry the meaning without it."""

_HUELESS_ATTRIBUTES = frozenset({"bold", "underline"})


def complete_colours(given: Mapping[str, str], *, mono: bool = False) -> dict[str, str]:
    """Fill the optional colours of a theme from its required ones.

    Args:
        given: `#rrggbb` colours by key, at least the `REQUIRED_COLOUR_KEYS`.
        mono: whether the mode badges become greys of the same contrast.
    """
    ground, text, dim = given["ground"], given["text"], given["dim"]
    badges = {key: DARK_GREY_COLOURS[key] for key in _MODE_BADGES}
    derived = {
        "panel": ground,
        "accent": text,
        "border": blend(ground, text, 0.18),
        "border_focus": dim,
        "cursor_bg": blend(ground, text, 0.13),
        "bar_plus": text,
        "bar_minus": dim,
        "spark": dim,
        **({key: grey_of(colour) for key, colour in badges.items()} if mono else badges),
    }
    filled = {**derived, **given}
    return {key: filled[key] for key in COLOUR_KEYS}


@dataclass(frozen=True, slots=True)
class DeskTheme:
    """A complete, readable theme.

    Args:
        name: lower-case name the operator chooses it by.
        dark: whether the ground is dark.
        description: one line for the theme list.
        colours: `#rrggbb` by key, all of `COLOUR_KEYS`.
        mono: whether bold and underline tell apart what hue tells apart elsewhere.
        colourless: whether styles carry attributes only, as NO_COLOR asks.
    """

    name: str
    dark: bool
    description: str
    colours: Mapping[str, str]
    mono: bool = False
    colourless: bool = False
    _styles: dict[str, Style] = field(init=False, repr=False, compare=False)
    _cursor_styles: dict[str, Style] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Build every style once: a line widget asks for thousands of them a second."""
        styles = {name: self._style(rule) for name, rule in STYLE_RULES.items()}
        under_cursor = {name: self._under_cursor(rule) for name, rule in STYLE_RULES.items()}
        object.__setattr__(self, "_styles", styles)
        object.__setattr__(self, "_cursor_styles", under_cursor)

    def style(self, name: str, *, cursor: bool = False) -> Style:
        """The Rich style of a name in `STYLE_RULES`, cached.

        Args:
            name: what is drawn, such as "p1", "stale" or "border_focus".
            cursor: whether it is drawn in the cursor row, on that row's ground.

        Raises:
            KeyError: the name is not in `STYLE_RULES`.
        """
        return self._cursor_styles[name] if cursor else self._styles[name]

    def without_colour(self) -> "DeskTheme":
        """This theme for NO_COLOR: styles of bold, dim, reverse and underline, colours as greys."""
        greys = {key: grey_of(colour) for key, colour in self.colours.items()}
        # As a grey, the red of LIVE and of P1 would stand out less than SIM: both are inverse here.
        ground, text = greys["ground"], greys["text"]
        colours = {**greys, "live_fg": ground, "live_bg": text, "p1": text}
        return replace(self, colours=colours, mono=True, colourless=True)

    def variables(self) -> dict[str, str]:
        """The theme's own TCSS variables: `$desk-ground`, `$desk-p1`, `$desk-p1-fg` and so on."""
        named = {f"desk-{key.replace('_', '-')}": self.colours[key] for key in COLOUR_KEYS}
        return {**named, "desk-p1-fg": self.colours["ground"]}

    def _style(self, rule: StyleRule) -> Style:
        if self.colourless:
            return Style.parse(rule.plain)
        bg = self.colours[rule.bg] if rule.bg else None
        return Style(color=self.colours[rule.fg], bgcolor=bg) + self._attributes(rule)

    def _under_cursor(self, rule: StyleRule) -> Style:
        """A style on the cursor row; what has a ground of its own keeps it and is underlined."""
        own_ground = rule.bg not in (None, "cursor_bg")
        if self.colourless:
            attributes = set(rule.plain.split()) - {"dim"}
            # What is inverse elsewhere stands out from an inverse row by not being so.
            inverted = attributes ^ {"reverse"} if own_ground else attributes | {"reverse"}
            return Style.parse(" ".join(inverted))
        if own_ground:
            return self._style(rule) + Style(underline=True)
        # Dim text does not reach the contrast of text on the lighter ground of the cursor row.
        fg = self.colours["text" if rule.fg == "dim" else rule.fg]
        return Style(color=fg, bgcolor=self.colours["cursor_bg"]) + self._attributes(rule)

    def _attributes(self, rule: StyleRule) -> Style:
        if not self.mono:
            return Style.parse(rule.attributes)
        # The greys of a mono theme already show what dim and reverse would.
        return Style.parse(" ".join(w for w in rule.plain.split() if w in _HUELESS_ATTRIBUTES))


def to_textual(theme: DeskTheme) -> Theme:
    """The Textual theme of a desk theme, with every stock widget in the same greys.

    Textual derives blues and greens for scrollbars, cursors, links and buttons; they are set here,
    because colour on an all-normal screen is reserved for the mode badge.
    """
    c = theme.colours
    hover = blend(c["cursor_bg"], c["text"], 0.12)
    stock = {
        "text": c["text"],
        "text-muted": c["dim"],
        "text-disabled": c["dim"],
        "text-primary": c["accent"],
        "text-secondary": c["text"],
        "text-accent": c["accent"],
        "text-success": c["text"],
        "text-warning": c["p2"],
        "text-error": c["p1"],
        "foreground-muted": c["dim"],
        "foreground-disabled": c["dim"],
        "border": c["border_focus"],
        "border-blurred": c["border"],
        "block-cursor-foreground": c["text"],
        "block-cursor-background": c["cursor_bg"],
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-foreground": c["text"],
        "block-cursor-blurred-background": c["cursor_bg"],
        "block-hover-background": c["cursor_bg"],
        "surface-active": c["cursor_bg"],
        "primary-muted": c["cursor_bg"],
        "secondary-muted": c["cursor_bg"],
        "accent-muted": c["cursor_bg"],
        "success-muted": c["cursor_bg"],
        "input-cursor-background": c["accent"],
        "input-cursor-foreground": c["ground"],
        "input-selection-background": c["cursor_bg"],
        "input-selection-foreground": c["text"],
        "screen-selection-background": c["cursor_bg"],
        "screen-selection-foreground": c["text"],
        "scrollbar": c["border"],
        "scrollbar-hover": hover,
        "scrollbar-active": c["border_focus"],
        "scrollbar-background": c["panel"],
        "scrollbar-background-hover": c["panel"],
        "scrollbar-background-active": c["panel"],
        "scrollbar-corner-color": c["panel"],
        "footer-foreground": c["dim"],
        "footer-background": c["ground"],
        "footer-key-foreground": c["accent"],
        "footer-key-background": c["ground"],
        "footer-description-foreground": c["dim"],
        "footer-description-background": c["ground"],
        "footer-item-background": c["ground"],
        "link-color": c["accent"],
        "link-background": c["panel"],
        "link-color-hover": c["accent"],
        "link-background-hover": c["cursor_bg"],
        "button-foreground": c["text"],
        "button-color-foreground": c["ground"],
        "button-focus-text-style": "b reverse",
    }
    return Theme(
        name=theme.name,
        primary=c["border_focus"],
        secondary=c["dim"],
        warning=c["p2"],
        error=c["p1"],
        success=c["text"],
        accent=c["accent"],
        foreground=c["text"],
        background=c["ground"],
        surface=c["panel"],
        panel=c["panel"],
        dark=theme.dark,
        variables={**stock, **theme.variables()},
    )


DARK_GREY = DeskTheme(
    name="dark-grey",
    dark=True,
    description="Restrained greys on near-black; the default.",
    colours=DARK_GREY_COLOURS,
)
"""The default theme; `themes/dark-grey.toml` says the same."""

THEME_VARIABLE_DEFAULTS: dict[str, str] = DARK_GREY.variables()
"""A literal default for every `$desk-` variable, for `App.get_theme_variable_defaults`."""
