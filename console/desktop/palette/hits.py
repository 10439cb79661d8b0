"""What the palette finds: one row for each thing, and what Enter does with it. CO19."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from console.domain.closeness import Closeness, closeness
from console.domain.language import tr


class HitKind(StrEnum):
    """What a row is. Of rows that fit equally well, the first kinds come first."""

    PERSON = "person"
    TERMINAL = "terminal"
    KIOSK = "kiosk"
    PAGE = "page"
    ACT = "act"
    SETTING = "setting"
    HELP = "help"


KIND_WORDS = {
    HitKind.PERSON: tr("Person"),
    HitKind.TERMINAL: tr("Terminal"),
    HitKind.KIOSK: tr("Kiosk"),
    HitKind.PAGE: tr("Page"),
    HitKind.ACT: tr("Action"),
    HitKind.SETTING: tr("Setting"),
    HitKind.HELP: tr("Help"),
}
KIND_ICONS = {
    HitKind.PERSON: "user",
    HitKind.TERMINAL: "device-tablet",
    HitKind.KIOSK: "login",
    HitKind.PAGE: "list",
    HitKind.ACT: "send",
    HitKind.SETTING: "settings",
    HitKind.HELP: "info-circle",
}


@dataclass(frozen=True, kw_only=True)
class Hit:
    """title, detail: what the row says; other: further names that find it.

    shortcut: the key that does the same from anywhere, "" for none; icon: "" for that of its kind;
    go: what Enter does.
    """

    kind: HitKind
    title: str
    go: Callable[[], object]
    detail: str = ""
    other: tuple[str, ...] = ()
    shortcut: str = ""
    icon: str = ""

    @property
    def spoken(self) -> str:
        """What a screen reader says of the row."""
        parts = (self.title, self.detail, KIND_WORDS[self.kind], self.shortcut)
        return ", ".join(part for part in parts if part)


def ranked(typed: str, hits: Sequence[Hit], most: int) -> list[Hit]:
    """The best of those that fit, the best one first; without a text, all in their order.

    The service has found the people, by more than is shown of them.
    """
    if not typed.strip():
        return list(hits[:most])
    kinds = list(HitKind)
    found = [(closeness(typed, hit.title, *hit.other), hit) for hit in hits]
    fitting = [
        (Closeness.INSIDE if close is None else close, hit)
        for close, hit in found
        if close is not None or hit.kind is HitKind.PERSON
    ]
    fitting.sort(key=lambda one: (one[0], kinds.index(one[1].kind)))
    return [hit for _, hit in fitting[:most]]
