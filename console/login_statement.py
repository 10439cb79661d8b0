"""Checks an export of the login log without the service: is it what the site signed? N12."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.store.signing import Signed

STATEMENT, SIGNATURE = "statement.json", "signature.json"
EVERY_LOGIN = "every login is here"
"""What the statement says of each terminal and kiosk."""
MOST_BYTES = 1 << 30
"""A file of an export; a longer one is none."""


@dataclass(frozen=True)
class CheckedExport:
    """What an export says, and what is wrong with it: nothing, if `problems` is empty.

    not_whole: what the statement itself says that may be missing, in sentences; key: of the site,
    base64; compare it with the key of a receipt or of an earlier export.
    """

    statement: dict[str, Any]
    key: str
    problems: list[str]
    not_whole: list[str]


def check_export(path: Path) -> CheckedExport:
    """Checks the signature, and each file. Raises OSError; ValueError if it is no such export."""
    try:
        with zipfile.ZipFile(path) as archive:
            files = {one.filename: _read(archive, one) for one in archive.infolist()}
        proof = json.loads(files.pop(SIGNATURE))
        text = files.pop(STATEMENT).decode()
        signed = Signed(document=text, signature=proof["signature"], key=proof["key"])
        statement = json.loads(text)
        digests = dict(statement["sha256"])
        not_whole = list(_not_whole(statement))
    except (AttributeError, zipfile.BadZipFile, KeyError, TypeError, UnicodeDecodeError) as problem:
        raise ValueError(f"{path} is no export of the login log") from problem
    problems = [] if signed.holds else ["The statement is not what the site signed."]
    for name in sorted(digests.keys() | files.keys()):
        if name not in files:
            problems.append(f"{name} is missing.")
        elif hashlib.sha256(files[name]).hexdigest() != digests.get(name):
            problems.append(f"{name} was changed or added.")
    return CheckedExport(statement, signed.key, problems, not_whole)


def _not_whole(statement: dict[str, Any]) -> Iterator[str]:
    """Raises KeyError, TypeError or AttributeError where it is no statement."""
    if not statement["stored log"]["nothing is missing or changed"]:
        yield "The stored log was changed by hand: logins are missing, added or not as reported."
    deleted = statement["logins were deleted by their age up to"]
    if deleted:
        yield f"Logins were deleted by their age up to {deleted}."
    erased = statement["logins of people who were erased, without name and number"]
    if erased:
        yield f"Logins of people who were erased, without name and number: {erased:,}."
    for kind, words in (("terminals", "terminal"), ("kiosks", "kiosk")):
        for place in statement[kind]:
            if not place[EVERY_LOGIN]:
                serial = place.get("serial number", "")
                named = f"{place['name']} ({serial})" if serial else place["name"]
                yield f"Logins of {words} {named} may be missing; coverage.csv says of which times."


def _read(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    if one.file_size > MOST_BYTES:
        raise ValueError(f"{one.filename} is too long")
    return archive.read(one)
