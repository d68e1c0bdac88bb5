"""How far apart two colours are: contrast for reading, distance for colour-blind eyes."""

from collections.abc import Mapping
from itertools import combinations
from math import dist
from types import MappingProxyType

TEXT_CONTRAST = 4.5
"""Least contrast of text on its ground (WCAG 2.2, 1.4.3, level AA)."""

GRAPHIC_CONTRAST = 3.0
"""Least contrast of bars, sparklines and the focus border (WCAG 2.2, 1.4.11)."""

COLOUR_BLIND_DISTANCE = 22.0
"""Least CIE76 distance between two priorities as a colour-blind reader sees them."""

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

DEUTERANOPIA: Matrix = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
PROTANOPIA: Matrix = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
TRITANOPIA: Matrix = (
    (1.255528, -0.076749, -0.178779),
    (-0.078411, 0.930809, 0.147602),
    (0.004733, 0.691367, 0.303900),
)
COLOUR_VISION: Mapping[str, Matrix] = MappingProxyType(
    {"deuteranopia": DEUTERANOPIA, "protanopia": PROTANOPIA, "tritanopia": TRITANOPIA}
)
"""Full-severity simulations in linear RGB (Machado, Oliveira and Fernandes, 2009)."""

_TO_XYZ: Matrix = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_D65_WHITE: Triple = (0.95047, 1.0, 1.08883)
_LUMINANCE: Triple = (0.2126, 0.7152, 0.0722)


def contrast_ratio(one: str, other: str) -> float:
    """Contrast of two `#rrggbb` colours, 1.0 (same) to 21.0 (black on white), after WCAG 2.2."""
    low, high = sorted((relative_luminance(one), relative_luminance(other)))
    return (high + 0.05) / (low + 0.05)


def relative_luminance(colour: str) -> float:
    """Luminance of a `#rrggbb` colour, from 0.0 (black) to 1.0 (white), after WCAG 2.2."""
    return _dot(_LUMINANCE, _linear(colour))


def grey_of(colour: str) -> str:
    """The grey of the same luminance as a `#rrggbb` colour, so that contrasts survive."""
    level = round(255 * _gamma(relative_luminance(colour)))
    return f"#{level:02x}{level:02x}{level:02x}"


def blend(colour: str, towards: str, share: float) -> str:
    """Mix two `#rrggbb` colours; `share` 0.0 gives the first, 1.0 the second."""
    mixed = (
        round(a + (b - a) * share) for a, b in zip(_bytes(colour), _bytes(towards), strict=True)
    )
    return "#" + "".join(f"{level:02x}" for level in mixed)


def readable(colour: str, ground: str, ratio: float = TEXT_CONTRAST) -> str | None:
    """The shade nearest to `colour` that reaches `ratio` on `ground`, or None when none does."""
    shades = (
        (share, blend(colour, end, share / 50))
        for share in range(51)
        for end in ("#ffffff", "#000000")
    )
    return next((shade for _, shade in shades if contrast_ratio(shade, ground) >= ratio), None)


def simulated(colour: str, vision: Matrix) -> str:
    """How a `#rrggbb` colour looks to a reader whose colour vision is the matrix `vision`."""
    red, green, blue = (_gamma(_dot(row, _linear(colour))) for row in vision)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


def distance(one: str, other: str, vision: Matrix | None = None) -> float:
    """CIE76 distance (CIELAB, D65) of two `#rrggbb` colours, as seen through `vision` if given."""
    if vision is not None:
        one, other = simulated(one, vision), simulated(other, vision)
    return dist(lab(one), lab(other))


def nearest_pair(colours: Mapping[str, str], vision: Matrix) -> tuple[str, str, float]:
    """The two named colours that are hardest to tell apart, and their distance.

    Args:
        colours: at least two names with their `#rrggbb` colours.
        vision: one of `COLOUR_VISION`.
    """
    pairs = ((a, b, distance(colours[a], colours[b], vision)) for a, b in combinations(colours, 2))
    return min(pairs, key=lambda pair: pair[2])


def chroma(colour: str) -> float:
    """How colourful a `#rrggbb` colour is: 0.0 for a grey, about 100 for pure red (CIELAB)."""
    _, a, b = lab(colour)
    return dist((a, b), (0.0, 0.0))


def lab(colour: str) -> Triple:
    """CIELAB coordinates (D65) of a `#rrggbb` colour."""
    linear = _linear(colour)
    x, y, z = (
        _lab_curve(_dot(row, linear) / white)
        for row, white in zip(_TO_XYZ, _D65_WHITE, strict=True)
    )
    return (116 * y - 16, 500 * (x - y), 200 * (y - z))


def _lab_curve(share: float) -> float:
    return float(share ** (1 / 3)) if share > 216 / 24389 else (24389 / 27 * share + 16) / 116


def _bytes(colour: str) -> tuple[int, int, int]:
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))


def _linear(colour: str) -> Triple:
    red, green, blue = (
        level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4
        for level in (byte / 255 for byte in _bytes(colour))
    )
    return (red, green, blue)


def _gamma(light: float) -> float:
    light = min(1.0, max(0.0, light))
    return float(12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)


def _dot(row: Triple, column: Triple) -> float:
    return row[0] * column[0] + row[1] * column[1] + row[2] * column[2]
