"""Small, believable mistakes in a module: the mutants that its tests should notice."""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
}


@dataclass(frozen=True)
class Mutant:
    """One change of one module. place: which of the changes that `changes` yields."""

    path: str
    line: int
    place: int
    change: str


def changes(tree: ast.Module) -> Iterator[tuple[ast.AST, str, Callable[[], None]]]:
    """Every change: its node, what it does in words, and how it is made in this tree."""
    for node in _code(tree):
        if isinstance(node, ast.Compare):
            for place, operator in enumerate(node.ops):
                new = SWAPPED[type(operator)]()
                yield node, _swap(operator, new), _setter(node.ops, place, new)
        elif isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign):
            if type(node.op) in SWAPPED:
                new = SWAPPED[type(node.op)]()
                yield node, _swap(node.op, new), _attribute(node, "op", new)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node, "without not", _attribute(node, "op", ast.UAdd())
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield node, f"{not node.value}", _attribute(node, "value", not node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            yield node, f"{node.value + 1}", _attribute(node, "value", node.value + 1)
        elif isinstance(node, ast.If | ast.IfExp | ast.While):
            yield node, "condition False", _attribute(node, "test", ast.Constant(False))
        elif isinstance(node, ast.Return) and node.value is not None:
            if not (isinstance(node.value, ast.Constant) and node.value.value is None):
                yield node, "return None", _attribute(node, "value", ast.Constant(None))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield node, "call left out", _attribute(node, "value", ast.Constant(None))


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that are run, without annotations and what only type checkers read."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_params"):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if name == "decorator_list" and "dataclass" in ast.unparse(value):
            continue  # whether it is frozen is for type checkers, too
        if isinstance(node, ast.Assign) and _is_union(node.value):
            return
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child
                yield from _code(child)


def _is_union(value: ast.expr) -> bool:
    """Whether it names a union of types: no tests run it, only type checkers read it."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr):
        return _is_union(value.left) and _is_union(value.right)
    return isinstance(value, ast.Name) and value.id[:1].isupper() and not value.id.isupper()


def _swap(old: ast.AST, new: ast.AST) -> str:
    return f"{type(old).__name__} -> {type(new).__name__}"


def _setter(items: list[ast.cmpop], place: int, new: ast.AST) -> Callable[[], None]:
    return lambda: items.__setitem__(place, new)  # type: ignore[call-overload]  # a cmpop, always


def _attribute(node: ast.AST, name: str, new: object) -> Callable[[], None]:
    return lambda: setattr(node, name, new)


def mutants_of(path: str, source: str) -> list[Mutant]:
    """All mutants of a module, in the order of its nodes."""
    return [
        Mutant(path, getattr(node, "lineno", 0), place, change)
        for place, (node, change, _) in enumerate(changes(ast.parse(source)))
    ]


def mutated(source: str, mutant: Mutant) -> ast.Module:
    """The module's tree with this change."""
    tree = copy.deepcopy(ast.parse(source))
    for place, (_, _, make) in enumerate(changes(tree)):
        if place == mutant.place:
            make()
            break
    return ast.fix_missing_locations(tree)
