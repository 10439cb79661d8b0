"""The kiosk's voice speaks the language of the person or not at all. N18."""

import pytest
from PyQt6.QtCore import QLocale
from PyQt6.QtWidgets import QWidget

from console.kiosk.flow.voice import Voice, spoken_locale


@pytest.fixture
def speech():
    return pytest.importorskip(
        "PyQt6.QtTextToSpeech",
        reason="Qt's speech needs a library that this system lacks",
        exc_type=ImportError,
    )


@pytest.fixture
def voice(request: pytest.FixtureRequest, qtbot) -> Voice:
    request.getfixturevalue("speech")  # skips the test where the system has no speech
    parent = QWidget()
    qtbot.addWidget(parent)
    made = Voice(parent, "mock")
    made.on = True
    return made


def test_a_text_is_spoken_once_and_another_one_after_it(voice: Voice, speech, qtbot) -> None:
    engine = voice.engine()
    states: list[object] = []
    engine.stateChanged.connect(states.append)
    voice.say("Stand in front of the camera", "en")
    qtbot.waitUntil(lambda: engine.state() is speech.QTextToSpeech.State.Ready and len(states) >= 2)
    voice.say("Stand in front of the camera", "en")
    assert len(states) == 2
    voice.say("Thank you. Please wait.", "en")
    qtbot.waitUntil(lambda: len(states) >= 4)
    assert engine.locale().language() is QLocale.Language.English


def test_a_language_that_no_voice_speaks_is_not_read_out_in_another(voice: Voice, speech) -> None:
    engine = voice.engine()
    voice.say("请站在摄像头前", "zh")
    assert engine.state() is speech.QTextToSpeech.State.Ready


def test_a_voice_that_is_off_says_nothing(voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "engine", lambda: pytest.fail("it speaks"))
    voice.on = False
    voice.say("Stand in front of the camera", "en")


@pytest.mark.parametrize(
    ("available", "language", "chosen"),
    [
        (["en_US", "en_GB"], "en", "en_GB"),
        (["de_DE", "en_US"], "en", "en_US"),
        (["zh_TW", "zh_CN"], "zh", "zh_CN"),
        (["en_GB", "ms_MY"], "ms", "ms_MY"),
        (["en_GB"], "ms", None),
        ([], "en", None),
    ],
)
def test_the_voice_of_the_country_before_any_of_the_language(
    available: list[str], language: str, chosen: str | None
) -> None:
    found = spoken_locale([QLocale(one) for one in available], language)
    assert (found.name() if found else None) == chosen
