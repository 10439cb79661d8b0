"""The link of a person's own, who has said no, ID photos, and logins deleted by their age."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from console.domain.consent import FACE
from console.domain.errors import Conflict
from console.domain.id_photos import IdPhotoState as State
from console.domain.invitations import token_hash
from console.domain.log_coverage import Span
from console.store.columns import new_id
from console.store.database import Store
from console.store.queries.aged_logins import (
    kiosks_removed,
    remove_logins,
    removed_of,
    removed_span,
)
from console.store.queries.enrolments import who_said_no
from console.store.queries.id_photos import read_id_photos_again
from console.store.queries.person_links import made_token, own_token
from console.store.queries.purge import purge
from console.store.schema import IdPhoto, Login, PersonLink, Terminal
from tests.store.made import NOW, add_consent, add_employee, add_terminal
from tests.store.test_erasure import add_erasure, add_login

DAY = timedelta(days=1)


def test_A8_a_person_has_one_link_which_is_kept_sealed(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person = add_employee(tx)
        assert own_token(tx, person.id) is None
        token = made_token(tx, person.id)
        assert made_token(tx, person.id) == own_token(tx, person.id) == token
        row = tx.get_one(PersonLink, token_hash(token))
        assert row.employee_id == person.id
        assert token.encode() not in row.sealed


def test_A8_N7_somebody_erased_gets_no_link(shared_store: Store) -> None:
    with shared_store.write() as tx:
        person = add_employee(tx)
        made_token(tx, person.id)
        purge(tx, [add_erasure(tx, person)])
        tx.session.expire_all()
        assert own_token(tx, person.id) is None
        with pytest.raises(Conflict):
            made_token(tx, person.id)


def test_N8_who_has_said_no_is_known_until_they_agree(shared_store: Store) -> None:
    with shared_store.write() as tx:
        opted_out, withdrew, agreed_again, asked_never = (add_employee(tx) for _ in range(4))
        opted_out.opted_out_at = NOW
        for one in (withdrew, agreed_again):
            add_consent(tx, one, FACE, NOW, NOW + DAY)
        add_consent(tx, agreed_again, FACE, NOW + 2 * DAY)
        tx.flush()
        mine = {one.id for one in (opted_out, withdrew, agreed_again, asked_never)}
        assert who_said_no(tx) & mine == {opted_out.id, withdrew.id}
        assert who_said_no(tx, withdrew.id) == {withdrew.id}
        assert who_said_no(tx, agreed_again.id) == set()


def test_N5_id_photos_are_read_again_when_vectors_compare_in_another_way(
    shared_store: Store,
) -> None:
    with shared_store.write() as tx:
        ids = {state: new_id() for state in (State.READY, State.FACELESS)}
        for state, row_id in ids.items():
            owner, vector = add_employee(tx).id, b"sealed"
            row = IdPhoto(
                id=row_id, employee_id=owner, state=state, vector=vector, added_by="", added_at=NOW
            )
            tx.add(row)
        tx.flush()
        read_id_photos_again(tx)
        found = dict(tx.execute(sa.select(IdPhoto.id, IdPhoto.state)).all())
        assert (found[ids[State.READY]], found[ids[State.FACELESS]]) == (
            State.WAITING,
            State.FACELESS,
        )
        vectors = sa.select(IdPhoto.vector).where(IdPhoto.id == ids[State.READY])
        assert tx.scalar(vectors) is None


def test_EN2_logins_that_are_deleted_are_counted_at_their_terminal(shared_store: Store) -> None:
    with shared_store.write() as tx:
        gate = add_terminal(tx, "Gate")
        assert (removed_of(gate.counts), removed_span(gate.counts)) == (0, None)
        logins = [add_login(tx, "1001", terminal_id=gate.id, at=NOW + n * DAY) for n in range(3)]
        at_a_kiosk = add_login(tx, "1001")
        for some in ([logins[1], at_a_kiosk], [logins[0]]):
            remove_logins(tx, [one.id for one in some])
        row = tx.get_one(Terminal, gate.id)
        assert removed_of(row.counts) == 2
        assert removed_span(row.counts) == Span(NOW, NOW + DAY)
        assert kiosks_removed(tx) == Span(NOW, NOW)
        left = sa.select(Login.id).where(Login.terminal_id == gate.id)
        assert list(tx.scalars(left)) == [logins[2].id]
