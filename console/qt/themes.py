"""The colours of each theme."""

from dataclasses import dataclass

TONES = ("pass", "warn", "bad", "info", "mut")

TEXT_ON_GROUND = (
    *((ink, ground) for ink in ("ink", "ink2", "ink3") for ground in ("bg", "surface")),
    *((ink, "line2") for ink in ("ink", "ink2", "ink3")),
    *((ink, "accent_soft") for ink in ("ink", "ink2", "ink3")),
    *((ink, ground) for ink in ("accent", "bad", "warn", "pass_") for ground in ("bg", "surface")),
    ("accent_ink", "accent"),
    *((tone, f"{tone.rstrip('_')}_soft") for tone in ("pass_", "warn", "bad", "info")),
    ("ink", "bad_soft"),
    *((ink, ground) for ink in ("nav_ink", "nav_on") for ground in ("nav", "nav_sel")),
)
"""What is read on what, by the names of the colours: the names of two fields of a theme each."""


@dataclass(frozen=True)
class Theme:
    """Colours as #RRGGBB. Soft colours are grounds; ink, ink2, ink3 are text in falling weight."""

    bg: str
    surface: str
    line: str
    line2: str
    ink: str
    ink2: str
    ink3: str
    accent: str
    accent_soft: str
    accent_ink: str
    pass_: str
    pass_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    info: str
    info_soft: str
    nav: str
    nav_ink: str
    nav_on: str
    nav_sel: str
    nav_mark: str

    def colour(self, name: str) -> str:
        """The colour of this name, or the ink of a tone."""
        return self.tone(name)[0] if name in TONES else str(getattr(self, name))

    def tone(self, name: str) -> tuple[str, str]:
        """(ink, ground) of a chip: pass, warn, bad, info or mut."""
        tones = {
            "pass": (self.pass_, self.pass_soft),
            "warn": (self.warn, self.warn_soft),
            "bad": (self.bad, self.bad_soft),
            "info": (self.info, self.info_soft),
            "mut": (self.ink2, self.line2),
        }
        return tones[name]


LIGHT = Theme(
    bg="#F6F7F9", surface="#FFFFFF", line="#E2E6EB", line2="#EEF1F4", ink="#14202B", ink2="#4A5866", ink3="#5D6A76", accent="#0B6E6E", accent_soft="#DDF1EF", accent_ink="#FFFFFF",
    pass_="#1B7348", pass_soft="#E2F4EA", warn="#8A5C00", warn_soft="#FFF3D1", bad="#B42318", bad_soft="#FDE7E4", info="#2256A8", info_soft="#E3ECFA", nav="#0F1B26", nav_ink="#C9D3DC", nav_on="#FFFFFF", nav_sel="#1C2C3A", nav_mark="#35B5AE",
)  # fmt: skip
DARK = Theme(
    bg="#0E151C", surface="#151F29", line="#26333F", line2="#1F2B36", ink="#E8EEF3", ink2="#A9B6C2", ink3="#94A1AD", accent="#35B5AE", accent_soft="#12383A", accent_ink="#06201F",
    pass_="#5CC98E", pass_soft="#13301F", warn="#E3B341", warn_soft="#352A0E", bad="#F1867B", bad_soft="#3A1A17", info="#7FB0F5", info_soft="#14263F", nav="#0A1016", nav_ink="#93A3B1", nav_on="#FFFFFF", nav_sel="#16222D", nav_mark="#35B5AE",
)  # fmt: skip
HIGH_CONTRAST = Theme(
    bg="#000000", surface="#000000", line="#FFFFFF", line2="#3A3A3A", ink="#FFFFFF", ink2="#FFFFFF", ink3="#E6E6E6", accent="#FFE14D", accent_soft="#3A3400", accent_ink="#000000",
    pass_="#7CFFB2", pass_soft="#00331A", warn="#FFB84D", warn_soft="#332200", bad="#FFB3AB", bad_soft="#4D0A05", info="#9CCBFF", info_soft="#00264D", nav="#000000", nav_ink="#FFFFFF", nav_on="#FFFFFF", nav_sel="#3A3A3A", nav_mark="#FFE14D",
)  # fmt: skip
