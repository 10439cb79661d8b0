"""Employees are written to in their language, as a whole. T21."""

from datetime import UTC, datetime
from email.message import EmailMessage

import msgspec
import pytest

from console.api import site
from console.api.operation import Nothing, ServiceError
from console.catalogue import catalogue_of
from console.demo.mailbox import text_of
from console.domain.language import CHINESE, ENGLISH, LANGUAGES, MALAY, speaking, tr
from console.service.outbox import SUBJECTS, Envelope, compose
from tests.catalogue.sources import extracted
from tests.conftest import RunningSite
from tests.service.test_email_server import VALUES_OF, settings

OTHERS = [tag for tag in LANGUAGES if tag != ENGLISH]


def sentences() -> list[str]:
    """Parts of what emails say in English, as far as nothing is filled in."""
    said = [one for one in extracted() if one.locations and "/email/" in one.locations[0][0]]
    parts = [part for one in said for part in str(one.id).replace("}", "{").split("{")[::2]]
    return [part.strip(" .,:") for part in parts if len(part) > 12]


@pytest.mark.parametrize("tag", OTHERS)
@pytest.mark.parametrize("kind", SUBJECTS)
def test_T21_no_email_falls_back_into_english(kind: str, tag: str) -> None:
    envelope = Envelope(to="nur@example.com", message_id="<1@example.com>", at=datetime.now(UTC))
    values = {"first_name": "Nur", "expires": "x", "own_link": "https://x.example/me/own"}
    given = VALUES_OF.get(kind, {}) | {"photos": "x", "language": tag}
    message = compose(kind, envelope, settings(25), values | given)
    with speaking(catalogue_of(tag)):
        assert message["Subject"] == tr(SUBJECTS[kind])
        greeting = tr("Hello {first_name},", first_name="Nur")
    known = sentences()
    assert known
    for part in message.iter_parts():
        assert isinstance(part, EmailMessage)
        said = part.get_content()
        assert greeting in said
        assert [one for one in known if one in said] == []
    assert f'<html lang="{tag}" dir="ltr">' in said


def test_T21_whose_language_is_not_known_is_invited_in_that_of_the_site(
    running: RunningSite,
) -> None:
    before = running.client.call(site.get_settings, Nothing())
    running.client.call(site.save_settings, msgspec.structs.replace(before, language=MALAY))
    try:
        person = running.add_employee()
        running.invite(person)
    finally:
        running.client.call(site.save_settings, before)
    (email,) = running.emails_to(person)
    said = text_of(email)
    assert "meminta anda mendaftarkan wajah anda" in said
    assert "tiga foto, dan pilih yang terbaik" in said
    assert "Daftar Sekarang: http" in said


def test_T21_a_person_chooses_a_language_that_there_is(running: RunningSite) -> None:
    person = running.add_employee()
    visit = running.visit(person)
    visit.open()
    assert visit.state["language"] == ""
    assert visit.http.post("/e/language", json={"language": "zz"}).status_code == 422
    assert visit.http.post("/e/language", json={"language": CHINESE}).status_code == 200
    visit.agree(CHINESE)
    assert visit.refresh()["language"] == CHINESE


def test_a_site_speaks_only_languages_that_there_are(running: RunningSite) -> None:
    before = running.client.call(site.get_settings, Nothing())
    with pytest.raises(ServiceError, match="not available"):
        running.client.call(site.save_settings, msgspec.structs.replace(before, language="de"))
