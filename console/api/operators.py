"""Operators: first run, sign-in, sign-out, and what each of them may do."""

import msgspec

from console.api.operation import ADMIN, ANYONE, Nothing, Principal, operation
from console.domain.operators import Role


class SetUp(msgspec.Struct, frozen=True, kw_only=True):
    """The first operator and the site's name. Accepted once, while there is no operator."""

    username: str
    name: str
    password: str
    site: str


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """A username and its password."""

    username: str
    password: str


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session was opened. token: signs all further calls."""

    token: str
    username: str
    name: str
    role: Role
    can_enrol: bool


class OperatorRow(msgspec.Struct, frozen=True, kw_only=True):
    """An operator as the list shows them.

    can_enrol: the right “Can Enroll Others”, for roles that work at the desk; employee: the number
    of the employee that they are, "" if they are none; employee_name: their name.
    """

    id: str
    username: str
    name: str
    role: Role
    can_enrol: bool
    active: bool
    employee: str = ""
    employee_name: str = ""


class Operators(msgspec.Struct, frozen=True, kw_only=True):
    """All operators."""

    rows: list[OperatorRow]


class SaveOperator(msgspec.Struct, frozen=True, kw_only=True):
    """The new data of an operator.

    id: empty for a new operator, who needs a password; for others, an empty password keeps the
    current one. employee: the number of the employee that they are, "" for none.
    """

    id: str
    username: str
    name: str
    role: Role
    can_enrol: bool
    active: bool = True
    password: str = ""
    employee: str = ""


set_up = operation("operators.set_up", SetUp, SignedIn, principal=Principal.ANYBODY)
sign_in = operation("operators.sign_in", SignIn, SignedIn, principal=Principal.ANYBODY)
sign_out = operation("operators.sign_out", Nothing, Nothing, ANYONE)
list_operators = operation("operators.list", Nothing, Operators, ADMIN)
save_operator = operation("operators.save", SaveOperator, OperatorRow, ADMIN)
