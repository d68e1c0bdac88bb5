"""A real Chromium without a window: open a page, press keys, read what it shows, take its picture."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.support.exchange_processes import until

PATIENCE_S = 60.0


def chromium() -> str | None:
    """The browser's program; None where this machine has none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """One page in a browser of its own.

    Args:
        folder: for its profile.
        size: of its window, pixels.
    """

    def __init__(self, folder: Path, size: tuple[int, int] = (1100, 760)) -> None:
        program = chromium()
        assert program is not None
        profile = folder / "chromium"
        (profile / "DevToolsActivePort").unlink(missing_ok=True)  # of an earlier one
        self._process = subprocess.Popen(
            [
                program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--remote-debugging-port=0", "--remote-allow-origins=*", f"--window-size={size[0]},{size[1]}",
                f"--user-data-dir={profile}", "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._count = 0
        try:
            self._tab = self._connected(profile / "DevToolsActivePort")
        except BaseException:
            self.close()
            raise

    def _connected(self, told: Path) -> ClientConnection:
        def started() -> bool:
            assert self._process.poll() is None, "the browser did not start"
            return told.exists() and bool(told.read_text().strip())

        until(started, PATIENCE_S, "the browser did not start")
        port = told.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30) as answer:
            tabs = json.load(answer)
        page = next(each for each in tabs if each["type"] == "page")
        return connect(page["webSocketDebuggerUrl"], max_size=None).__enter__()

    def _ask(self, method: str, **given: Any) -> dict[str, Any]:
        self._count += 1
        self._tab.send(json.dumps({"id": self._count, "method": method, "params": given}))
        while True:
            told = json.loads(self._tab.recv(timeout=PATIENCE_S))
            if told.get("id") == self._count:
                assert "error" not in told, told
                return dict(told["result"])

    def open(self, address: str) -> None:
        """Go to an address."""
        self._ask("Page.navigate", url=address)

    def run(self, script: str) -> Any:
        """The value of a script's last expression, in the page."""
        told = self._ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        return told["result"].get("value")

    @property
    def text(self) -> str:
        """What the page shows, row by row."""
        rows = self.run(
            "[...document.querySelectorAll('#screen > div')].map(r => r.textContent).join('\\n')"
        )
        return str(rows or "")

    def until(self, *words: str) -> str:
        """Wait until the page shows all words; returns what it shows."""

        def shown() -> str:
            text = self.text
            return text if all(word in text for word in words) else ""

        return str(until(shown, PATIENCE_S, f"never showed {words}"))

    def press(self, key: str, *, code: int = 0, control: bool = False) -> None:
        """Press a key as a person does."""
        given: dict[str, Any] = {
            "key": key,
            "modifiers": 2 if control else 0,
            "windowsVirtualKeyCode": code,
        }
        text = key if len(key) == 1 and not control else ""
        self._ask("Input.dispatchKeyEvent", type="keyDown", text=text, **given)
        self._ask("Input.dispatchKeyEvent", type="keyUp", **given)

    def click(self, words: str) -> None:
        """Click on the first of these words, as a person does."""
        rows = self.text.split("\n")
        row = next(number for number, text in enumerate(rows) if words in text)
        x, y = self.run(
            "(() => { const b = document.querySelectorAll('#screen > div')"
            f"[{row}].getBoundingClientRect();"
            f" return [b.left + ({rows[row].index(words)} + 0.5) * cellPx(), b.top + 8]; }})()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self, path: Path) -> None:
        """Write what it looks like as PNG."""
        path.write_bytes(
            base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"])
        )

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
