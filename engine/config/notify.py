"""How an alarm reaches a person who is not looking at the screen; off unless somebody asks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from engine.config.section import Section

MOST_ARGUMENTS = 32
LONGEST_ARGUMENT = 512


def _argument(text: str) -> str:
    if not text.isprintable():
        raise ValueError("an argument has characters that cannot be shown; write it without them")
    return text


def _command(arguments: tuple[str, ...]) -> tuple[str, ...]:
    if arguments and not arguments[0].strip():
        raise ValueError("the first one names the program, and is empty")
    return arguments


Argument = Annotated[str, Field(max_length=LONGEST_ARGUMENT), AfterValidator(_argument)]


class NotifySettings(Section):
    """What happens when an alarm of P1 wants an answer.

    terminal: an escape sequence for a notification of the desktop, OSC 9 or OSC 777. command: a
    program of the user's and its arguments, never a shell; `{title}` and `{text}` in an argument
    become the alarm's words.
    """

    terminal: Literal["off", "osc9", "osc777"] = "off"
    command: Annotated[
        tuple[Argument, ...], Field(max_length=MOST_ARGUMENTS), AfterValidator(_command)
    ] = ()
    command_within_s: Annotated[float, Field(ge=1, le=60, allow_inf_nan=False)] = 10.0
    at_most_every_s: Annotated[float, Field(ge=1, le=3_600, allow_inf_nan=False)] = 30.0

    @property
    def asked_for(self) -> bool:
        """Whether anything happens at all."""
        return self.terminal != "off" or bool(self.command)
