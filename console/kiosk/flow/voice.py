"""Speaks the texts that stand on the screen, where the system has a voice. N18."""

from typing import Any

from PyQt6.QtCore import QLocale, QObject

LOCALES = {"en": "en_GB", "ms": "ms_MY", "zh": "zh_CN"}


class Voice:
    """Says each text once; silent where no voice speaks the language.

    engine: the name of one of Qt's engines, empty for the system's.
    """

    def __init__(self, parent: QObject, engine: str = "") -> None:
        self._speech: Any = None
        self._parent, self._engine_name = parent, engine
        self._said = ""
        self.on = False

    def say(self, text: str, language: str) -> None:
        """Says the text, unless it is the one that was said last."""
        if not self.on or not text or text == self._said:
            return
        self._said = text
        speech = self.engine()
        locale = spoken_locale(speech.availableLocales(), language) if speech is not None else None
        if locale is not None:
            speech.setLocale(locale)
            speech.say(text)
        elif speech is not None:
            speech.stop()  # what was being said belongs to another screen

    def engine(self) -> Any:  # a QTextToSpeech; the module may be missing
        """The engine, made at the first use; None where the system has none."""
        if self._speech is None:
            try:
                from PyQt6.QtTextToSpeech import QTextToSpeech
            except ImportError:  # Qt's speech needs a library that this system lacks
                self.on = False
                return None
            if not QTextToSpeech.availableEngines():
                self.on = False
                return None
            self._speech = (
                QTextToSpeech(self._engine_name, self._parent)
                if self._engine_name
                else QTextToSpeech(self._parent)
            )
        return self._speech


def spoken_locale(available: list[QLocale], language: str) -> QLocale | None:
    """The locale of the country, else any of the language; None when there is none."""
    wanted = QLocale(LOCALES.get(language, "en_GB"))
    same_language = [one for one in available if one.language() is wanted.language()]
    return next(
        (one for one in same_language if one.territory() is wanted.territory()),
        same_language[0] if same_language else None,
    )
