"""Which language each person has chosen at this kiosk."""

from functools import partial

from console.kiosk.cache.disk import KioskCache
from console.kiosk.cache.writer import Write

_LANGUAGES = "languages of people"


class PersonLanguages:
    """Remembers a language for each person. Used by one thread."""

    def __init__(self, cache: KioskCache, write: Write) -> None:
        self._cache, self._write = cache, write
        self._chosen: dict[str, str] = cache.get(_LANGUAGES, dict[str, str]) or {}

    def of(self, person_id: str) -> str:
        """The language that the person has chosen; empty where they have not."""
        return self._chosen.get(person_id, "")

    def choose(self, person_id: str, language: str) -> None:
        """Remembers the language, also after a restart."""
        self._chosen = self._chosen | {person_id: language}
        self._write(partial(self._cache.put, _LANGUAGES, self._chosen))
