"""What a notification says: the words of an alarm, cleaned, and whose desk it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.snapshot import AlarmView, EngineSnapshot
from tui.text import formats

LONGEST: Final = 300
"""Characters of each of its words."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An alarm as it is notified; every word is printable, one line, and bounded.

    Args:
        mode, account: the desk's; of an account its tail.
        run: the desk's.
        alarm, code, where, what, means, do: the alarm's words.
        more: how many further alarms wait with it.
    """

    mode: str
    account: str
    run: str
    alarm: str
    code: str
    where: str
    what: str
    means: str
    do: str
    more: int = 0

    @classmethod
    def of(cls, priority_1: dict[str, object], desk: dict[str, object]) -> Notice:
        """A notice of words from outside.

        Args:
            priority_1: alarm, code, where, what, consequence, response.
            desk: mode, account (its tail), run.
        """

        def word(table: dict[str, object], name: str) -> str:
            return formats.displayed(table.get(name) or "", LONGEST)

        return cls(
            mode=word(desk, "mode").upper() or formats.UNKNOWN,
            account=word(desk, "account"),
            run=word(desk, "run"),
            alarm=word(priority_1, "alarm"),
            code=word(priority_1, "code"),
            where=word(priority_1, "where"),
            what=word(priority_1, "what"),
            means=word(priority_1, "consequence"),
            do=word(priority_1, "response"),
        )

    @property
    def title(self) -> str:
        """The alarm in a few words; it never begins with a sign."""
        return f"P1 {self.code}"

    @property
    def text(self) -> str:
        """The alarm in a sentence; it begins with the desk's mode."""
        more = f" (and {formats.plural(self.more, 'more alarm')} of P1)" if self.more else ""
        do = f". {self.do}" if self.do else ""
        return f"{self.mode} {self.account}: {self.where}: {self.what}{do}{more}"

    def variables(self) -> dict[str, str]:
        """Its words as variables of an environment."""
        return {
            "ALARM_TITLE": self.title,
            "ALARM_TEXT": self.text,
            "ALARM_NAME": self.alarm,
            "ALARM_CODE": self.code,
            "ALARM_WHERE": self.where,
            "ALARM_WHAT": self.what,
            "ALARM_MEANS": self.means,
            "ALARM_DO": self.do,
            "ALARM_MODE": self.mode,
            "ALARM_ACCOUNT": self.account,
            "ALARM_RUN": self.run,
            "ALARM_MORE": str(self.more),
        }


def notice_of(alarm: AlarmView, snapshot: EngineSnapshot) -> Notice:
    """The notice of an alarm on the screen.

    Args:
        alarm: of P1.
        snapshot: of its desk.
    """
    words = ("code", "where", "what", "consequence", "response")
    said: dict[str, object] = {name: getattr(alarm, name) for name in words}
    simulated = snapshot.mode.upper() == "SIM"
    tail = snapshot.account if simulated else (snapshot.connection.tail or snapshot.account)[-4:]
    desk: dict[str, object] = {"mode": snapshot.mode, "account": tail, "run": snapshot.run}
    return Notice.of({"alarm": alarm.id, **said}, desk)
