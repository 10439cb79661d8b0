"""Operators: first run, sign in, sign out."""

import msgspec

from console.api.operation import ANYONE, Nothing, operation
from console.domain.operators import Role


class SetUp(msgspec.Struct, frozen=True):
    """The first operator and the site's name. Accepted once, while there is no operator."""

    username: str
    name: str
    password: str
    site: str


class SignIn(msgspec.Struct, frozen=True):
    username: str
    password: str


class Session(msgspec.Struct, frozen=True):
    token: str
    username: str
    name: str
    role: Role


set_up = operation("operators.set_up", SetUp, Session, None)
sign_in = operation("operators.sign_in", SignIn, Session, None)
sign_out = operation("operators.sign_out", Nothing, Nothing, ANYONE)
