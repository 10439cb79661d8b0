"""What stands beside the program: the licences of all its parts, and the list of the parts.

The list is a software bill of materials in CycloneDX 1.6 (ECMA-424), as JSON.
"""

import hashlib
import html
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import HeaderParser
from pathlib import Path

from console import __version__

LICENCE_NAMES = ("license", "licence", "copying", "notice")
"""How the names of licence files begin, in small letters."""
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Muster: licences</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em }}
pre {{ white-space: pre-wrap; font-size: 12px; background: #f4f4f4; padding: 1em }}
td {{ padding: 0 2em 0 0 }}
</style></head><body>
<h1>Licences</h1>
<p>Muster {version} is free software under the GNU General Public License, version 3 or later.
Its source is at the place where you got this program. It contains these parts:</p>
<table>{rows}</table>
{texts}
</body></html>
"""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the program. licence: as its own metadata says; texts: of its licence files."""

    name: str
    version: str
    purl: str
    licence: str
    texts: tuple[str, ...]


def parts_of(folder: Path, runtime_version: str) -> list[Part]:
    """CPython, all packages of the staged tree, and the models and fonts that came with them."""
    python = Part(
        name="CPython",
        version=runtime_version,
        purl=f"pkg:generic/python@{runtime_version}",
        licence="PSF-2.0",
        texts=(_text(folder / "runtime" / "LICENSE.txt"),),
    )
    return [python, *packages_of(folder / "site")]


def packages_of(site: Path) -> list[Part]:
    """All packages in this folder, by their names."""
    packages = [_package(info) for info in site.glob("*.dist-info")]
    return sorted(packages, key=lambda part: part.name.lower())


def _package(info: Path) -> Part:
    metadata = HeaderParser().parsestr(_text(info / "METADATA"))
    name, version = str(metadata["Name"]), str(metadata["Version"])
    classifiers = [
        value.rsplit(" :: ", 1)[-1]
        for value in metadata.get_all("Classifier", [])
        if value.startswith("License ::")
    ]
    said = metadata["License-Expression"] or metadata["License"] or ", ".join(classifiers)
    texts = [_text(file) for file in _licence_files(info)]
    if name == "muster":
        resources = info.parent / "console" / "_resources"
        texts += [_text(resources / "CREDITS.md"), _text(resources / "models" / "NOTICE")]
    return Part(
        name=name,
        version=version,
        purl=f"pkg:pypi/{name.lower().replace('_', '-')}@{version}",
        licence=str(said or "see its text").strip().splitlines()[0][:80],
        texts=tuple(texts),
    )


def _licence_files(info: Path) -> list[Path]:
    return sorted(
        path
        for path in info.rglob("*")
        if path.is_file()
        and ("licenses" in path.parts or path.name.lower().startswith(LICENCE_NAMES))
    )


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace")


def licences_page(parts: list[Part]) -> str:
    """All licences as one page; a text that several parts share stands there once."""
    rows = "".join(
        f"<tr><td>{html.escape(part.name)} {html.escape(part.version)}</td>"
        f"<td>{html.escape(part.licence)}</td></tr>\n"
        for part in parts
    )
    owners: dict[str, list[str]] = {}
    for part in parts:
        for text in part.texts:
            owners.setdefault(text, []).append(part.name)
    texts = "".join(
        f"<h2>{html.escape(', '.join(dict.fromkeys(names)))}</h2>\n<pre>{html.escape(text)}</pre>\n"
        for text, names in owners.items()
    )
    return PAGE.format(version=__version__, rows=rows, texts=texts)


def bill_of_materials(parts: list[Part], files: dict[str, bytes], epoch: int) -> str:
    """CycloneDX 1.6: the parts, and a SHA-256 of each file of `files` (by name).

    Two builds of the same parts give the same text.
    """
    components: list[dict[str, object]] = [
        {
            "type": "library",
            "bom-ref": part.purl,
            "name": part.name,
            "version": part.version,
            "purl": part.purl,
            "licenses": [{"license": {"name": part.licence}}],
        }
        for part in parts
        if part.name != "muster"
    ]
    components += [
        {
            "type": "file",
            "bom-ref": f"file:{name}",
            "name": name,
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}],
        }
        for name, content in sorted(files.items())
    ]
    product = f"pkg:generic/muster@{__version__}"
    seed = json.dumps(components, sort_keys=True)
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, product + seed)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).isoformat(),
            "component": {
                "type": "application",
                "bom-ref": product,
                "name": "Muster",
                "version": __version__,
                "licenses": [{"license": {"id": "GPL-3.0-or-later"}}],
            },
        },
        "components": components,
        "dependencies": [{"ref": product, "dependsOn": [part["bom-ref"] for part in components]}],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
