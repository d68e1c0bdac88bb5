"""Themes: every shipped one is readable, every broken one is explained, none stops the app."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest
from rich.style import Style

from tui.theme.contrast import (
    COLOUR_BLIND_DISTANCE,
    COLOUR_VISION,
    DEUTERANOPIA,
    chroma,
    contrast_ratio,
    distance,
    grey_of,
    nearest_pair,
    readable,
    simulated,
)
from tui.theme.loading import (
    DEFAULT_THEME,
    ThemeColours,
    ThemeError,
    ThemeFile,
    load_themes,
    parse_theme,
    shipped_themes,
)
from tui.theme.theme import (
    COLOUR_KEYS,
    DARK_GREY,
    DARK_GREY_COLOURS,
    REQUIRED_COLOUR_KEYS,
    STYLE_RULES,
    DeskTheme,
)

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = load_themes().themes
NAMES = ["colour-blind-safe", "dark-grey", "dusk", "high-contrast", "light", "mono"]
COLOURED = [name for name in NAMES if name != "mono"]
PRIORITIES = ("p1", "p2", "p3")
SMALLEST = """\
name = "amber"
dark = true
[colors]
ground = "#101010"
text = "#d0d0d0"
dim = "#909090"
p1 = "#ff7070"
p2 = "#ffb000"
p3 = "#5fd7ff"
"""


def message_of(text: str) -> str:
    """The message a theme file of this text is refused with."""
    with pytest.raises(ThemeError) as caught:
        parse_theme(text, "amber.toml")
    return str(caught.value)


# Shipped themes


def test_the_six_shipped_themes_load_without_a_problem() -> None:
    found = load_themes()
    assert sorted(found.themes) == NAMES
    assert found.problems == []


def test_the_default_theme_in_code_is_the_one_in_its_file() -> None:
    text = (ROOT / "themes" / "dark-grey.toml").read_text(encoding="utf-8")
    assert parse_theme(text, "dark-grey.toml") == DARK_GREY


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_theme_writes_every_colour_and_a_description(name: str) -> None:
    text = (ROOT / "themes" / f"{name}.toml").read_text(encoding="utf-8")
    assert all(f"\n{key} = " in text for key in COLOUR_KEYS)
    assert SHIPPED[name].description


@pytest.mark.parametrize("name", COLOURED)
def test_priorities_stay_apart_for_a_reader_with_deuteranopia(name: str) -> None:
    colours = {key: SHIPPED[name].colours[key] for key in PRIORITIES}
    assert nearest_pair(colours, DEUTERANOPIA)[2] >= COLOUR_BLIND_DISTANCE


@pytest.mark.parametrize("vision", COLOUR_VISION)
@pytest.mark.parametrize("group", [PRIORITIES, ("live_bg", "paper_bg", "sim_bg")])
def test_rubric_06_the_colour_blind_safe_theme_holds_for_every_colour_vision(
    vision: str, group: tuple[str, ...]
) -> None:
    colours = {key: SHIPPED["colour-blind-safe"].colours[key] for key in group}
    assert nearest_pair(colours, COLOUR_VISION[vision])[2] >= COLOUR_BLIND_DISTANCE


@pytest.mark.parametrize("name", NAMES)
def test_an_all_normal_screen_has_no_hue_but_the_badge(name: str) -> None:
    hued = {*PRIORITIES, "live_fg", "live_bg", "paper_fg", "paper_bg", "sim_fg", "sim_bg"}
    calm = {key: chroma(SHIPPED[name].colours[key]) for key in COLOUR_KEYS if key not in hued}
    assert max(calm.values()) < 8


def test_high_contrast_means_seven_to_one() -> None:
    colours = SHIPPED["high-contrast"].colours
    texts = ("text", "dim", "accent", *PRIORITIES)
    assert min(contrast_ratio(colours[key], colours["ground"]) for key in texts) >= 7
    assert contrast_ratio(colours["live_fg"], colours["live_bg"]) >= 7


def test_mono_has_greys_only_in_every_style() -> None:
    for rule in STYLE_RULES:
        style = SHIPPED["mono"].style(rule)
        for colour in (style.color, style.bgcolor):
            assert colour is None or len(set(colour.get_truecolor())) == 1


# Colour arithmetic


def test_contrast_of_black_on_white_is_twenty_one() -> None:
    assert contrast_ratio("#000000", "#ffffff") == pytest.approx(21)
    assert contrast_ratio("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_distance_is_the_cie76_one() -> None:
    assert distance("#000000", "#ffffff") == pytest.approx(100, abs=0.01)
    # CIELAB of pure red and green under D65: (53.24, 80.09, 67.20) and (87.73, -86.18, 83.18).
    assert distance("#ff0000", "#00ff00") == pytest.approx(170.57, abs=0.1)


def test_a_simulated_deuteranope_confuses_red_with_brown_and_keeps_greys() -> None:
    red, brown = "#b3261e", "#8a5a00"
    assert distance(red, brown) > 35
    assert distance(red, brown, DEUTERANOPIA) < 10
    assert simulated("#808080", DEUTERANOPIA) == "#808080"


def test_the_grey_of_a_colour_keeps_its_contrast() -> None:
    for colour in DARK_GREY_COLOURS.values():
        assert contrast_ratio(colour, grey_of(colour)) < 1.05


def test_a_readable_shade_is_close_and_passes() -> None:
    shade = readable("#5a6066", "#101418")
    assert shade is not None
    assert 4.5 <= contrast_ratio(shade, "#101418") < 5
    assert readable("#777777", "#777777", 30) is None


# What a theme file may say


def test_a_theme_needs_only_its_required_colours() -> None:
    theme = parse_theme(SMALLEST, "amber.toml")
    assert tuple(theme.colours) == COLOUR_KEYS
    assert theme.colours["panel"] == "#101010"
    assert theme.colours["live_bg"] == DARK_GREY_COLOURS["live_bg"]


def test_the_schema_and_the_colour_keys_agree() -> None:
    assert tuple(ThemeColours.model_fields) == COLOUR_KEYS
    required = [key for key, field in ThemeColours.model_fields.items() if field.is_required()]
    assert tuple(required) == REQUIRED_COLOUR_KEYS


def test_every_key_is_in_the_documentation() -> None:
    page = (ROOT / "docs" / "themes.md").read_text(encoding="utf-8")
    for model in (ThemeFile, ThemeColours):
        for key, field in model.model_fields.items():
            assert f"| `{key}` |" in page
            assert field.description


def test_the_example_in_the_documentation_is_a_theme() -> None:
    page = (ROOT / "docs" / "themes.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    assert parse_theme(example, "example.toml").name == "amber"


def test_colours_may_be_written_as_names_or_functions() -> None:
    text = SMALLEST.replace('"#ffb000"', '"gold"').replace('"#909090"', '"rgb(144,144,144)"')
    colours = parse_theme(text, "amber.toml").colours
    assert (colours["p2"], colours["dim"]) == ("#ffd700", "#909090")


REFUSED = {
    ("dim =", "dmi ="): (
        "colors.dim is missing; colors.dmi is not a known key (nearest: colors.dim)"
    ),
    ("dark = true", 'dark = true\npanle = "#000000"'): (
        "panle is not a known key (nearest: colors.panel)"
    ),
    ("dark = true", "drak = true"): ("dark is missing; drak is not a known key (nearest: dark)"),
    ("[colors]", "[colours]"): ("colors is missing; colours is not a known key (nearest: colors)"),
    ("[colors]", "colors = 3\n[name2]"): (
        "colors must be a table, written [colors]; name2 is not a known key (nearest: name)"
    ),
    ('"#ffb000"', '"ambr"'): "colors.p2 is not a colour: 'ambr', write #rrggbb",
    ('"#ffb000"', '"oragne"'): (
        "colors.p2 is not a colour: 'oragne', write #rrggbb (nearest colour name: orange)"
    ),
    ('"#ffb000"', '"#ffb00080"'): ("colors.p2 is '#ffb00080', which is see-through: write #rrggbb"),
    ('"#ffb000"', '"ansi_red"'): (
        "colors.p2 is 'ansi_red', which changes with the terminal: write #rrggbb"
    ),
    ('"#ffb000"', "42"): "colors.p2 must be text in quotes, not 42",
    ("dark = true", 'dark = "yes"'): "dark must be true or false, not 'yes'",
    ('"amber"', '"Amber Glow"'): (
        "name must be lower-case letters, digits and hyphens, not 'Amber Glow'"
    ),
    ("dark = true", 'dark = true\ndescription = "a\\u001b[2J"'): (
        "description must be one line of printable text"
    ),
    ("dark = true", f'dark = true\ndescription = "{"x" * 81}"'): (
        "description must be at most 80 characters"
    ),
    ('"#909090"', '"#5a5a5a"'): (
        "colors.dim #5a5a5a on ground #101010 has contrast 2.76:1 and needs 4.5:1, try #7e7e7e"
    ),
    ('"#ff7070"', '"#802020"'): (
        "colors.p1 #802020 on cursor_bg #292929 has contrast 1.49:1 and needs 4.5:1, try #b88282"
    ),
    ("[colors]", '[colors]\nlive_fg = "#000000"'): (
        "colors.live_fg #000000 on live_bg #b3261e has contrast 3.21:1 and needs 4.5:1, try #dbdbdb"
    ),
    ("[colors]", '[colors]\nspark = "#303030"'): (
        "colors.spark #303030 on ground #101010 has contrast 1.44:1 and needs 3.0:1, try #626262"
    ),
    ("[colors]", "mono = true\n[colors]"): (
        "colors.p1 #ff7070 is not a grey, and mono is true; "
        "colors.p2 #ffb000 is not a grey, and mono is true; "
        "colors.p3 #5fd7ff is not a grey, and mono is true"
    ),
}
"""What a change to a good theme is refused with."""


@pytest.mark.parametrize("change", REFUSED, ids=lambda change: change[1].splitlines()[-1][:30])
def test_a_bad_theme_is_refused_in_words_that_say_what_to_write(change: tuple[str, str]) -> None:
    assert change[0] in SMALLEST
    message = message_of(SMALLEST.replace(*change))
    assert message == f"theme file amber.toml: {REFUSED[change]}"


def test_a_file_that_is_not_toml_says_where_it_stops_being_toml() -> None:
    assert message_of("name = \n") == (
        "theme file amber.toml: is not valid TOML: Invalid value (at line 1, column 8)"
    )


def test_a_deeply_nested_file_is_refused() -> None:
    assert message_of("a = " + "[" * 100_000).startswith(
        "theme file amber.toml: is not valid TOML: "
    )


def test_a_message_never_carries_control_characters_from_the_file() -> None:
    message = message_of(SMALLEST + '"\\u001b]0;x\\u0007" = "#000000"\n')
    assert message.isprintable()


# Loading


def test_a_broken_user_theme_is_reported_once_and_the_others_load(tmp_path: Path) -> None:
    (tmp_path / "amber.toml").write_text(SMALLEST, encoding="utf-8")
    (tmp_path / "broken.toml").write_text("name = ", encoding="utf-8")
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "notes.txt").write_text("not a theme", encoding="utf-8")
    found = load_themes(tmp_path)
    assert sorted(found.themes) == ["amber", *NAMES]
    assert found.problems == [
        "theme file broken.toml: is not valid TOML: Invalid value (at end of document)",
        "theme file folder.toml: cannot be read: it is a directory, not a file",
        "theme file latin.toml: is not UTF-8 text",
    ]


def test_a_user_theme_cannot_take_the_name_of_another(tmp_path: Path) -> None:
    (tmp_path / "light.toml").write_text(SMALLEST.replace("amber", "light"), encoding="utf-8")
    (tmp_path / "one.toml").write_text(SMALLEST, encoding="utf-8")
    (tmp_path / "two.toml").write_text(SMALLEST, encoding="utf-8")
    found = load_themes(tmp_path)
    assert found.themes["light"] == SHIPPED["light"]
    assert found.problems == [
        "theme file light.toml: name 'light' is taken by light.toml: choose another",
        "theme file two.toml: name 'amber' is taken by one.toml: choose another",
    ]


def test_the_default_theme_is_there_with_no_files_at_all(tmp_path: Path) -> None:
    found = load_themes(tmp_path / "none", shipped=tmp_path / "nowhere")
    assert found.themes == {DEFAULT_THEME: DARK_GREY}
    assert found.problems == []
    assert found.named("anything") is DARK_GREY


def test_a_checkout_uses_its_own_themes_folder(tmp_path: Path) -> None:
    assert shipped_themes(package=tmp_path) == ROOT / "themes"


def test_an_installed_package_uses_the_themes_inside_it(tmp_path: Path) -> None:
    package = tmp_path / "tui"
    copytree(ROOT / "tui" / "theme", package / "theme")
    (package / "__init__.py").touch()
    copytree(ROOT / "themes", package / "themes")
    code = (
        "from tui.theme.loading import load_themes, shipped_themes; "
        "print(shipped_themes(), *sorted(load_themes().themes), sep='|')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "|".join([str(package / "themes"), *NAMES])


# Styles


def test_p1_is_inverse_in_every_theme() -> None:
    for theme in SHIPPED.values():
        style = theme.style("p1")
        assert style.bold
        assert style.color is not None and style.color.name == theme.colours["ground"]
        assert style.bgcolor is not None and style.bgcolor.name == theme.colours["p1"]


def test_styles_are_built_once() -> None:
    assert DARK_GREY.style("stale") is DARK_GREY.style("stale")


def test_an_unknown_style_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        DARK_GREY.style("p4")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rule", [name for name in STYLE_RULES if "bar" not in name])
def test_text_in_the_cursor_row_is_readable(name: str, rule: str) -> None:
    style = SHIPPED[name].style(rule, cursor=True)
    assert style.color is not None and style.bgcolor is not None
    needed = 1 if rule == "border" else 3 if rule in {"border_focus", "spark"} else 4.5
    assert contrast_ratio(style.color.name, style.bgcolor.name) >= needed


@pytest.mark.parametrize("name", NAMES)
def test_no_colour_leaves_only_bold_dim_reverse_and_underline(name: str) -> None:
    theme = SHIPPED[name].without_colour()
    allowed = Style(bold=True, dim=True, reverse=True, underline=True)
    for rule in STYLE_RULES:
        for style in (theme.style(rule), theme.style(rule, cursor=True)):
            assert style.color is None and style.bgcolor is None
            assert set(str(style).split()) <= {*str(allowed).split(), "none"}


def test_p1_stands_out_of_an_inverse_row_by_not_being_inverse() -> None:
    theme = DARK_GREY.without_colour()
    assert theme.style("text", cursor=True).reverse
    assert not theme.style("p1", cursor=True).reverse
    assert theme.style("p1").reverse


def test_live_is_the_strongest_badge_under_no_colour() -> None:
    colours = DARK_GREY.without_colour().colours
    assert contrast_ratio(colours["live_bg"], colours["ground"]) > 10
    assert contrast_ratio(colours["live_fg"], colours["live_bg"]) > 10


def test_a_colour_left_out_that_cannot_be_read_is_named() -> None:
    text = SMALLEST.replace("[colors]", '[colors]\nsim_bg = "#000000"')
    assert message_of(text) == (
        "theme file amber.toml: colors.sim_fg #000000 on sim_bg #000000 has contrast 1.00:1 "
        "and needs 4.5:1, try #757575"
    )


@pytest.mark.parametrize("theme", [SHIPPED["mono"], DARK_GREY.without_colour()])
@pytest.mark.parametrize("cursor", [False, True])
def test_priorities_and_fresh_and_stale_differ_without_hue(theme: DeskTheme, cursor: bool) -> None:
    marks = [theme.style(name, cursor=cursor) for name in ("text", "p1", "p2", "p3")]
    assert len({(s.bold, s.underline, s.reverse, s.bgcolor) for s in marks}) == 4
    assert theme.style("text") != theme.style("stale")
    badges = [theme.style(name) for name in ("live", "paper", "sim")]
    assert len({(s.bold, s.underline, s.reverse, s.bgcolor) for s in badges}) == 3
