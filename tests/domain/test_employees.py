"""Employees: checking fields, and what is said of those who belong nowhere."""

import re
from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from console.domain.employees import EMAIL, EmployeeFields, checked_employee, describe_absent
from console.domain.errors import Invalid
from console.domain.validity import Standing

GOOD = EmployeeFields("1042", "Nur", "Aisyah", "nur@example.com", "Warehouse")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": ""}, "number"),
        ({"number": "12 34"}, "number"),
        ({"number": "1" * 25}, "number"),
        ({"number": "12\t"}, None),
        ({"email": "nobody"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"email": "a@b.example, c@d.example"}, "email"),
        ({"email": "nur(x)@example.com"}, "email"),
        ({"email": "nur@example.com(x)"}, "email"),
        ({"email": "nur:group@example.com"}, "email"),
        ({"email": "nur..a@example.com"}, "email"),
        ({"email": ".nur@example.com"}, "email"),
        ({"email": "nur@-example.com"}, "email"),
        ({"email": "nur@[127.0.0.1]"}, "email"),
        ({"email": "nur\\@example.com"}, "email"),
        ({"first_name": "", "last_name": " "}, "last_name"),
        ({"last_name": "x" * 81}, "last_name"),
        ({"department": "a\nb"}, "department"),
    ],
)
def test_bad_fields_are_named_with_what_to_do(change: dict[str, str], field: str | None) -> None:
    values = {
        name: getattr(GOOD, name)
        for name in ("number", "first_name", "last_name", "email", "department")
    } | change
    if field is None:
        assert checked_employee(EmployeeFields(**values)).number == "12"
        return
    with pytest.raises(Invalid) as refused:
        checked_employee(EmployeeFields(**values))
    assert refused.value.field == field
    assert refused.value.message.endswith((".", "com"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "1" * 24}, ""),
        ({"first_name": "x" * 80}, ""),
        ({"first_name": "x" * 81}, "first_name"),
        ({"first_name": ""}, ""),
        ({"last_name": ""}, ""),
        ({"email": ""}, ""),
        ({"email": "n" * (254 - len("@example.com")) + "@example.com"}, ""),
        ({"email": "n" * (255 - len("@example.com")) + "@example.com"}, "email"),
    ],
)
def test_bounds_are_what_they_say(change: dict[str, str], field: str) -> None:
    fields = replace(GOOD, **change)  # type: ignore[arg-type]  # only texts
    if not field:
        assert checked_employee(fields) == fields
        return
    with pytest.raises(Invalid) as refused:
        checked_employee(fields)
    assert refused.value.field == field


@given(st.from_regex(re.compile(EMAIL.pattern, re.ASCII), fullmatch=True))
def test_PE6_the_email_goes_to_exactly_the_address_that_was_checked(address: str) -> None:
    assume(len(address) <= 60)
    message = EmailMessage()
    message["To"] = address
    assert [one.addr_spec for one in message["To"].addresses] == [address]


@pytest.mark.parametrize("address", ["jörg@example.com", "tan@müller.example", "o'neil+x@a-b.co"])
def test_PE6_addresses_of_all_languages_are_kept(address: str) -> None:
    assert checked_employee(replace(GOOD, email=address)).email == address


def test_an_inactive_employee_stays_so_when_the_fields_are_checked() -> None:
    assert checked_employee(replace(GOOD, active=False)).active is False


@pytest.mark.parametrize(
    ("standing", "terminals", "settled", "text"),
    [
        (Standing.LEFT, 0, True, "Left"),
        (Standing.LEFT, 1, True, "Left, still on 1 terminal"),
        (Standing.NO_LONGER, 2, True, "No longer valid, still on 2 terminals"),
        (Standing.NOT_YET, 0, True, "Not valid yet"),
        (Standing.BARRED, 1, True, "May not log in, still on 1 terminal"),
        (Standing.LEFT, 0, False, "Left, terminals are updated next"),
    ],
)
def test_TE2_who_belongs_nowhere_is_said_gone_only_when_that_is_known(
    standing: Standing, terminals: int, settled: bool, text: str
) -> None:
    assert describe_absent(standing, terminals, settled=settled) == text
