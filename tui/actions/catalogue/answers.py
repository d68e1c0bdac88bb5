"""What a person answers: recommendations and trials, open units, alarms."""

from __future__ import annotations

from typing import Final

from tui.actions.action import Action, Risk, approvable, has_units, running
from tui.actions.places import ASIDE, HUNG, LISTS, REVIEW, UNDO

ANSWERS: Final[tuple[Action, ...]] = (
    Action(
        "approve",
        "y",
        "Try it",
        "Start the trial that proves it, where it is PROMISING",
        "Trade",
        REVIEW,
        risk=Risk.ADDS,
        available=approvable,
    ),
    Action(
        "try-weak",
        "",
        "Try weak evidence",
        "Start the selected trial, however thin its evidence",
        "Trade",
        REVIEW,
        risk=Risk.ADDS,
    ),
    Action(
        "approve-weak",
        "",
        "Apply without a trial",
        "Apply with a typed word and a reason; UNPROVEN",
        "Trade",
        REVIEW,
        risk=Risk.ADDS,
    ),
    Action(
        "try",
        "",
        "Try something",
        "Try any setting by a trial; asks which",
        "Trade",
        LISTS,
        risk=Risk.ADDS,
        available=running,
    ),
    Action(
        "stop-trial",
        "X",
        "Stop trial",
        "End the selected trial; former values return",
        "Stop",
        REVIEW,
        risk=Risk.REDUCES,
    ),
    Action(
        "explore",
        "E",
        "Explore",
        "Let some attempts try neighbouring settings, or none",
        "Trade",
        REVIEW,
        risk=Risk.ADDS,
    ),
    *(
        Action(f"choice-{n}", str(n), label, words, "Trade", HUNG, available=has_units)
        for n, label, words in (
            (1, "Ladder", "Choose to leave the unit to the ladder"),
            (2, "Concede", "Choose to accept a little less than the debit cost"),
            (3, "Sell back", "Choose to sell the debit back, its loss bounded"),
            (4, "Hold", "Choose to park the unit with a credit resting"),
        )
    ),
    Action(
        "confirm",
        "y",
        "Confirm",
        "Do what is chosen for the unit",
        "Trade",
        HUNG,
        risk=Risk.ADDS,
        available=has_units,
    ),
    Action("reject", "n", "Reject", "Reject with a reason", "Trade", REVIEW),
    Action(
        "aside", "z", "Put aside", "Put a recommendation aside, shelve an alarm", "Answer", ASIDE
    ),
    Action(
        "undo",
        "u",
        "Undo",
        "Undo what was applied, put aside or rejected; a setting",
        "Trade",
        UNDO,
    ),
    Action("ack", "a", "Ack", "Acknowledge the selected or gravest alarm", "Answer", LISTS),
    Action("ack-all", "A", "Ack P2+P3", "Acknowledge all alarms of P2 and P3", "Answer", LISTS),
    Action("mute", "m", "Mute", "Bell on or off", "Answer", LISTS),
)
