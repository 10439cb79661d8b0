"""Model files: only those that the manifest names, by their hash."""

import json
from pathlib import Path

import dlib
import pytest

from console.biometrics.models import MANIFEST, model_path
from console.biometrics.refusals import ModelRefused


@pytest.mark.windows
def test_every_model_that_ships_is_the_one_that_was_vetted() -> None:
    entries = json.loads(MANIFEST.read_text())
    for name, entry in entries.items():
        assert model_path(name).is_file()
        assert entry["commercial_ok"] is True
        assert entry["licence"] in ("Apache-2.0", "MIT", "BSL-1.0")
    named = {entry["file"] for entry in entries.values()}
    assert {path.name for path in MANIFEST.parent.iterdir()} == named | {MANIFEST.name, "NOTICE"}


def test_the_face_detector_is_the_one_that_dlib_carries(tmp_path: Path) -> None:
    dlib.get_frontal_face_detector().save(str(tmp_path / "detector"))
    assert (tmp_path / "detector").read_bytes() == model_path("face_hog").read_bytes()


def test_unknown_missing_and_altered_files_are_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(
        json.dumps(
            {
                "net": {"file": "net.onnx", "sha256": "0" * 64},
                "gone": {"file": "gone.onnx", "sha256": "0" * 64},
            }
        )
    )
    (tmp_path / "net.onnx").write_bytes(b"something else")
    for name, words in (("net", "sha256"), ("gone", "missing"), ("other", "no model")):
        with pytest.raises(ModelRefused, match=words):
            model_path(name, manifest)
