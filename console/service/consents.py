"""What holds for the consent to every modality: its text is answered about, and a copy is sent. N8.

Each subject keeps its own: `enrolment/consent.py` that to the face, `fingers/consent.py` that to
fingers.
"""

from typing import Protocol

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from console.domain.consent import ConsentText
from console.domain.texts import moment_in_words
from console.service.settings import load_settings
from console.store.queries.emails import add_email
from console.store.schema import Consent
from console.store.unit_of_work import ReadTx, Tx


class Consents(Protocol):
    """The consent to one modality. channel: link or desk, or that there was no answer."""

    modality: str

    def text(self, tx: ReadTx) -> ConsentText:
        """The text that is in force at this site."""
        ...

    def in_force(self, tx: ReadTx, employee_id: str) -> bool:
        """Whether there is something that the person can withdraw."""
        ...

    def in_use(self, employee_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """For a query: whether something of this person rests on the consent."""
        ...

    def renew(self, tx: Tx, employee_id: str, *, channel: str, user_agent: str) -> None:
        """Whoever has agreed to an earlier text agrees to the one in force."""
        ...

    def withdraw(self, tx: Tx, employee_id: str, *, channel: str) -> None:
        """Ends the consent, and destroys what rests on it everywhere."""
        ...


def send_copy(tx: Tx, given: Consent, text: ConsentText) -> None:
    """Queues a copy of the text that the person has just agreed to."""
    site = load_settings(tx).site
    words = [(heading, body.replace("{site}", site)) for heading, body in text.paragraphs]
    values = {
        "intro": text.intro.replace("{site}", site),
        "paragraphs": words,
        "version": text.version,
        "digest": text.digest,
        "given": moment_in_words(given.given_at),
    }
    add_email(tx, given.employee_id, "consent", values, given.invitation_id)
