"""How far a recommendation can be trusted, in one word."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """How strong the evidence is; a trial of what is PROMISING may be started with one key."""

    SEPARATED = "SEPARATED"
    """Proved by a trial that was kept, and by nothing else."""

    PROMISING = "PROMISING"
    """A gain worth having in blocks of attempts, and no sign of harm."""

    NOT_SEPARATED = "NOT SEPARATED"
    THIN = "THIN"
    CENSORED = "CENSORED"
    CONFOUNDED = "CONFOUNDED"
    UNPROVEN = "UNPROVEN"
    """Applied without a trial; never recommended."""
