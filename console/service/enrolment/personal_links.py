"""What a person does through the link of their own, which every email to them carries. A8, N8.

It knows no status of an enrolment: whoever holds the link and passes the second check can withdraw,
answer about a new text, or ask not to be written to, at any time.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select

from console.api.consents import ShownText
from console.domain.consent import FACE, FINGER
from console.domain.errors import Conflict, Invalid
from console.domain.invitations import SECOND_CHECK_TRIES, link_locked, token_hash
from console.domain.language import tr
from console.service.consents import Consents, shown_texts, text_with
from console.service.enrolment import submissions
from console.service.enrolment.opting_out import opt_in, opt_out
from console.service.enrolment.portal_links import (
    ACTOR,
    CHECK_FIRST,
    LOOKING,
    SESSION_LIFETIME,
    LinkInvalid,
    check_problem,
    is_right_answer,
)
from console.service.languages import note_language
from console.service.settings import load_settings
from console.store.database import Store
from console.store.queries.asked_again import answer_by
from console.store.queries.enrolments import outdated_consent
from console.store.schema import Employee, PersonLink
from console.store.unit_of_work import ReadTx, Tx

LOCKED_FOR = timedelta(days=1)
"""After five wrong answers to the second check."""


class PersonalState(msgspec.Struct, frozen=True, kw_only=True):
    """What the page of a person's own link shows.

    language: as in `PageState`; agreed, agreed_fingers: there is a consent to withdraw; checked:
    the second check is answered, or not asked; texts: what they are asked about in every language,
    because they have agreed to an earlier text; about: the modality of it; answer_by: until when.
    """

    language: str
    first_name: str
    site: str
    agreed: bool
    agreed_fingers: bool
    checked: bool
    opted_out: bool
    texts: list[ShownText]
    about: str
    answer_by: datetime | None
    personal: bool = True


class PersonalLinks:
    """`state` only reads; the others write. Erased people have no link any more.

    Each opening asks for the second check anew: the link never ends, and emails are forwarded.
    """

    def __init__(self, store: Store, consents: Sequence[Consents]) -> None:
        """consents: to each modality, in the order in which they are asked about."""
        self._store = store
        self._consents = {one.modality: one for one in consents}

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
            return secret, self._state(tx, row)

    def state(self, secret: str) -> PersonalState:
        """What the page shows now. Raises LinkInvalid."""
        with self._store.read() as tx:
            return self._state(tx, _link(tx, secret))

    def speak(self, secret: str, language: str) -> PersonalState:
        """As that of `PortalLinks`. Raises LinkInvalid."""
        with self._store.write(ACTOR) as tx:
            row = _link(tx, secret)
            if row.session_at is not None and tx.now - row.session_at >= LOOKING:
                note_language(tx, row.employee_id, language)
            return self._state(tx, row)

    def consent(self, secret: str, digest: str, agree: bool, user_agent: str) -> PersonalState:
        """Answers about the text in force: agrees to it, or withdraws what was agreed to before.

        Raises LinkInvalid, Conflict.
        """

        def answer(tx: Tx, row: PersonLink) -> None:
            asked = [
                one
                for one in self._consents.values()
                if outdated_consent(tx, row.employee_id, one.modality) is not None
            ]
            for one in asked:
                text = text_with(tx, one.modality, digest)
                if text is not None and agree:
                    said = {"channel": submissions.LINK, "user_agent": user_agent}
                    return one.renew(tx, row.employee_id, text, **said)
                if text is not None:
                    return one.withdraw(tx, row.employee_id, channel=submissions.LINK)
            if asked:
                raise Conflict(tr(submissions.ANOTHER_TEXT))
            return None

        return self._act(secret, answer)

    def check(self, secret: str, answer: str) -> PersonalState:
        """The second check; five misses lock the link for a day. Raises LinkInvalid, Invalid."""
        with self._store.write(ACTOR) as tx:
            row = _link(tx, secret)
            if is_right_answer(tx, row.employee_id, answer):
                row.check_passed, row.check_misses = True, 0
                return self._state(tx, row)
            row.check_misses += 1
            tx.audit("link.check_missed", row.employee_id)
            problem = check_problem(row.check_misses)
        raise Invalid("answer", problem)  # after the commit, so that the miss counts

    def withdraw(self, secret: str) -> PersonalState:
        """Ends the consent to the face; twice changes nothing. Raises LinkInvalid, Conflict."""
        return self._withdraw(secret, FACE)

    def withdraw_fingers(self, secret: str) -> PersonalState:
        """Ends the consent to fingers; twice changes nothing. Raises LinkInvalid, Conflict."""
        return self._withdraw(secret, FINGER)

    def _withdraw(self, secret: str, modality: str) -> PersonalState:
        end = self._consents[modality].withdraw
        return self._act(secret, lambda tx, row: end(tx, row.employee_id, channel=submissions.LINK))

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
                raise Conflict(tr(CHECK_FIRST))
            act(tx, row)
            tx.flush()
            return self._state(tx, row)

    def _state(self, tx: ReadTx, row: PersonLink) -> PersonalState:
        person, settings = tx.get_one(Employee, row.employee_id), load_settings(tx)
        asked = [one for one in self._consents if outdated_consent(tx, person.id, one) is not None]
        about = asked[0] if asked else ""
        return PersonalState(
            language=person.language,
            first_name=person.first_name or person.last_name,
            site=settings.site,
            agreed=self._consents[FACE].in_force(tx, person.id),
            agreed_fingers=self._consents[FINGER].in_force(tx, person.id),
            checked=_checked(tx, row),
            opted_out=person.opted_out_at is not None,
            texts=shown_texts(settings, about) if about else [],
            about=about,
            answer_by=answer_by(tx, person.id, about) if about else None,
        )


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
