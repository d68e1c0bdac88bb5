"""Screens as SVG files that ask nothing from the network when somebody opens them."""

from __future__ import annotations

import re
from typing import Final

FONTS: Final = "Fira Code, DejaVu Sans Mono, Menlo, Consolas, monospace"
_WEB_FONTS: Final = re.compile(r"\s*@font-face \{.*?\}", re.S)


def without_web_fonts(picture: str) -> str:
    """The SVG with fonts of the reader's own machine instead of some from a web site."""
    return _WEB_FONTS.sub("", picture).replace("Fira Code, monospace", FONTS)
