"""T21: the demo shows the console in the language that was asked for."""

from pathlib import Path

import pytest

from console.demo import run_demo, tour
from console.domain.language import CHINESE, tr


def test_the_tour_speaks_the_language_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []

    def run_tour(*_: object) -> int:
        said.append(tr("Settings"))
        return 0

    monkeypatch.setattr(tour, "run_tour", run_tour)
    assert run_demo(True, tmp_path, "light", CHINESE) == 0
    assert said == ["设置"]
