"""Whatever the service refuses is said through the catalogue, so in the caller's language. T21."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.catalogue import catalogue_of
from console.domain import errors
from console.domain.backups import Damaged
from console.domain.kept_texts import said
from console.domain.language import CHINESE, speaking
from console.domain.updates import why_not_installed
from console.service.backups.checkpoints import LOST
from console.service.backups.making import NOT_FINISHED
from console.service.email_server import EmailFailed, ascii_address
from tests.conftest import ROOT

KINDS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.DomainError)
}
ROOMS = ("operations", "people", "enrolment", "backups", "updates")
FILES = sorted(
    path for room in ROOMS for path in (ROOT / "console" / "service" / room).glob("*.py")
)


def sentences(call: ast.Call) -> Iterator[ast.expr]:
    """What an error says: the argument behind the field of Invalid, and the first of others."""
    place = 1 if getattr(call.func, "id", "") == "Invalid" else 0
    if len(call.args) > place:
        said = call.args[place]
        yield from (said.body, said.orelse) if isinstance(said, ast.IfExp) else (said,)


def bare_names(function: ast.AST) -> set[str]:
    """Variables that hold a text as it stands in the source."""
    return {
        target.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.JoinedStr)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def unsaid(path: Path) -> Iterator[str]:
    """Errors whose sentence is a text of the source, not one of the catalogue."""
    tree = ast.parse(path.read_text("utf-8"))
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    for function in functions:
        bare = bare_names(function)
        for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
            if getattr(call.func, "id", "") in KINDS:
                for text in sentences(call):
                    constant = isinstance(text, ast.Constant | ast.JoinedStr | ast.BinOp)
                    filled = getattr(getattr(text, "func", None), "attr", "") == "format"
                    named = isinstance(text, ast.Name) and (text.id in bare or text.id.isupper())
                    if constant or filled or named:
                        yield f"{path.name}:{call.lineno}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_T21_every_refusal_is_said_in_the_language_of_the_caller(path: Path) -> None:
    assert list(unsaid(path)) == []


def test_T21_a_sentence_that_is_not_of_the_catalogue_is_found(tmp_path: Path) -> None:
    file = tmp_path / "example.py"
    file.write_text(
        "def f(n):\n"
        "    text = 'No.'\n"
        "    raise Conflict(text)\n"
        "    raise Conflict(f'No {n}.')\n"
        "    raise Invalid('field', WRONG)\n"
        "    raise Invalid('field', WRONG.format(n=n))\n"
        "    raise Conflict(tr('No {n}.', n=n))\n"
        "    raise Invalid('field', tr(WRONG))\n"
    )
    assert list(unsaid(file)) == ["example.py:3", "example.py:4", "example.py:5", "example.py:6"]


def no_such_domain() -> str:
    with pytest.raises(EmailFailed) as failed:
        ascii_address("a@xn--zz.example")
    return str(failed.value)


KEPT = [
    (no_such_domain, "Email cannot be sent to the domain “xn--zz.example”."),
    (lambda: Damaged("a.backup").message, "a.backup is damaged."),
    (lambda: why_not_installed(None), "The update was not installed, and its set-up left"),
    (lambda: why_not_installed(4), "The update was not installed. The databases could not be"),
    (lambda: LOST.format(file="/mnt/a", at="2026-11-27 14:05", seq=7), "Checkpoints of the audit"),
    (lambda: NOT_FINISHED.format(problem="No space left"), "The last backup did not finish"),
]


@pytest.mark.parametrize(("problem", "english"), KEPT)
def test_T21_what_is_kept_is_english_and_is_said_again_to_whoever_asks(
    problem: Callable[[], str], english: str
) -> None:
    with speaking(catalogue_of(CHINESE)):
        kept = problem()
        assert kept.startswith(english), "whoever set it off speaks Chinese"
        assert re.search("[㐀-鿿]", said(kept)) and english not in said(kept)
    assert said(kept) == kept
