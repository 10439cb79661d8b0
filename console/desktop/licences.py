"""Under which licences Muster and its parts are."""

import re
from dataclasses import dataclass
from importlib.metadata import (
    Distribution,
    PackageNotFoundError,
    distribution,
    distributions,
)

from console import __version__
from console.resources import RESOURCES

OWN = "GPL-3.0-or-later"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LONGEST = 60
"""Characters: some packages give the whole text in place of a name."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the program: a package, or what comes with it."""

    name: str
    version: str
    licence: str


def parts() -> list[Part]:
    """Muster, then every package that it needs, as far as it is installed, then its resources."""
    own = Part(name="Muster", version=__version__, licence=OWN)
    packages = [_part(package) for package in _packages().values()]
    return [own, *sorted(packages, key=lambda part: part.name.lower()), *_resources()]


def _packages() -> dict[str, Distribution]:
    """By their names. Where Muster itself is no package, as in the set-up, all that there are."""
    found: dict[str, Distribution] = {}
    try:
        waiting = _needs(distribution("muster"))
    except PackageNotFoundError:
        return {_key(package.name): package for package in distributions()}
    while waiting:
        name = waiting.pop()
        try:
            package = distribution(name)
        except PackageNotFoundError:  # for another system
            continue
        if _key(name) not in found:
            found[_key(name)] = package
            waiting += _needs(package)
    return found


def _needs(package: Distribution) -> list[str]:
    """The names of what it requires, without its extras."""
    lines = [line for line in package.requires or [] if "extra ==" not in line]
    return [match[0] for line in lines if (match := _NAME.match(line))]


def _key(name: str) -> str:
    return name.lower().replace("_", "-")


def _part(package: Distribution) -> Part:
    licences = _told(package, "License-Expression") or [
        line.rpartition(" :: ")[2]
        for line in _told(package, "Classifier")
        if line.startswith("License :: ")
    ]
    text = "".join(_told(package, "License")).strip().partition("\n")[0]
    told = ", ".join(licences) or text
    return Part(name=package.name, version=package.version, licence=told[:_LONGEST] or "–")


def _told(package: Distribution, what: str) -> list[str]:
    """What its metadata says; some versions of the library raise where a line is missing."""
    return package.metadata.get_all(what) or []


def _resources() -> list[Part]:
    """Fonts, icons and models, as the credits say."""
    rows = [
        [cell.strip(" `") for cell in line.strip().strip("|").split("|")]
        for line in (RESOURCES / "CREDITS.md").read_text("utf-8").splitlines()
        if line.startswith("| `")
    ]
    return [
        Part(name=name.replace("`", ""), version="", licence=licence.replace("`", ""))
        for name, _, licence in rows
        if (RESOURCES / name.partition("`")[0]).exists()
    ]
