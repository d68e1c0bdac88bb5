"""Runs doctored with secrets and with characters that control a terminal are caught."""

from __future__ import annotations

import pytest

from tests.support.doctored_runs import caught
from tests.support.recorded_run import RecordedRun


@pytest.mark.parametrize(
    "text",
    [
        "api_key=abcd1234", "password: hunter22", "Authorization: Basic dXNlcjpw",
        "Bearer abcdefgh12345678", "https://ada:secretword@host/path", "AKIAABCDEFGHIJKLMNOP",
        "sk-abcdefghijklmnop1234", "eyJhbGciOiJI.eyJzdWIiOiIx", "-----BEGIN PRIVATE KEY-----",
        "aB3dEf6hIj9lMn2pQr5tUv8xYz1bCd4fGh7jKl0n",
    ],
)  # fmt: skip
def test_15_a_secret_in_any_text_is_caught(calm: RecordedRun, text: str) -> None:
    calm.rows("OrderEnded")[3]["reason"] = f"rejected: {text}"
    caught(calm, 15, "reason of row")


@pytest.mark.parametrize("text", ["\x1b[2Jgone", "two\nlines", "\u202eleft", "\u200bhidden"])
def test_15_a_character_that_moves_a_terminal_is_caught(calm: RecordedRun, text: str) -> None:
    calm.rows("OrderEnded")[3]["reason"] = text
    caught(calm, 15, "the character U+")


def test_15_a_secret_deep_in_the_settings_is_caught(calm: RecordedRun) -> None:
    calm.rows("SessionStarted")[0]["settings"]["broker"] = [{"api_key": "abcdefgh"}]
    caught(calm, 15, "the value of a secret")
