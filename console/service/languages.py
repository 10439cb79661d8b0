"""In which language the service speaks to somebody."""

from collections.abc import Iterator
from contextlib import contextmanager

from console.catalogue import catalogue_of
from console.domain.language import LANGUAGES, speaking
from console.service.settings import load_settings
from console.store.schema import Employee
from console.store.unit_of_work import ReadTx, Tx


def language_of(tx: ReadTx, employee_id: str) -> str:
    """The language that the person has chosen or read, else that of the site."""
    chosen = tx.get_one(Employee, employee_id).language
    return chosen if chosen in LANGUAGES else load_settings(tx).language


@contextmanager
def in_language_of(tx: ReadTx, employee_id: str) -> Iterator[str]:
    """Inside, everything is said in the person's language, whose tag this is."""
    language = language_of(tx, employee_id)
    with speaking(catalogue_of(language)):
        yield language


def note_language(tx: Tx, employee_id: str, language: str) -> None:
    """The person has chosen this language, or answered a text in it."""
    person = tx.get_one(Employee, employee_id)
    if person.language != language:
        person.language = language
        tx.changed("employees", employee_id)
