"""Other operators of a site: added as an administrator adds them, and signed in."""

from console.api import operators
from console.api.client import Client
from console.api.operation import ById, Nothing
from console.demo.site import DemoSite
from console.domain.operators import Role
from tests.conftest import PASSWORD, RunningSite


def add_operator(
    site: RunningSite,
    username: str,
    role: Role,
    *,
    name: str = "",
    can_enrol: bool = False,
    employee: str = "",
) -> operators.OperatorRow:
    """An operator who has chosen PASSWORD."""
    save = operators.SaveOperator(
        id="",
        username=username,
        name=name or username.title(),
        role=role,
        can_enrol=can_enrol,
        employee=employee,
    )
    row = site.client.call(operators.save_operator, save)
    given = site.client.call(operators.reset_password, ById(id=row.id))
    with site.demo.client() as client:
        client.sign_in(username, given.password)
        change = operators.ChangePassword(current=given.password, new=PASSWORD)
        client.call(operators.change_password, change)
        client.call(operators.sign_out, Nothing())
    return row


def signed_in(demo: DemoSite, username: str, password: str = PASSWORD) -> Client:
    """A client of this operator."""
    client = demo.client()
    client.sign_in(username, password)
    return client
