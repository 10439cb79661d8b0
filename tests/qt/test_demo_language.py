"""T21: the demo shows the console in the language that was asked for."""

from pathlib import Path

import pytest

from console.demo import run_demo, tour
from console.domain.language import CHINESE, tr


def test_the_tour_speaks_the_language_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    monkeypatch.setattr(tour, "run_tour", lambda *_: said.append(tr("Settings")) or 0)
    assert run_demo(True, tmp_path, "light", CHINESE) == 0
    assert said == ["设置"]
