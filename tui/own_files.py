"""What a person has chosen on the screen, kept in files of his own from one start to the next."""

from __future__ import annotations

from pathlib import Path

from tui.arrangement import EMPTY, Arrangement
from tui.arrangement import NAME as LAYOUT_NAME
from tui.arrangement import read as read_arrangement
from tui.commands.history import NAME as HISTORY_NAME
from tui.commands.history import History
from tui.kept_file import KeptFile
from tui.lists.choices import ListChoices
from tui.lists.remembered import Remembered
from tui.lists.remembered import read as read_choices
from tui.state import ScreenState
from tui.viewmodel.lists import KNOWN


class OwnFiles:
    """Choices of lists, the layout, and the lines that were typed.

    Args:
        lists_file: where the choices of the lists are kept, the others beside it; None keeps none.
        layout: of the settings, which holds where none was chosen.

    Attributes:
        lists: what was chosen for each list the last time.
        arrangement: which panes there are, and their borders.
        history: the lines that were typed.
        problems: a sentence for each file that could not be taken.
    """

    def __init__(self, lists_file: Path | None, layout: str) -> None:
        self._remembered = Remembered(lists_file)
        self._layout_file = KeptFile(lists_file and lists_file.with_name(LAYOUT_NAME), EMPTY)
        self.history = History(lists_file and lists_file.with_name(HISTORY_NAME))
        self.lists: dict[str, ListChoices] = {}
        self.arrangement = Arrangement(layout, configured=layout)
        found = [self.history.problem]
        if lists_file is not None:
            self.lists, bad = read_choices(lists_file, KNOWN)
            found.insert(0, bad)
            at = lists_file.with_name(LAYOUT_NAME)
            self.arrangement, bad = read_arrangement(at, layout)
            found.insert(1, bad)
        self.problems = tuple(problem for problem in found if problem)

    def keep(self, state: ScreenState, wait: bool = False) -> None:
        """Keep what is chosen now, where it is another than before.

        Args:
            state: of the screen.
            wait: until it is on the disk, and the lines too, which a key has kept otherwise.
        """
        self._remembered.keep(state.lists, wait=wait)
        self._layout_file.keep(state.arrangement.text(), wait=wait)
        if wait:
            self.history.keep(wait=True)
