"""Operators: first run, sign-in, passwords, sessions, and what each of them may do."""

from datetime import datetime
from enum import StrEnum

import msgspec

from console.api.operation import ADMIN, ANYONE, ById, Nothing, Principal, operation
from console.domain.operators import Role


class SetUp(msgspec.Struct, frozen=True, kw_only=True):
    """The first operator and the site's name. Accepted once, while there is no operator."""

    username: str
    name: str
    password: str
    site: str


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """A username and its password. computer: where this is, for the list of sessions.

    code: of the second factor, or for recovery; "" is answered by `second_factor_needed` where
    there has to be one.
    """

    username: str
    password: str
    computer: str = ""
    code: str = ""


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session was opened. token: signs all further calls.

    must_change: the password is a temporary one; nothing else is answered before it is changed.
    must_set_up: so it is with a second factor, which they need and do not have.
    """

    token: str
    username: str
    name: str
    role: Role
    can_enrol: bool
    must_change: bool = False
    must_set_up: bool = False


class PasswordState(StrEnum):
    """What kind of password an operator has."""

    NONE = "none"
    TEMPORARY = "temporary"
    RUN_OUT = "run out"
    OWN = "own"


class FactorState(StrEnum):
    """Whether an operator has a second factor."""

    NONE = "none"
    MISSING = "missing"
    SET_UP = "set up"


class OperatorRow(msgspec.Struct, frozen=True, kw_only=True):
    """An operator as the list shows them.

    can_enrol: the right “Can Enroll Others”, for roles that work at the desk; employee: the number
    of the employee that they are, "" if they are none; employee_name: their name; password: what
    kind of password they have; second_factor: they need one, whatever the site wants of everybody;
    factor: whether they have one.
    """

    id: str
    username: str
    name: str
    role: Role
    can_enrol: bool
    active: bool
    employee: str = ""
    employee_name: str = ""
    password: PasswordState = PasswordState.OWN
    second_factor: bool = False
    factor: FactorState = FactorState.NONE


class Operators(msgspec.Struct, frozen=True, kw_only=True):
    """All operators. factor_for_all: every one of them needs a second factor."""

    rows: list[OperatorRow]
    factor_for_all: bool = False


class SaveOperator(msgspec.Struct, frozen=True, kw_only=True):
    """The new data of an operator.

    id: empty for a new operator, who gets a password by `reset_password`. employee: the number of
    the employee that they are, "" for none.
    """

    id: str
    username: str
    name: str
    role: Role
    can_enrol: bool
    active: bool = True
    employee: str = ""
    second_factor: bool = False


class ChangePassword(msgspec.Struct, frozen=True, kw_only=True):
    """The caller's own password. current: the one that they signed in with."""

    current: str
    new: str


class BeginSecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for a second factor of one's own, in place of one that there may be."""

    password: str


class SecondFactorOffer(msgspec.Struct, frozen=True, kw_only=True):
    """It counts once a code was typed back. link: what the picture for the app says.

    secret: the same, to be typed into the app.
    """

    link: str
    secret: str


class SecondFactorCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that the app shows."""

    code: str


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Each signs in once without the app. They are shown once."""

    codes: list[str]


class SecondFactorRule(msgspec.Struct, frozen=True, kw_only=True):
    """Whether every operator needs a second factor."""

    for_all: bool


class TemporaryPassword(msgspec.Struct, frozen=True, kw_only=True):
    """A password that has to be changed at the next sign-in, until then. It is shown once."""

    username: str
    password: str
    until: datetime


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is signed in. computer: as their console says; own: the caller's session."""

    id: str
    name: str
    username: str
    computer: str
    since: datetime
    seen: datetime
    own: bool


class Sessions(msgspec.Struct, frozen=True, kw_only=True):
    """The sessions that go on: the caller's, and for administrators everybody's."""

    rows: list[SessionRow]


class RecoveryQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question that only the recovery key answers: what is sealed to it (HPKE)."""

    id: str
    sealed: bytes


class Recover(msgspec.Struct, frozen=True, kw_only=True):
    """Asks for a temporary password of an administrator.

    answer: `recovery_pair.proof_of` what was sealed. The recovery key itself never leaves the
    console.
    """

    id: str
    answer: bytes
    username: str


class ReadWarnings(msgspec.Struct, frozen=True, kw_only=True):
    """The caller has read the warnings to all operators. until: the newest entry that was shown."""

    until: int


set_up = operation("operators.set_up", SetUp, SignedIn, principal=Principal.ANYBODY)
sign_in = operation("operators.sign_in", SignIn, SignedIn, principal=Principal.ANYBODY)
sign_out = operation(
    "operators.sign_out", Nothing, Nothing, ANYONE, with_temporary=True, without_factor=True
)
ask_recovery = operation(
    "operators.ask_recovery", Nothing, RecoveryQuestion, principal=Principal.ANYBODY
)
recover = operation("operators.recover", Recover, TemporaryPassword, principal=Principal.ANYBODY)
list_operators = operation("operators.list", Nothing, Operators, ADMIN)
save_operator = operation("operators.save", SaveOperator, OperatorRow, ADMIN)
reset_password = operation("operators.reset_password", ById, TemporaryPassword, ADMIN)
change_password = operation(
    "operators.change_password",
    ChangePassword,
    Nothing,
    ANYONE,
    with_temporary=True,
    without_factor=True,
)
begin_second_factor = operation(
    "operators.begin_second_factor",
    BeginSecondFactor,
    SecondFactorOffer,
    ANYONE,
    without_factor=True,
)
confirm_second_factor = operation(
    "operators.confirm_second_factor",
    SecondFactorCode,
    RecoveryCodes,
    ANYONE,
    without_factor=True,
)
reset_second_factor = operation("operators.reset_second_factor", ById, Nothing, ADMIN)
require_second_factor = operation(
    "operators.require_second_factor", SecondFactorRule, Nothing, ADMIN
)
list_sessions = operation("operators.sessions", Nothing, Sessions, ANYONE)
end_session = operation("operators.end_session", ById, Nothing, ANYONE)
read_warnings = operation("operators.read_warnings", ReadWarnings, Nothing, ANYONE)
