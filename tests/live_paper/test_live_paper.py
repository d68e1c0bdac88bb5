"""By a person with keys: what only a paper account at Alpaca itself can show, as a report to paste.

    .venv/bin/pytest -m live_paper -s

It takes twenty minutes at most, in a session of the New York exchanges. Keys are those that
`legdesk login alpaca --paper` keeps, or the environment has. Nothing but the paper host is called;
what is bought is sold again. CONTRIBUTING.md says what to do with what it leaves in `build`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from engine.brokers.alpaca.hosts import HOSTS
from engine.brokers.http.secrets import Credentials, SecretsError, system_keyring
from engine.config import ConfigError, DeskConfig
from engine.gateway.keys import keys_of
from engine.market.clock import SystemClock
from tests.support.paper_orders import Pace
from tests.support.paper_visit import PaperVisit, VisitError
from tui.cli.gateway import on_account
from tui.cli.options import configuration

PACE = Pace()


def keys() -> tuple[DeskConfig, Credentials]:
    """The settings and the keys of this machine's user; skips where there are none."""
    try:
        config = on_account(configuration(), "alpaca", paper=True)
    except ConfigError as error:
        pytest.fail(str(error), pytrace=False)
    try:
        return config, keys_of(config, os.environ, system_keyring())
    except (ConfigError, SecretsError) as error:
        pytest.skip(str(error))


@pytest.mark.live_paper
def test_a_paper_account_is_as_it_is_assumed(project_root: Path) -> None:
    config, credentials = keys()
    folder = project_root / "build" / "live_paper" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    hosts, clock = HOSTS["PAPER"], SystemClock()
    feed, proxy = config.broker.feed, config.broker.proxy
    visit = PaperVisit(hosts, credentials, clock, folder / "raw", PACE, feed=feed, proxy=proxy)
    try:
        visit.run()
    except VisitError as error:
        pytest.fail(str(error), pytrace=False)
    finally:
        report = visit.findings.report()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.md").write_text(report)
        print(f"\n{report}\nIt is kept in {folder / 'report.md'}, what came in {folder / 'raw'}")
    otherwise = visit.findings.otherwise()
    if otherwise:
        pytest.fail(f"not as it is assumed: {', '.join(otherwise)}", pytrace=False)
