"""`legdesk observe`: the screens of a desk that another process runs, to look at."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from tui.cli.control import desk_options, folders_of
from tui.cli.errors import CRASHED, OK, PROBLEM, complain, logged, refuse_without_terminal
from tui.cli.options import configuration

if TYPE_CHECKING:
    from engine.config import DeskConfig
    from engine.runs.observing import ObservedDesk

FIRST_WITHIN_S: Final = 0.1
"""Real seconds between two looks whether the desk has come."""

Command = TypeVar("Command", bound=Callable[..., Any])


@click.command()
@desk_options
@click.option("--web", is_flag=True, help="Serve a page for a browser of this machine instead.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="Of --web: the port; a free one by default."
)
@click.option("--theme", help="Colours: a theme's name.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII alone.")
def observe(web: bool, port: int | None, theme: str | None, ascii_only: bool, **where: Any) -> int:
    """Look at a running desk on its own screens, from another terminal; nothing here acts on it.

    Any number may look at once, also over ssh. It waits for a desk that does not run yet, and finds
    it again after it was away. With --web a page shows the same screens, on this machine's loopback
    address alone, to whoever has the address that is printed; Ctrl-C ends it.
    """
    config = configuration(where["config_file"], where["state_dir"], theme=theme)
    if port is not None and not web:
        raise click.UsageError("--port is for --web")
    if web:
        _require_websockets()
    else:
        refuse_without_terminal("run in one (ssh -t), or use `legdesk status --json`")
    from engine.runs.observing import observed_desk
    from tui.lifecycle import prepare

    prepare("SIM", os.environ)  # a screen that only looks presses nothing on a real account
    with logged(config) as died:
        desk = observed_desk(folders_of(where), where["run"])
        desk.start()
        if not seen(desk):
            return PROBLEM
        show = _served if web else _shown
        last, code = show(config, desk, ascii_only, port or 0)
    click.echo(last)
    return CRASHED if code or died else OK


def seen(desk: ObservedDesk) -> bool:
    """Wait for the desk's first snapshot, and say for what; False where none can be shown.

    Raises:
        click.UsageError: several desks run, and none was chosen.
    """
    from engine.runs.observing import LOOKING, SEVERAL

    told = LOOKING
    while not desk.wait(FIRST_WITHIN_S):
        why = desk.lost
        if why.startswith(SEVERAL):
            desk.stop()
            raise click.UsageError(why)
        if desk.other_version:
            desk.stop()
            complain(why)
            return False
        if why and why != told:
            told = why
            complain(f"{why}; waiting for it, Ctrl-C leaves")
    return True


def _require_websockets() -> None:
    from importlib.util import find_spec

    if find_spec("websockets") is None:
        raise click.UsageError("--web needs websockets: pip install 'legdesk[web]'")


def _served(config: DeskConfig, desk: ObservedDesk, ascii_only: bool, port: int) -> tuple[str, int]:
    """Serve the page until Ctrl-C or the signal to end."""
    import asyncio

    from tui.cli.screen import checked_themes

    themes = checked_themes(config)

    async def serve() -> None:
        from secrets import token_urlsafe

        from tui.web.server import WebScreens
        from tui.web.visitor import VisitorApp

        def app_of() -> VisitorApp:
            return VisitorApp(desk, config, themes=themes, ascii_only=ascii_only)

        screens = WebScreens(app_of, token_urlsafe(32), lambda: token_urlsafe(16), port)
        try:
            address = await screens.open()
        except OSError as error:
            raise click.UsageError(
                f"port {port} cannot be served: {error.strerror or error}; choose another --port"
            ) from None
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        click.echo(address)
        complain("whoever has this address can look, and nobody can act; Ctrl-C ends the page")
        await ended.wait()
        await screens.close()

    try:
        asyncio.run(serve())
    finally:
        last = desk.stop()
    return last, 0


def _shown(config: DeskConfig, desk: ObservedDesk, ascii_only: bool, port: int) -> tuple[str, int]:
    from tui.cli.screen import checked_themes
    from tui.lifecycle import run
    from tui.observing import ObserverApp

    app = ObserverApp(desk, config, themes=checked_themes(config), ascii_only=ascii_only)
    last = run(app)
    return last, app.return_code or 0
