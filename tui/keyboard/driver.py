"""Textual's driver with a reader of the keyboard that takes no key from what nobody typed."""

from __future__ import annotations

import os
import selectors
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from contextlib import suppress

from textual import events
from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui.keyboard.strokes import Kind, Stroke, Strokes

LOOK_S = 0.1
"""Seconds after which the reader sees whether the screen has ended."""

READ_BYTES = 4096


class Parser(XTermParser):
    """Textual's parser, which knows what a sequence before it has said about the terminal."""

    def learn(self, before: XTermParser) -> None:
        """Go on from where another parser is."""
        self.last_x, self.last_y = before.last_x, before.last_y
        self.mouse_pixels = before.mouse_pixels
        self.terminal_size = before.terminal_size
        self.terminal_pixel_size = before.terminal_pixel_size


class Translator:
    """Textual's events for strokes."""

    def __init__(self) -> None:
        self._parser = Parser()

    def events(self, stroke: Stroke) -> Iterator[Message]:
        """The events of a stroke; none where it is a sequence that Textual does not know.

        Textual's parser takes an unknown sequence for keys after a while. A parser of its own for
        each sequence is forgotten before.
        """
        match stroke.kind:
            case Kind.ESCAPE:
                yield events.Key("escape", stroke.text)
            case Kind.PASTE:
                yield events.Paste(stroke.text.replace("\x00", ""))
            case Kind.CHARACTER:
                yield from self._parser.feed(stroke.text)
            case Kind.SEQUENCE:
                parser = Parser()
                parser.learn(self._parser)
                yield from parser.feed(stroke.text)
                self._parser.learn(parser)


def listening(
    driver: type[Driver],
    escape_s: float,
    key_read: Callable[[events.Key], None],
    all_read: Callable[[], None],
) -> type[Driver]:
    """The driver with the desk's reader; another than that of a terminal stays as it is.

    Args:
        driver: what Textual would take.
        escape_s: seconds without a character after which Esc was pressed by itself.
        key_read: told each key as it is read, in the thread that reads.
        all_read: called there after all that was typed has been read, every LOOK_S at least.
    """
    if driver is not LinuxDriver:
        return driver

    class ListeningDriver(LinuxDriver):
        """A terminal's driver with the desk's reader."""

        def _get_terminal_size(self) -> tuple[int, int]:
            """Columns and rows by the terminal's own word.

            A shell that exports COLUMNS and LINES would else have the last word for good, and a
            window made smaller would show the half of a screen drawn for the larger one.
            """
            with suppress(OSError, ValueError):
                columns, rows = os.get_terminal_size(self.fileno)
                if columns and rows:
                    return columns, rows
            return super()._get_terminal_size()

        def run_input_thread(self) -> None:
            """Read until the screen ends."""
            strokes, translator = Strokes(escape_s), Translator()
            # A byte that is no character, from a noisy line, is no key and no reason to end.
            decode = getincrementaldecoder("utf-8")("replace").decode
            with selectors.SelectSelector() as selector:
                selector.register(self.fileno, selectors.EVENT_READ)
                while not self.exit_event.is_set():
                    asked = time.monotonic()
                    patience = min(LOOK_S, strokes.waits_s(asked))
                    if selector.select(patience):
                        data = os.read(self.fileno, READ_BYTES)
                        if not data:
                            self.exit_event.wait()
                            return
                        text = decode(data)
                        result = strokes.feed(text, time.monotonic()) if text else []
                    else:
                        result = strokes.tick(asked + patience)
                    for stroke in result:
                        for event in translator.events(stroke):
                            if isinstance(event, events.Key):
                                key_read(event)
                            self.process_message(event)
                    all_read()

    return ListeningDriver
