"""What the audit log says, in words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.domain.audit_words import ACTS, DETAILS, act_in_words, detail_in_words

SERVICE = Path(__file__).resolve().parents[2] / "console" / "service"


@pytest.mark.parametrize(
    ("action", "detail", "words"),
    [
        ("employee.saved", {"added": True}, "Added the employee"),
        ("employee.saved", {}, "Changed the employee"),
        (
            "employee.saved",
            {"fields": ["email", "may_log_in", "unknown"]},
            "Changed the employee: email address, may log in at terminals",
        ),
        ("consent.given", {"modality": "finger"}, "Consent given: fingers"),
        ("consent.withdrawn", {"modality": "face"}, "Consent withdrawn: face"),
        ("photo.viewed", {}, "Viewed a photo"),
        ("something.new", {}, "something: new"),
    ],
)
def test_a_change_is_told_in_words(action: str, detail: dict[str, object], words: str) -> None:
    assert act_in_words(action, detail) == words


def written_acts() -> Iterator[str]:
    """The acts that the service names where it writes an entry."""
    for path in SERVICE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr == "audit" and node.args:
                parts = [one for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
                yield from (str(one.value) for one in parts if "." in str(one.value)[:-1])


def test_AC10_every_act_has_words_of_its_own() -> None:
    written = set(written_acts())
    assert len(written) > 50
    assert written <= ACTS.keys()


def written_details() -> Iterator[str]:
    """The names under which the program keeps what an entry says besides."""
    for path in SERVICE.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "audit":
                yield from (one.arg for one in node.keywords if one.arg)


def test_AC10_every_detail_has_words_of_its_own() -> None:
    written = set(written_details())
    assert len(written) > 50
    assert written - {"added", "fields", "modality"} <= DETAILS.keys()


def test_details_are_told_without_what_only_the_database_knows() -> None:
    detail = {
        "rows": 1200,
        "other": "0" * 32,
        "reason": "twins",
        "fields": ["email"],
        "active": True,
    }
    assert detail_in_words(detail) == "rows: 1,200 · reason: twins · active: yes"
    assert detail_in_words({"counts": {"new": 3, "same": 0}}) == "counts: new 3, same 0"
