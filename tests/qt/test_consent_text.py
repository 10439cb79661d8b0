"""The person at the desk reads the consent text in the language they choose. N8."""

from html import unescape

from PyQt6.QtWidgets import QPushButton

from console.desktop.widgets.consent_text import ConsentText
from console.domain.consent import FACE, FINGER
from console.service.consents import shown_texts
from console.service.settings import Settings


def test_N8_the_digest_is_of_the_language_shown_and_the_choice_stays(qtbot) -> None:
    part = ConsentText(QPushButton("yes"), QPushButton("no"))
    qtbot.addWidget(part)
    assert part.digest == ""
    face, finger = (shown_texts(Settings(site="Acme <b>"), one) for one in (FACE, FINGER))
    part.show_texts(face, "nur")
    names = [part.languages.itemText(place) for place in range(part.languages.count())]
    assert names == ["English", "Bahasa Melayu", "简体中文"]
    assert (part.digest, part.intro.text()) == (face[0].digest, face[0].intro)
    part.languages.setCurrentIndex(2)
    assert (part.digest, part.intro.text()) == (face[2].digest, face[2].intro)
    shown = unescape(part.body.text())
    assert all(body in shown for _, body in face[2].paragraphs)
    assert "Acme &lt;b&gt;" in part.body.text(), "a site's name is no markup"
    part.resize(500, 240)
    part.show()
    assert part.minimumSizeHint().height() < 240, "CO11: a long text grows no window"
    assert part.area.accessibleName()
    part.show_texts(finger, "nur")
    assert (part.digest, part.intro.text()) == (finger[2].digest, finger[2].intro)
    bar = part.area.verticalScrollBar()
    assert bar is not None
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    for whose, place in (("nur", bar.maximum()), ("tan", 0)):
        bar.setValue(bar.maximum())
        part.show_texts(finger, whose)
        assert bar.value() == place, "a refresh leaves the reader alone; the next one begins"
