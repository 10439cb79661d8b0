"""Operators: first run, sign in, sign out; who there is and what each may do."""

import msgspec

from console.api.operation import ADMIN, ANYONE, Nothing, operation
from console.domain.operators import Role


class SetUp(msgspec.Struct, frozen=True, kw_only=True):
    """The first operator and the site's name. Accepted once, while there is no operator."""

    username: str
    name: str
    password: str
    site: str


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    username: str
    password: str


class Session(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    username: str
    name: str
    role: Role
    can_enrol: bool


class OperatorRow(msgspec.Struct, frozen=True, kw_only=True):
    """An operator as the list shows them. can_enrol: the right “Can Enroll Others”, for roles that work at the desk."""

    id: str
    username: str
    name: str
    role: Role
    can_enrol: bool
    active: bool


class Operators(msgspec.Struct, frozen=True, kw_only=True):
    rows: list[OperatorRow]


class SaveOperator(msgspec.Struct, frozen=True, kw_only=True):
    """id empty: a new operator, who needs a password; otherwise an empty password keeps the one there is."""

    id: str
    username: str
    name: str
    role: Role
    can_enrol: bool
    active: bool = True
    password: str = ""


set_up = operation("operators.set_up", SetUp, Session, None)
sign_in = operation("operators.sign_in", SignIn, Session, None)
sign_out = operation("operators.sign_out", Nothing, Nothing, ANYONE)
list_operators = operation("operators.list", Nothing, Operators, ADMIN)
save_operator = operation("operators.save", SaveOperator, OperatorRow, ADMIN)
