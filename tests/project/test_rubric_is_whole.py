"""Every point of the operator's rubric has a test named after it, and no test a point that is not there."""

from __future__ import annotations

import re
from pathlib import Path


def test_each_of_the_twenty_points_has_tests_named_after_it(project_root: Path) -> None:
    page = (project_root / "docs" / "rubric.md").read_text()
    points = re.findall(r"^\| (\d\d) \|", page, re.MULTILINE)
    assert points == [f"{number:02}" for number in range(1, 21)]
    named: set[str] = set()
    for path in (project_root / "tests").rglob("test_*.py"):
        named |= set(
            re.findall(r"^(?:async )?def test_rubric_(\d\d)_", path.read_text(), re.MULTILINE)
        )
    assert named == set(points)
