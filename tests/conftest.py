"""Fixtures for every test: where the recorded sessions are, and Hypothesis without a stopwatch."""

import gc
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.open_journals import let_go

PROJECT = Path(__file__).resolve().parent.parent

# Two busy cores make single examples slow without making them wrong.
settings.register_profile("desk", deadline=None)
settings.load_profile("desk")

# Half a million objects are made before the first test and stay to the end: walking them in every whole round of the
# collector took a fifth of the tests' time, a quarter on screens.
gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Take what modules and tests are made of out of the garbage collector's rounds."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Look once through what tests left behind; pytest goes through what is not frozen five times."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def project_root() -> Path:
    """Return the root folder of the checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of recorded quotes and golden cases, or skip where it is absent.

    The folder is `$LEGDESK_DATA` if set, else `../shared/data` beside the checkout.
    """
    chosen = os.environ.get("LEGDESK_DATA")
    folder = Path(chosen) if chosen else PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the recorded sessions are not on this machine (set LEGDESK_DATA)")
    return folder


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder of this test's; pytest's own looks for a free number through all of them."""
    name = re.sub(r"\W", "_", request.node.name)[:23]
    return Path(tempfile.mkdtemp("", name, tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="module", autouse=True)
def _journals_of_a_module() -> Iterator[None]:
    """Let go of desks in virtual time that the fixtures of a module opened."""
    with let_go():
        yield


@pytest.fixture(autouse=True)
def _journals_of_a_test(_journals_of_a_module: None) -> Iterator[None]:
    """Let go of desks in virtual time that a test opened."""
    with let_go():
        yield
