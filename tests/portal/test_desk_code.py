"""The portal's first page takes a code, for whoever has no link at hand. N22."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from console.api import board
from console.api.operation import ById
from console.store.schema import Invitation
from tests.conftest import RunningSite
from tests.portal.conftest import Judged


def test_N22_a_code_is_typed_and_leads_to_ones_own_page(
    running: RunningSite, built: Path, phone: Any
) -> None:
    person = running.add_employee()
    running.invite(person)
    with running.store().read() as tx:
        mine = sa.select(Invitation.id).where(Invitation.employee_id == person.id)
        row_id = tx.scalars(mine).one()
    made = running.client.call(board.make_code, ById(id=row_id))
    phone.goto(made.address)
    judged = Judged(phone, built)
    judged.judge("Enter your code")
    code = phone.get_by_label("Code of 8 letters and digits")
    assert code.evaluate("field => field === document.activeElement")
    code.fill("aaaa aaaa")
    phone.keyboard.press("Enter")
    phone.get_by_text("This code is not valid, or not valid any more.").wait_for()
    assert phone.get_by_role("heading", name="Enter your code").is_visible(), "to try again"
    judged.judge("Enter your code")
    code.fill(made.code.lower())
    phone.keyboard.press("Enter")
    phone.get_by_role("heading", name=f"Before you start, {person.first_name}").wait_for()
    assert phone.url.endswith("/e"), "a page that is loaded again asks for no code"
    phone.reload()
    phone.get_by_role("button", name="I agree, start").wait_for()
    assert judged == {}
