"""Brings the translations up to date with the sources, and compiles them.

    .venv/bin/python -m tests.catalogue.make

New texts come into `resources/locale/*.po` without a translation, and those that are said no more
go. Fill in what is new, and run it again.
"""

import io
import json
from datetime import UTC, datetime

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from console.domain.language import ENGLISH, LANGUAGES
from tests.catalogue.sources import PAGE, extracted, files_of

MADE = datetime(2026, 11, 27, tzinfo=UTC)
"""Of the catalogue, not of its last change: the same texts make the same files."""
HEADER = "# The texts that Muster says to people. tests/catalogue/make.py writes this file."


def updated(language: str, texts: Catalog) -> Catalog:
    """The translations into this language for these texts; empty for new ones."""
    kept = files_of(language)[0]
    before = read_po(io.BytesIO(kept.read_bytes() if kept.is_file() else b""))
    after = Catalog(
        locale=language.replace("-", "_"),
        project="Muster",
        header_comment=HEADER,
        creation_date=MADE,
        revision_date=MADE,
        last_translator="",
        language_team="",
        fuzzy=False,
    )
    for message in texts:
        if message.id:
            there = before.get(message.id)
            # a text that is counted now, and was not, has to be translated anew
            same = there is not None and isinstance(there.id, str) is isinstance(message.id, str)
            said = there.string if there is not None and same else None
            after.add(message.id, said, locations=message.locations)
    return after


def po_of(catalogue: Catalog) -> bytes:
    """As translators read it: by English texts, with the files where each stands."""
    file = io.BytesIO()
    write_po(file, catalogue, width=100, sort_output=True, include_lineno=False)
    return file.getvalue()


def mo_of(catalogue: Catalog) -> bytes:
    """As gettext reads it."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def page_of(catalogue: Catalog) -> bytes:
    """As the page reads it: the texts that it says itself."""
    said = {
        str(message.id): message.string
        for message in sorted(catalogue, key=lambda one: str(one.id))
        if any(place.startswith(PAGE) for place, _ in message.locations)
    }
    return json.dumps(said, ensure_ascii=False, indent=0).encode() + b"\n"


def main() -> None:
    """Writes the files of every language."""
    texts = extracted()
    for language in LANGUAGES:
        if language != ENGLISH:
            catalogue = updated(language, texts)
            contents = po_of(catalogue), mo_of(catalogue), page_of(catalogue)
            for path, content in zip(files_of(language), contents, strict=True):
                path.write_bytes(content)
            left = [one.id for one in catalogue if one.id and not one.string]
            print(f"{language}: {len(catalogue)} texts, {len(left)} not translated")


if __name__ == "__main__":
    main()
