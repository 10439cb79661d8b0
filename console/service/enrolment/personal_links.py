"""What a person does through the link of their own, which every email to them carries. A8, N8.

It knows no status of an enrolment: whoever holds the link and passes the second check can withdraw,
answer about a new text, or ask not to be written to, at any time.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select

from console.domain.errors import Conflict, Invalid
from console.domain.invitations import SECOND_CHECK_TRIES, link_locked, token_hash
from console.service.enrolment import submissions
from console.service.enrolment.asking_again import answer_by
from console.service.enrolment.consent import has_agreed, withdraw_consent
from console.service.enrolment.face_gallery import FaceGallery
from console.service.enrolment.opting_out import opt_in, opt_out
from console.service.enrolment.portal_links import (
    ACTOR,
    CHECK_FIRST,
    SESSION_LIFETIME,
    ConsentPage,
    LinkInvalid,
    check_problem,
    consent_page,
    is_right_answer,
)
from console.service.settings import load_settings
from console.store.database import Store
from console.store.queries.enrolments import outdated_consent
from console.store.schema import Employee, PersonLink
from console.store.unit_of_work import ReadTx, Tx

LOCKED_FOR = timedelta(days=1)
"""After five wrong answers to the second check."""


class PersonalState(msgspec.Struct, frozen=True, kw_only=True):
    """What the page of a person's own link shows.

    agreed: there is a consent to withdraw; checked: the second check is answered, or not asked;
    consent: the text to answer about, if they have agreed to an earlier one; answer_by: until when.
    """

    first_name: str
    site: str
    agreed: bool
    checked: bool
    opted_out: bool
    consent: ConsentPage | None
    answer_by: datetime | None
    personal: bool = True


class PersonalLinks:
    """`state` only reads; the others write. Erased people have no link any more.

    Each opening asks for the second check anew: the link never ends, and emails are forwarded.
    """

    def __init__(self, store: Store, gallery: FaceGallery) -> None:
        self._store, self._gallery = store, gallery

    def exchange(self, token: str) -> tuple[str, PersonalState]:
        """Opens the page: (session token, state). A page opened before ends. Raises LinkInvalid."""
        with self._store.write(ACTOR) as tx:
            row = tx.get(PersonLink, token_hash(token))
            if row is None or _locked(tx, row):
                raise LinkInvalid
            if row.check_misses >= SECOND_CHECK_TRIES:
                row.check_misses = 0
            row.check_passed = False  # whoever opens it now may be somebody else
            secret = secrets.token_urlsafe(32)
            row.session_hash, row.session_at = token_hash(secret), tx.now
            return secret, _state(tx, row)

    def state(self, secret: str) -> PersonalState:
        """What the page shows now. Raises LinkInvalid."""
        with self._store.read() as tx:
            return _state(tx, _link(tx, secret))

    def consent(self, secret: str, digest: str, agree: bool, user_agent: str) -> PersonalState:
        """Answers about the text in force: agrees to it, or withdraws what was agreed to before.

        Raises LinkInvalid, Conflict.
        """
        if not agree:
            return self.withdraw(secret)

        def record(tx: Tx, row: PersonLink) -> None:
            submissions.check_digest(tx, digest)
            before = outdated_consent(tx, row.employee_id)
            if before is not None:
                submissions.note_consent(
                    tx,
                    row.employee_id,
                    before.invitation_id,
                    channel=submissions.LINK,
                    user_agent=user_agent,
                )

        return self._act(secret, record)

    def check(self, secret: str, answer: str) -> PersonalState:
        """The second check; five misses lock the link for a day. Raises LinkInvalid, Invalid."""
        with self._store.write(ACTOR) as tx:
            row = _link(tx, secret)
            if is_right_answer(tx, row.employee_id, answer):
                row.check_passed, row.check_misses = True, 0
                return _state(tx, row)
            row.check_misses += 1
            tx.audit("link.check_missed", row.employee_id)
            problem = check_problem(row.check_misses)
        raise Invalid("answer", problem)  # after the commit, so that the miss counts

    def withdraw(self, secret: str) -> PersonalState:
        """Ends the consent to the face; twice changes nothing. Raises LinkInvalid, Conflict."""

        def withdraw(tx: Tx, row: PersonLink) -> None:
            if has_agreed(tx, row.employee_id):
                withdraw_consent(tx, row.employee_id, self._gallery, channel=submissions.LINK)

        return self._act(secret, withdraw)

    def ask_no_more(self, secret: str, no_more: bool) -> PersonalState:
        """The person opts out of invitations and reminders, or in again.

        Raises LinkInvalid, Conflict.
        """
        choose = opt_out if no_more else opt_in
        return self._act(secret, lambda tx, row: choose(tx, row.employee_id))

    def _act(self, secret: str, act: Callable[[Tx, PersonLink], None]) -> PersonalState:
        with self._store.write(ACTOR) as tx:
            row = _link(tx, secret)
            if not _checked(tx, row):
                raise Conflict(CHECK_FIRST)
            act(tx, row)
            tx.flush()
            return _state(tx, row)


def _link(tx: ReadTx, secret: str) -> PersonLink:
    """The link that a page was opened by. Raises LinkInvalid."""
    row = tx.scalar(select(PersonLink).where(PersonLink.session_hash == token_hash(secret)))
    ended = row is None or row.session_at is None or tx.now - row.session_at > SESSION_LIFETIME
    if row is None or ended or _locked(tx, row):
        raise LinkInvalid
    return row


def _locked(tx: ReadTx, row: PersonLink) -> bool:
    """For a day after wrong answers: it is the only link that they have, and never replaced."""
    opened = row.session_at or row.created_at
    locked = link_locked(row.check_misses, passed=row.check_passed)
    return locked and tx.now - opened < LOCKED_FOR


def _checked(tx: ReadTx, row: PersonLink) -> bool:
    return row.check_passed or not load_settings(tx).second_check


def _state(tx: ReadTx, row: PersonLink) -> PersonalState:
    person, settings = tx.get_one(Employee, row.employee_id), load_settings(tx)
    outdated = outdated_consent(tx, person.id) is not None
    return PersonalState(
        first_name=person.first_name or person.last_name,
        site=settings.site,
        agreed=has_agreed(tx, person.id),
        checked=_checked(tx, row),
        opted_out=person.opted_out_at is not None,
        consent=consent_page(settings) if outdated else None,
        answer_by=answer_by(tx, person.id),
    )
