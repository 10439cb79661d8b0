"""What holds for the consent to every modality: its text is answered about, and a copy is sent. N8.

Each subject keeps its own: `enrolment/consent.py` that to the face, `fingers/consent.py` that to
fingers.
"""

from typing import Protocol

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from console.api.consents import ShownText
from console.catalogue import catalogue_of
from console.domain.consent import WORDINGS, ConsentText, consent_texts
from console.domain.language import speaking, tr_moment
from console.service.languages import note_language
from console.service.settings import Settings, kept_for, load_settings
from console.store.queries.emails import add_email
from console.store.schema import Consent
from console.store.unit_of_work import ReadTx, Tx


class Consents(Protocol):
    """The consent to one modality. channel: link or desk, or that there was no answer."""

    modality: str

    def in_force(self, tx: ReadTx, employee_id: str) -> bool:
        """Whether there is something that the person can withdraw."""
        ...

    def in_use(self, employee_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """For a query: whether something of this person rests on the consent."""
        ...

    def renew(
        self, tx: Tx, employee_id: str, text: ConsentText, *, channel: str, user_agent: str
    ) -> None:
        """Whoever has agreed to an earlier text agrees to this one, which is in force."""
        ...

    def withdraw(self, tx: Tx, employee_id: str, *, channel: str) -> None:
        """Ends the consent, and destroys what rests on it everywhere."""
        ...


def shown_texts(settings: Settings, modality: str) -> list[ShownText]:
    """The text that is in force at this site, in every language."""
    return [_shown(text, settings.site) for text in consent_texts(modality, kept_for(settings))]


def text_with(tx: ReadTx, modality: str, digest: str) -> ConsentText | None:
    """The text in force that has this digest, in the language in which it was shown."""
    texts = consent_texts(modality, kept_for(load_settings(tx)))
    return next((text for text in texts if text.digest == digest), None)


def send_copy(tx: Tx, given: Consent, text: ConsentText) -> None:
    """Queues a copy of the text that the person has just agreed to, as they have read it.

    They are spoken to in this language from now on.
    """
    note_language(tx, given.employee_id, text.language)
    shown = _shown(text, load_settings(tx).site)
    with speaking(catalogue_of(shown.language)):
        agreed_at = tr_moment(given.given_at)
    values = {
        "language": shown.language,
        "intro": shown.intro,
        "paragraphs": shown.paragraphs,
        "version": shown.version,
        "digest": shown.digest,
        "given": agreed_at,
    }
    add_email(tx, given.employee_id, "consent", values, given.invitation_id)


def _shown(text: ConsentText, site: str) -> ShownText:
    words = WORDINGS[text.language]
    return ShownText(
        language=text.language,
        name=words.name,
        version=text.version,
        digest=text.digest,
        intro=text.intro.replace("{site}", site),
        paragraphs=[(heading, body.replace("{site}", site)) for heading, body in text.paragraphs],
        agree=words.answers.agree,
        start=words.answers.start,
        decline=words.answers.decline,
        why=words.why,
        purposes=words.purposes,
    )
