"""How an operator wants the console to look."""

from dataclasses import dataclass
from enum import Enum, IntEnum


class ThemeChoice(Enum):
    """The colours: as the operating system asks for, or always these."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high contrast"


class TextSize(IntEnum):
    """The size of all text, percent of the usual one."""

    NORMAL = 100
    LARGE = 115
    LARGER = 130
    LARGEST = 150

    @property
    def scale(self) -> float:
        """What lengths are multiplied with."""
        return self / 100

    def stepped(self, steps: int) -> "TextSize":
        """So many sizes larger, or smaller if negative, as far as there are any."""
        sizes = list(TextSize)
        return sizes[min(max(0, sizes.index(self) + steps), len(sizes) - 1)]


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """What the operator chose."""

    theme: ThemeChoice = ThemeChoice.SYSTEM
    text: TextSize = TextSize.NORMAL
