"""Requests whose answer a thread of its own waits for, so that the scheduler's does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Made = Callable[[], str]
"""Makes the answer, one sentence; raises RefusedError where the request cannot be carried out."""


@dataclass(frozen=True, slots=True)
class Later:
    """What a request returns in place of its answer.

    Args:
        begin: has it carried out; calls what it is given once, in the scheduler's thread.
    """

    begin: Callable[[Callable[[Made], None]], None]
