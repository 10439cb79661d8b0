"""The colours of every theme can be read, and the style sheet uses no others. WCAG 2.2, 1.4."""

import re

import pytest

from console.qt.style_sheet import style_sheet
from console.qt.themes import DARK, HIGH_CONTRAST, LIGHT, TEXT_ON_GROUND, TONES, Theme

AA, AAA = 4.5, 7.0
MARK = 3.0
"""WCAG 1.4.11: of what is not text."""
THEMES = {"light": (LIGHT, AA), "dark": (DARK, AA), "high contrast": (HIGH_CONTRAST, AAA)}
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""

    def luminance(colour: str) -> float:
        channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(params=THEMES)
def judged(request) -> tuple[Theme, float]:
    return THEMES[request.param]


def test_N_text_is_readable_on_every_ground_it_stands_on(judged) -> None:
    theme, least = judged
    found = {
        (ink, ground): contrast(getattr(theme, ink), getattr(theme, ground))
        for ink, ground in TEXT_ON_GROUND
    }
    assert not {pair: ratio for pair, ratio in found.items() if ratio < least}


def test_N_every_tone_is_readable_on_its_ground_and_on_a_page(judged) -> None:
    theme, least = judged
    for tone in TONES:
        ink, ground = theme.tone(tone)
        for behind in (ground, theme.surface, theme.bg):
            assert contrast(ink, behind) >= least, (tone, behind)


def test_N_marks_and_the_focus_are_seen(judged) -> None:
    theme, _ = judged
    for mark in (theme.accent, theme.warn, theme.bad, theme.pass_, theme.ink3):
        assert contrast(mark, theme.surface) >= MARK
        assert contrast(mark, theme.bg) >= MARK
    assert contrast(theme.nav_mark, theme.nav) >= MARK, "the focus in the navigation"


def test_CO12_in_high_contrast_edges_are_seen_and_the_parts_of_a_chart_differ() -> None:
    assert contrast(HIGH_CONTRAST.line, HIGH_CONTRAST.surface) >= AAA
    parts = (HIGH_CONTRAST.accent, HIGH_CONTRAST.warn, HIGH_CONTRAST.bad)
    assert len(set(parts)) == len(parts)


def test_the_pairs_that_are_judged_are_all_that_the_style_sheet_has() -> None:
    """A rule with an ink and a ground of its own is in the table."""
    names = Theme(**{name: f"${name}" for name in Theme.__dataclass_fields__})
    sheet = style_sheet(names, 1.0, strong=True)
    used = set()
    for _, body in RULE.findall(sheet):
        ink = re.search(r"(?<![-\w])color: \$(\w+)", body)
        ground = re.search(r"background: \$(\w+)", body)
        if ink and ground:
            used.add((ink[1], ground[1]))
    assert len(used) > 8
    assert used <= set(TEXT_ON_GROUND)


def test_no_colour_is_written_into_the_style_sheet_itself() -> None:
    names = Theme(**{name: f"${name}" for name in Theme.__dataclass_fields__})
    assert not re.findall(r"#[0-9A-Fa-f]{6}", style_sheet(names, 1.0, strong=True))


@pytest.mark.parametrize(("scale", "text", "row"), [(1.0, 13, 32), (1.5, 20, 48)])
def test_text_and_rows_grow_but_lines_stay_thin(scale: float, text: int, row: int) -> None:
    sheet = style_sheet(LIGHT, scale, strong=False)
    assert f"* {{ font-size: {text}px;" in sheet
    assert f"QTreeView::item {{ height: {row}px;" in sheet
    assert "border: 1px solid" in sheet
    assert "max-height: 6px" in sheet
