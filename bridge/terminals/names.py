"""Names in the code pages that terminals use: read where that is certain, else left as they are.

Units keep names in the code page of the language that they are set to, and do not say which. TE11.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from bridge.terminals.fields import cut, plain
from bridge.terminals.terminal import Person
from bridge.wording import worded

AUTO, UTF_8, ASCII = "auto", "utf-8", "ascii"
WIDE, NARROW = 24, 8
NAME_FIELDS = (WIDE, NARROW)
"""Bytes of the name in the wide and the narrow record."""
FULL = frozenset({24, 23, 8, 7})
"""A name of so many bytes may have been cut; some units end it with a NUL inside the field."""
SAMPLE = 200
"""Names that are enough to tell a code page by."""
COMMON_SHARE = 0.75
"""Share of common characters in names; of another page's bytes, characters of all kinds come."""
_WORD = re.compile(r"[^\W\d_]+")
_BETWEEN = frozenset(" '’`.,-()/&·0123456789")
_JOINING = frozenset({"Mn", "Mc"})


@dataclass(frozen=True)
class CodePage:
    """A code page. codec: Python's name; script: of the letters that it is for.

    common: lead bytes of the characters that are common in names, for pages of two bytes.
    """

    codec: str
    label: str
    script: str
    common: range = range(0)


CODE_PAGES: dict[str, CodePage] = {
    UTF_8: CodePage("utf-8", "UTF-8", ""),
    "gbk": CodePage("gbk", worded("Chinese, simplified (GBK)"), "CJK", range(0xB0, 0xD8)),
    "big5": CodePage("big5", worded("Chinese, traditional (Big5)"), "CJK", range(0xA4, 0xC7)),
    "shift-jis": CodePage("cp932", worded("Japanese (Shift JIS)"), "JAPANESE", range(0x82, 0x98)),
    "euc-kr": CodePage("cp949", worded("Korean (EUC-KR)"), "HANGUL", range(0xB0, 0xC9)),
    "windows-874": CodePage("cp874", worded("Thai (Windows-874)"), "THAI"),
    "windows-1252": CodePage("cp1252", worded("Western European (Windows-1252)"), "LATIN"),
    "windows-1250": CodePage("cp1250", worded("Central European (Windows-1250)"), "LATIN"),
    "windows-1251": CodePage("cp1251", worded("Cyrillic (Windows-1251)"), "CYRILLIC"),
    "windows-1253": CodePage("cp1253", worded("Greek (Windows-1253)"), "GREEK"),
    "windows-1254": CodePage("cp1254", worded("Turkish (Windows-1254)"), "LATIN"),
    "windows-1255": CodePage("cp1255", worded("Hebrew (Windows-1255)"), "HEBREW"),
    "windows-1256": CodePage("cp1256", worded("Arabic (Windows-1256)"), "ARABIC"),
    "windows-1257": CodePage("cp1257", worded("Baltic (Windows-1257)"), "LATIN"),
    "windows-1258": CodePage("cp1258", worded("Vietnamese (Windows-1258)"), "LATIN"),
}
"""The encodings that can be chosen, in the order in which they are tried."""


@dataclass(frozen=True)
class Reading:
    """Names as one encoding reads them. fits: they look like names of its languages."""

    encoding: str
    names: tuple[str, ...]
    fits: bool


def named(raw: bytes) -> dict[str, Any]:
    """Return the name of a `Person` from its bytes alone, read if they are UTF-8."""
    return {"name": plain(decode(raw, UTF_8) or ""), "raw_name": b"" if raw.isascii() else raw}


def read_names(people: Iterable[Person], encoding: str) -> list[Person]:
    """Return the people with their names read; those that are not certain are left empty.

    encoding: of CODE_PAGES, or AUTO: UTF-8, and for other names the encoding that they prove.
    """
    people = list(people)
    if encoding == AUTO:
        proven = guess(person.raw_name for person in people)
        pages = [UTF_8] if proven in (UTF_8, "") else [UTF_8, proven]
    else:
        pages = [encoding]
    return [_read(person, pages) if person.raw_name else person for person in people]


def _read(person: Person, pages: list[str]) -> Person:
    for page in pages:
        text = decode(person.raw_name, page)
        if text is not None:
            return replace(person, name=plain(text))
    return replace(person, name="")


def decode(raw: bytes, encoding: str) -> str | None:
    """Return the text, without a character that the end of the field cut; None if it is none."""
    if encoding == UTF_8 and raw.isascii():
        return raw.decode("ascii")
    decoder = codecs.getincrementaldecoder(CODE_PAGES[encoding].codec)("strict")
    try:
        text = decoder.decode(raw, final=len(raw) not in FULL)
    except UnicodeDecodeError:
        return None
    # one byte that might begin a character at the end does not make a name UTF-8
    return None if encoding == UTF_8 and text.isascii() else text


