"""What administrators ask of campaigns: looked at, previewed, started, listed; the board. N22."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from console.api import board, campaigns
from console.api.invitations import Those
from console.api.operation import Nothing
from console.api.tasks import TaskState
from console.domain.campaigns import LeftOut, Need
from console.domain.errors import Conflict, Invalid, NotFound
from console.domain.funnel import Stage, Why
from console.domain.invitations import Status
from console.domain.link_acts import Act
from console.domain.link_terms import LinkTerms
from console.domain.operators import Role
from console.service.callers import OperatorCaller
from console.service.enrolment.invitations import Invitations
from console.service.enrolment.link_acts import LinkActs
from console.service.enrolment.link_rules import set_rules
from console.service.operations.board import BoardOperations
from console.service.operations.campaigns import CampaignOperations
from console.service.operations.dispatch import Call
from console.service.settings import EmailServer, LinkRules, Settings, save_settings
from console.service.tasks import RunningTask, Tasks
from console.service.tools import Tools
from console.store.database import Store
from console.store.schema import Employee, Operator
from tests.store.made import NOW, add_employee, add_enrolment, add_invitation

PORTAL = "https://muster.example"
MEI = OperatorCaller("mei", "mei", "Mei Ling", Role.ADMIN, can_enrol=True)


class Desk:
    """The operations of campaigns as an administrator calls them."""

    def __init__(self, tools: Tools) -> None:
        self.store = tools.store
        self.tasks = Tasks(tools.clock, lambda _id: None, tools.pools)
        invitations = Invitations(tools.store, PORTAL)
        self.campaigns = CampaignOperations(invitations, self.tasks, PORTAL)
        self.board = BoardOperations(LinkActs(tools.store, invitations, PORTAL), self.tasks)

    @property
    def call(self) -> Call:
        return Call(self.store, self.store.clock(), MEI)

    def done(self, start: Callable[[], Any]) -> RunningTask:
        """A task, once it has ended."""

        async def story() -> RunningTask:
            self.tasks.bind(asyncio.get_running_loop())
            task = self.tasks.get((await asyncio.to_thread(start)).task_id)
            while task.state is TaskState.RUNNING:
                await asyncio.sleep(0.01)
            return task

        return asyncio.run(story())


@pytest.fixture
def desk(tools: Tools) -> Desk:
    with tools.store.write() as tx:
        tx.add(
            Operator(
                id="mei",
                username="mei",
                name="Mei Ling",
                role=Role.ADMIN,
                password_hash="",
                created_at=NOW,
            )
        )
        save_settings(tx, Settings(site="Werk", email=EmailServer(sender="muster@example.com")))
    return Desk(tools)


def add_people(store: Store, department: str, count: int = 2) -> list[str]:
    with store.write() as tx:
        people = [add_employee(tx) for _ in range(count)]
        for person in people:
            person.department = department
            person.email = f"p{person.number}@example.com"
        return [person.id for person in people]


def of(department: str, **more: Any) -> campaigns.Choice:
    return campaigns.Choice(whom=campaigns.Whom(department=department), **more)


def test_PE5_a_look_says_who_gets_a_link_who_does_not_and_why(desk: Desk) -> None:
    first, second = add_people(desk.store, "Plant")
    with desk.store.write() as tx:
        nobody = add_employee(tx)
        nobody.department = "Plant > Line 1"
        nobody_id = nobody.id
    look = desk.campaigns.look(desk.call, of("Plant"))
    assert (look.invited, look.left_out) == (2, {LeftOut.NO_EMAIL: 1})
    assert look.first_id in (first, second)
    assert [(one.employee_id, one.reason) for one in look.people] == [(nobody_id, LeftOut.NO_EMAIL)]


def test_N22_a_look_names_the_lines_of_a_list_that_fit_nobody(desk: Desk) -> None:
    add_people(desk.store, "Plant")
    choice = campaigns.Choice(whom=campaigns.Whom(listed="nobody@example.com\n9,99\n"))
    look = desk.campaigns.look(desk.call, choice)
    assert (look.invited, look.first_id, look.unknown) == (0, "", 2)
    assert look.lines == ["nobody@example.com", "9, 99"]


@pytest.mark.parametrize("months", [0, 121])
def test_N22_an_age_out_of_bounds_is_refused(desk: Desk, months: int) -> None:
    with pytest.raises(Invalid, match="months"):
        desk.campaigns.look(desk.call, campaigns.Choice(whom=campaigns.Whom(months=months)))


def test_N22_whoever_is_chosen_for_an_old_photo_is_invited_though_enrolled(desk: Desk) -> None:
    (person_id,) = add_people(desk.store, "Plant", 1)
    with desk.store.write() as tx:
        row = add_invitation(tx, tx.get_one(Employee, person_id), Status.IN_USE)
        add_enrolment(tx, row).approved_at = NOW.replace(year=2020)
    assert desk.campaigns.look(desk.call, of("Plant")).left_out == {LeftOut.ENROLLED: 1}
    assert desk.campaigns.look(desk.call, of("Plant", enrolled=True)).invited == 1
    old = campaigns.Whom(needs=[Need.OLD_TEMPLATE])
    assert desk.campaigns.look(desk.call, campaigns.Choice(whom=old)).invited == 1


def test_N22_the_preview_is_the_email_of_that_person_with_a_link_that_opens_nothing(
    desk: Desk,
) -> None:
    (person_id,) = add_people(desk.store, "Plant", 1)
    request = campaigns.PreviewEmail(employee_id=person_id, terms=LinkTerms(photos=2, days=3))
    email = desk.campaigns.preview(desk.call, request)
    assert email.subject == "Face Template Registration Email Sent from the Admin"
    for body in (email.text, email.html):
        assert "Hello Nur," in body
        assert "Mei Ling asks you" in body
        assert "two photos, and choose the better one." in body
        assert f"{PORTAL}/e/preview" in body
        assert "25 November 2026" in body


def test_N22_a_preview_that_cannot_be_made_says_why(desk: Desk) -> None:
    (person_id,) = add_people(desk.store, "Plant", 1)
    with pytest.raises(NotFound):
        desk.campaigns.preview(
            desk.call, campaigns.PreviewEmail(employee_id="gone", terms=LinkTerms())
        )
    with pytest.raises(Invalid):
        terms = LinkTerms(photos=9)
        desk.campaigns.preview(
            desk.call, campaigns.PreviewEmail(employee_id=person_id, terms=terms)
        )
    with desk.store.write() as tx:
        save_settings(tx, Settings(site="Werk"))
    with pytest.raises(Conflict, match="sender address under Settings"):
        desk.campaigns.preview(
            desk.call, campaigns.PreviewEmail(employee_id=person_id, terms=LinkTerms())
        )


def start(desk: Desk, name: str, department: str) -> str:
    request = campaigns.StartCampaign(name=name, choice=of(department), terms=LinkTerms(days=9))
    task = desk.done(lambda: desk.campaigns.start(desk.call, request))
    assert task.state is TaskState.DONE
    assert task.result.invited is not None
    return task.result.invited.campaign_id


def test_N22_campaigns_are_listed_with_their_terms_and_who_started_them(desk: Desk) -> None:
    add_people(desk.store, "Plant")
    campaign_id = start(desk, " Autumn ", "Plant")
    (row,) = desk.campaigns.list_all(desk.call, Nothing()).rows
    assert (row.id, row.name, row.created_by) == (campaign_id, "Autumn", "Mei Ling")
    assert (row.terms.days, row.left_out) == (9, {})


def test_N22_the_board_shows_the_funnel_and_the_stuck(desk: Desk) -> None:
    add_people(desk.store, "Plant", 3)
    campaign_id = start(desk, "Autumn", "Plant")
    found = desk.board.board(desk.call, board.AskBoard(campaign_id=campaign_id))
    assert [one.reached for one in found.stages] == [3] + [0] * 8
    assert found.stuck == [board.StuckRow(stage=Stage.WRITTEN, why=Why.EMAIL_WAITS, people=3)]
    assert found.reminders == 0


def test_N22_an_act_is_for_whoever_the_board_lists(desk: Desk) -> None:
    add_people(desk.store, "Plant", 3)
    add_people(desk.store, "Office", 2)
    campaign_id = start(desk, "Autumn", "Plant")
    start(desk, "Winter", "Office")
    those = Those(campaign_id=campaign_id, stage=Stage.WRITTEN, why=Why.EMAIL_WAITS)
    request = board.DoAct(act=Act.REVOKE, those=those)
    assert desk.board.look(desk.call, request).people == 3
    assert desk.done(lambda: desk.board.act(desk.call, request)).result.text.startswith("3 revoked")
    left = desk.board.board(desk.call, board.AskBoard())
    assert {(one.why, one.people) for one in left.stuck} == {
        (Why.REVOKED, 3),
        (Why.EMAIL_WAITS, 2),
    }


def test_N22_days_that_no_link_can_get_are_refused_at_once(desk: Desk) -> None:
    request = board.DoAct(act=Act.EXTEND, those=Those(), days=0)
    with pytest.raises(Invalid):
        desk.board.act(desk.call, request)


def test_TTA20_no_campaign_begins_while_enrolment_by_link_is_off(desk: Desk) -> None:
    add_people(desk.store, "Plant")
    with desk.store.write() as tx:
        set_rules(tx, LinkRules(by_link=False))
    with pytest.raises(Conflict, match="switched off"):
        desk.campaigns.look(desk.call, of("Plant"))
    with pytest.raises(Conflict, match="switched off"):
        start(desk, "Autumn", "Plant")
