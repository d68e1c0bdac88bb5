"""A misspelled keyword argument is refused with the name that was meant."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def names_what_was_meant(call: Callable[P, R]) -> Callable[P, R]:
    """The same callable, whose error about an unknown keyword names the nearest known ones."""
    known = [
        name
        for name, parameter in inspect.signature(call).parameters.items()
        if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        and name != "self"
    ]
    called = call.__qualname__.removesuffix(".__init__")

    @wraps(call)
    def checked(*given: P.args, **named: P.kwargs) -> R:
        for name in named:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(known)}"
                raise TypeError(f"{called} has no argument {name!r}; {hint}")
        return call(*given, **named)

    return checked