def guess(raw_names: Iterable[bytes]) -> str:
    """Return the encoding that these names prove, "" if they prove none.

    Plain ASCII proves nothing and needs nothing: UTF-8. Otherwise every encoding that makes names
    of the bytes must read the same names.
    """
    foreign = [raw for raw in raw_names if raw and decode(raw, UTF_8) is None][:SAMPLE]
    if not foreign:
        return UTF_8
    fitting = [one for one in readings(foreign) if one.fits]
    same = {one.names for one in fitting}
    return fitting[0].encoding if len(same) == 1 else ""


def readings(raw_names: Iterable[bytes]) -> list[Reading]:
    """Return the names in every encoding that can read them all, those that fit first."""
    raws = list(raw_names)
    found = []
    for encoding, page in CODE_PAGES.items():
        texts = [decode(raw, encoding) for raw in raws]
        names = tuple(plain(text) for text in texts if text is not None)
        if len(names) == len(raws):
            fits = all(map(_looks_like_a_name, names, [page] * len(names)))
            found.append(Reading(encoding, names, fits and _common(names, page)))
    return sorted(found, key=lambda one: not one.fits)


def _looks_like_a_name(name: str, page: CodePage) -> bool:
    for before, c in zip(f" {name}", name, strict=False):
        if _joins(c):
            if page.script == "HEBREW" or not (before.isalpha() or _joins(before)):
                return False  # Hebrew names have no points; elsewhere a mark follows its letter
        elif not (c.isalpha() or c in _BETWEEN):
            return False
    return all(_is_word(word, page.script) for word in _WORD.findall(name))


def _joins(character: str) -> bool:
    return unicodedata.category(character) in _JOINING


def _is_word(word: str, script: str) -> bool:
    """Whether a word has letters of one script, few of them with accents, and usual capitals."""
    foreign = [c for c in word if c > "\x7f"]
    if not foreign or not script:
        return True
    if script == "LATIN":
        return 2 * len(foreign) <= len(word) + 1 and _usual_case(word) and _all_of(word, script)
    return len(foreign) == len(word) and _usual_case(word) and _all_of(word, script)


def _all_of(word: str, script: str) -> bool:
    scripts = ("HIRAGANA", "KATAKANA", "CJK") if script == "JAPANESE" else (script,)
    return all(unicodedata.name(c, "").startswith(scripts) for c in word)


def _usual_case(word: str) -> bool:
    """A capital stands at the beginning or everywhere."""
    return word.isupper() or word[1:] == word[1:].lower()


def _common(names: tuple[str, ...], page: CodePage) -> bool:
    """Whether most characters of two bytes are common ones, so that no rare ones prove a page."""
    if not page.common:
        return True
    wide = [
        encoded[0]
        for name in names
        for c in name
        if len(encoded := c.encode(page.codec, errors="replace")) > 1
    ]
    return sum(lead in page.common for lead in wide) >= COMMON_SHARE * len(wide) > 0


# writing


def writing_encoding(encoding: str, seen: str) -> str:
    """Return how names are written. seen: what `guess` said of the names on the unit.

    Where nothing is proven, only ASCII is certain to be shown as it is meant.
    """
    return encoding if encoding != AUTO else seen or ASCII


def encode_name(name: str, size: int, encoding: str) -> bytes:
    """Return the name in at most `size` bytes.

    A letter that the encoding lacks loses its accent or becomes a question mark.
    """
    return cut(writable(name, encoding), size, _codec(encoding))


def as_read(raw: bytes, encoding: str) -> str:
    """Return what `encode_name` wrote."""
    return raw.decode(_codec(encoding))


def shown_name(name: str, encoding: str, size: int = WIDE) -> str:
    """Return the name as a unit shows it that keeps `size` bytes of it."""
    return as_read(encode_name(name, size, encoding), encoding)


def writable(name: str, encoding: str) -> str:
    """Return the name with only what the encoding has."""
    if encoding == UTF_8:
        return plain(name)
    return "".join(_nearest(c, _codec(encoding)) for c in unicodedata.normalize("NFC", plain(name)))


def lacking(name: str, encoding: str) -> str:
    """Return the characters of a name that the encoding lacks, each once."""
    whole = unicodedata.normalize("NFC", plain(name))
    return "".join(dict.fromkeys(c for c in whole if not _has(_codec(encoding), c)))


def _codec(encoding: str) -> str:
    return CODE_PAGES[encoding].codec if encoding in CODE_PAGES else ASCII


def _has(codec: str, character: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _nearest(character: str, codec: str) -> str:
    if _has(codec, character):
        return character
    base = unicodedata.normalize("NFKD", character)[0]
    return base if _has(codec, base) else "?"
