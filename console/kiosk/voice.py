"""Spoken prompts, where the system has a voice: the texts that stand on the screen, nothing else. N18."""

from typing import Any

from PyQt6.QtCore import QLocale, QObject

LOCALES = {"en": "en_GB", "ms": "ms_MY", "zh": "zh_CN"}


class Voice:
    """Says each text once; silent where there is no voice, or for a language that the voice does not have."""

    def __init__(self, parent: QObject) -> None:
        self._speech: Any = None
        self._parent = parent
        self._said = ""
        self.on = False

    def say(self, text: str, language: str) -> None:
        if not self.on or not text or text == self._said:
            return
        self._said = text
        speech = self._engine()
        if speech is not None:
            speech.setLocale(QLocale(LOCALES.get(language, "en_GB")))
            speech.say(text)

    def _engine(self) -> Any:
        if self._speech is None:
            try:
                from PyQt6.QtTextToSpeech import QTextToSpeech
            except ImportError:  # Qt's speech needs a library that this system lacks
                self.on = False
                return None
            if not QTextToSpeech.availableEngines():
                self.on = False
                return None
            self._speech = QTextToSpeech(self._parent)
        return self._speech
