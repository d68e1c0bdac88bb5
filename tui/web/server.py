"""Serves the page and its screens on the loopback address, to whoever has the address's token.

Four things must agree before anything is shown: the address is the loopback's; the host that the
browser names is that one, so that a name which an attacker points here is refused (DNS rebinding);
the path has the token; and the page that opens the screen comes from here (its origin).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from hmac import compare_digest
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from tui.web.visitor import VisitorApp, size_of

if TYPE_CHECKING:  # an extra, loaded where a page is served
    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

LOOPBACK: Final = "127.0.0.1"
MOST_VISITORS: Final = 8
"""Screens at a time: each costs this process, never the desk, a few hundredths of a core."""

LONGEST_MESSAGE: Final = 256
"""Bytes of what a page may say: a key, a size, a click, a turn of the wheel."""

MOST_A_SECOND: Final = 60
"""Messages of one page a second: keys that repeat come thirty times."""

BEAT_S: Final = 0.5
"""Real seconds after which a page is told that nothing changed."""

SIZE_WITHIN_S: Final = 5.0
"""Real seconds in which a page must say its size."""

NOT_OURS: Final = "that is nothing a page says"

FULL: Final = f"{MOST_VISITORS} visitors look already; close a page"


class WebScreens:
    """The server of one observed desk.

    Args:
        app_of: makes the screens of one visitor.
        token: what an address must have; random, and known to its owner alone.
        nonce: makes a new random word for each page.
        port: of the loopback address; 0 for a free one.
    """

    def __init__(
        self,
        app_of: Callable[[], VisitorApp],
        token: str,
        nonce: Callable[[], str],
        port: int = 0,
    ) -> None:
        self._app_of = app_of
        self._token = token
        self._nonce = nonce
        self._port = port
        self._hosts: tuple[str, ...] = ()
        self._server: Server | None = None
        self._page = files("tui.web").joinpath("page.html").read_text(encoding="utf-8")
        self.visitors = 0

    async def open(self) -> str:
        """Begin to serve; the address to open.

        Raises:
            OSError: the port is taken.
        """
        from websockets.asyncio.server import serve

        # The origin can be checked once the port is known: nobody knows the token before.
        self._server = await serve(
            self._visit,
            LOOPBACK,
            self._port,
            process_request=self._request,
            max_size=LONGEST_MESSAGE,
            max_queue=4,
            compression=None,
            server_header=None,
            open_timeout=5,
            close_timeout=2,
            ping_interval=10,
            ping_timeout=10,
        )
        port = self._server.sockets[0].getsockname()[1]
        self._hosts = (f"{LOOPBACK}:{port}", f"localhost:{port}")
        return f"http://{self._hosts[0]}/{self._token}/"

    async def close(self) -> None:
        """Close every page's connection, and serve no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    # ------------------------------------------------------------------ requests

    def _request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer a request that is not for the screen, or refuse it; None lets it through."""
        hosts = request.headers.get_all("Host")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return _answer(HTTPStatus.MISDIRECTED_REQUEST, "this host is not served here\n")
        page, screen = f"/{self._token}/", f"/{self._token}/screen"
        path = request.path.encode("utf-8", "surrogateescape")
        if compare_digest(path, page.encode()):
            return self._paged()
        if not compare_digest(path, screen.encode()):
            return _answer(HTTPStatus.NOT_FOUND, "there is nothing here\n")
        origins = request.headers.get_all("Origin")
        if len(origins) != 1 or origins[0] not in {f"http://{host}" for host in self._hosts}:
            return _answer(HTTPStatus.FORBIDDEN, "only the page itself may open the screen\n")
        return None

    def _paged(self) -> Response:
        nonce = self._nonce()
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
            f"connect-src {' '.join(f'ws://{host}' for host in self._hosts)}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        page = self._page.replace("NONCE", nonce)
        return _answer(HTTPStatus.OK, page, "text/html; charset=utf-8", policy)

    # ------------------------------------------------------------------ a visitor

    async def _visit(self, connection: ServerConnection) -> None:
        if self.visitors >= MOST_VISITORS:
            await connection.close(1013, FULL)
            return
        self.visitors += 1
        try:
            await self._show(connection)
        finally:
            self.visitors -= 1

    async def _show(self, connection: ServerConnection) -> None:
        """Show the screens until the visitor leaves or goes; a page says its size first."""
        from websockets.exceptions import ConnectionClosed

        try:
            size = size_of(_read(await asyncio.wait_for(connection.recv(), SIZE_WITHIN_S)))
        except (TimeoutError, ConnectionClosed):
            size = None
        if size is None:
            await connection.close(1008, NOT_OURS)
            return
        app = self._app_of()
        tasks = [
            asyncio.create_task(app.run_async(headless=True, size=size)),
            asyncio.create_task(self._hear(connection, app)),
            asyncio.create_task(self._tell(connection, app)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            app.exit()
            for task in tasks[1:]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.to_thread(app.look_no_more)
            with suppress(ConnectionClosed):
                await connection.close(1000, "left: reload the page to look again")

    async def _hear(self, connection: ServerConnection, app: VisitorApp) -> None:
        """Take keys, sizes and the mouse; a page that floods or says anything else is closed."""
        from websockets.exceptions import ConnectionClosed

        loop = asyncio.get_running_loop()
        second, heard = 0, 0
        with suppress(ConnectionClosed):
            async for text in connection:
                now = int(loop.time())
                heard = heard + 1 if now == second else 1
                second = now
                if heard > MOST_A_SECOND or not app.take(_read(text)):
                    await connection.close(1008, NOT_OURS)
                    return

    async def _tell(self, connection: ServerConnection, app: VisitorApp) -> None:
        """Hand out what changed; one that reads slowly gets fewer pictures, never older ones."""
        from websockets.exceptions import ConnectionClosed

        with suppress(ConnectionClosed):
            while True:
                try:
                    await asyncio.wait_for(app.drawn.wait(), BEAT_S)
                except TimeoutError:
                    await connection.send("{}")
                    continue
                app.drawn.clear()
                if app.is_running and app.screen_stack:
                    await connection.send(json.dumps(app.changes(), separators=(",", ":")))


def _read(text: str | bytes) -> Any:
    """What a page says; None where it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _answer(
    status: HTTPStatus, text: str, kind: str = "text/plain; charset=utf-8", policy: str = ""
) -> Response:
    from websockets.datastructures import Headers
    from websockets.http11 import Response

    body = text.encode()
    headers = Headers(
        {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Content-Security-Policy": policy or "default-src 'none'; frame-ancestors 'none'",
            "Cache-Control": "no-store",
            "Connection": "close",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
    )
    return Response(status.value, status.phrase, headers, body)
