"""What the board counts, in a constant number of statements. N22."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest
import sqlalchemy as sa

from console.domain.funnel import Place, Stage, Why, why_here
from console.domain.invitations import SECOND_CHECK_TRIES, Status
from console.store.columns import new_id
from console.store.database import Store, connect
from console.store.queries.board import counted, place_of, places, stands_for
from console.store.schema import Campaign, Invitation
from console.store.unit_of_work import Tx
from console.store.vault import Vault
from tests.conftest import Databases
from tests.store.made import NOW, add_employee, add_invitation


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    """A database of this test alone: it counts everybody."""
    made = Store(connect(databases.migrated()), Vault(bytes(range(32))))
    yield made
    made.close()


def add_campaign(tx: Tx, name: str = "Autumn", **terms: int) -> Campaign:
    usual = {
        "days": 7,
        "photos": 3,
        "tries": 3,
        "per_minute": 0,
        "remind_after_days": 0,
        "remind_most": 2,
    }
    row = Campaign(
        id=new_id(), name=name, created_by="Mei", created_at=NOW, left_out={}, **{**usual, **terms}
    )
    tx.add(row)
    tx.flush()
    return row


def test_N22_every_place_is_counted_and_found_by_its_reason(store: Store) -> None:
    """The lists of the board and the rule that says why somebody is stuck agree everywhere."""
    with store.write() as tx:
        for status, locked, failed in product(Status, (False, True), (False, True)):
            row = add_invitation(tx, add_employee(tx), status)
            row.stage = Stage.SENT if status is Status.INVITED and not failed else Stage.WRITTEN
            row.check_misses = SECOND_CHECK_TRIES if locked else 0
            row.email_failed = failed
        waiting = add_invitation(tx, add_employee(tx), Status.INVITED)
        waiting.stage = Stage.WRITTEN
    with store.read() as tx:
        rows = list(tx.scalars(sa.select(Invitation)))
        expected: dict[Place, int] = {}
        for row in rows:
            expected[place_of(row)] = expected.get(place_of(row), 0) + 1
        assert places(tx, "") == expected
        for why in Why:
            found = set(tx.scalars(sa.select(Invitation.id).where(stands_for(why))))
            assert found == {row.id for row in rows if why_here(place_of(row)) is why}, why


def test_N22_a_person_counts_once_by_the_newest_link(store: Store) -> None:
    with store.write() as tx:
        person = add_employee(tx)
        add_invitation(tx, person, Status.REVOKED)
        newest = add_invitation(tx, person, Status.OPENED)
        newest.created_at = NOW + timedelta(minutes=1)
        newest.stage = Stage.OPENED
        at_desk = add_invitation(tx, add_employee(tx), Status.CONSENTED)
        at_desk.channel = "desk"
    with store.read() as tx:
        assert places(tx, "") == {Place(status=Status.OPENED, stage=Stage.OPENED): 1}


def test_N22_a_campaign_counts_its_own_links_alone(store: Store) -> None:
    with store.write() as tx:
        campaign, other = add_campaign(tx), add_campaign(tx, "Winter")
        person = add_employee(tx)
        mine = add_invitation(tx, person, Status.EXPIRED)
        mine.campaign_id = campaign.id
        later = add_invitation(tx, person, Status.INVITED)
        later.campaign_id, later.created_at = other.id, NOW + timedelta(days=30)
        tx.flush()
        counts = [
            sorted(tx.scalars(sa.select(Invitation.status).where(counted(one))))
            for one in (campaign.id, other.id, "")
        ]
    assert counts == [[Status.EXPIRED], [Status.INVITED], [Status.INVITED]]


@pytest.mark.parametrize("people", [3, 30])
def test_N22_the_board_is_one_statement_however_many_people_there_are(
    store: Store, people: int
) -> None:
    with store.write() as tx:
        for _ in range(people):
            add_invitation(tx, add_employee(tx), Status.INVITED)
    statements = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with store.read() as tx:
        assert sum(places(tx, "").values()) == people
    assert len([one for one in statements if one.startswith("SELECT")]) == 1
