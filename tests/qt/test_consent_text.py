"""The person at the desk reads the consent text in the language they choose. N8."""

from PyQt6.QtWidgets import QPushButton

from console.desktop.widgets.consent_text import ConsentText
from console.domain.consent import FACE, FINGER
from console.service.consents import shown_texts
from console.service.settings import Settings


def test_N8_the_digest_is_of_the_language_shown_and_the_choice_stays(qtbot) -> None:
    part = ConsentText(QPushButton("yes"), QPushButton("no"))
    qtbot.addWidget(part)
    assert part.digest == ""
    face, finger = (shown_texts(Settings(site="Acme"), one) for one in (FACE, FINGER))
    part.show_texts(face)
    names = [part.languages.itemText(place) for place in range(part.languages.count())]
    assert names == ["English", "Bahasa Melayu", "简体中文"]
    assert (part.digest, part.intro.text()) == (face[0].digest, face[0].intro)
    part.languages.setCurrentIndex(2)
    assert (part.digest, part.intro.text()) == (face[2].digest, face[2].intro)
    assert all(body in part.body.text() for _, body in face[2].paragraphs)
    part.show_texts(finger)
    assert (part.digest, part.intro.text()) == (finger[2].digest, finger[2].intro)
