"""The texts that a page of the console can show, read from its sources."""

import ast
from functools import cache

from tests.conftest import ROOT

ROOMS = ("console.desktop.", "console.domain.", "console.qt.")


@cache
def _module(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """(texts, modules of these rooms that it imports)."""
    path = ROOT / (name.replace(".", "/") + ".py")
    if not path.is_file():
        return frozenset(), frozenset()
    texts, imports = set(), set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.add(node.value)
        elif isinstance(node, ast.ImportFrom) and node.module:
            imports.add(node.module)
    return frozenset(texts), frozenset(one for one in imports if one.startswith(ROOMS))


def texts_of(name: str) -> set[str]:
    """Those of a module and of all parts that it is built of, down to the words of the domain.

    Another page that it leads to is not a part of it.
    """
    found: set[str] = set()
    seen, waiting = set(), [name]
    while waiting:
        module = waiting.pop()
        if module in seen or (module != name and _is_another_page(module)):
            continue
        seen.add(module)
        texts, imports = _module(module)
        found |= texts
        waiting += imports
    return found


def _is_another_page(module: str) -> bool:
    return module.startswith("console.desktop.pages.") and module.rpartition(".")[2] in PAGES


PAGES = frozenset(
    path.stem
    for path in (ROOT / "console/desktop/pages").glob("*.py")
    if "(Page):" in path.read_text("utf-8")
)
"""The modules of pages; others in this folder are parts of them."""
