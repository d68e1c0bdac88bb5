"""Which errors are sentences for the operator."""

from __future__ import annotations

from engine.config import ConfigError
from engine.run_folder.errors import JournalError

__all__ = ["JournalError", "is_for_the_operator"]


def is_for_the_operator(error: BaseException) -> bool:
    """Whether an error's message is a sentence for the operator, who can put it right."""
    if isinstance(error, ConfigError | JournalError):
        return True
    from engine.brokers.remote.link import LinkError

    if isinstance(error, LinkError):
        return True
    from engine.brokers.recorded.errors import SessionFileError
    from engine.state.desk import StateError

    return isinstance(error, SessionFileError | StateError)
