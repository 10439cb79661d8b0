"""Whatever the service refuses is said through the catalogue, so in the caller's language. T21."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.domain import errors
from tests.conftest import ROOT

KINDS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.DomainError)
}
ROOMS = ("operations", "people", "enrolment", "backups", "updates")
FILES = sorted(
    path
    for room in ROOMS
    for path in (ROOT / "console" / "service" / room).glob("*.py")
    if not path.name.startswith("login_")
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
                for said in sentences(call):
                    constant = isinstance(said, ast.Constant | ast.JoinedStr | ast.BinOp)
                    filled = getattr(getattr(said, "func", None), "attr", "") == "format"
                    named = isinstance(said, ast.Name) and (said.id in bare or said.id.isupper())
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
