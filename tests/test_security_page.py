"""The page about security names tests that are there."""

import re

from tests.conftest import ROOT

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_each_test_that_the_page_names_is_there() -> None:
    named = NAMED.findall((ROOT / "docs" / "security.md").read_text("utf-8"))
    assert len(named) > 20
    for file, name in named:
        text = (ROOT / file).read_text("utf-8")
        assert f"def {name}(" in text, f"{file}::{name}"


def test_each_requirement_that_it_lists_names_its_test() -> None:
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    (_, listed) = text.split("| --- | --- | --- |\n")[-2:]
    rows = [line for line in listed.splitlines() if line.startswith("|")]
    assert rows
    assert all(NAMED.search(row) for row in rows)
