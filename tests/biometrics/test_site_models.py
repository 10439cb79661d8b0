"""Recognisers by file: what is accepted and refused, pairs of two, and their FMR tables."""

import io
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image, ImageEnhance

from console import cli
from console.biometrics.faces.detection.face_finder import FaceFinder
from console.biometrics.faces.detection.yunet_detector import YuNetDetector
from console.biometrics.faces.recognition import site_models
from console.biometrics.faces.recognition.fmr_calibration import (
    calibrate_photos,
    calibrate_vectors,
    labelled_photos,
)
from console.biometrics.faces.recognition.shipped_recogniser import ShippedRecogniser
from console.biometrics.faces.recognition.site_models import SHIPPED, RecogniserChoice, SiteModel
from console.biometrics.faces.recognition.site_recognisers import open_recogniser
from console.biometrics.faces.recognition.vectors import MODEL_ID, unit
from console.biometrics.models import model_path
from console.biometrics.refusals import ModelRefused
from console.biometrics.workers.photo_pipeline import PhotoPipeline
from console.demo.photos import good_photos


def described(**changes: object) -> SiteModel:
    """A net for aligned faces: the one that ships, as if it were somebody else's."""
    values = {"licence": "Apache-2.0", "source": "a test", "dimension": 192, **changes}
    plain = SiteModel(
        name="other", kind="onnx", file="", sha256="", licence="", source="", dimension=0
    )
    return msgspec.structs.replace(plain, **values)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site_models.add(tmp_path / "models", model_path("face_recogniser"), described())
    return tmp_path / "models"


def test_a_site_without_models_of_its_own_uses_what_ships(tmp_path: Path) -> None:
    assert list(site_models.choices(tmp_path)) == [MODEL_ID]
    assert SHIPPED.id == MODEL_ID
    assert set(site_models.tables(tmp_path, SHIPPED)) == {1, 3}


@pytest.mark.windows
def test_dlibs_network_as_a_second_opinion_has_thresholds_that_ship(tmp_path: Path) -> None:
    known = SiteModel(
        name="dlib-resnet",
        kind="dlib",
        file="dlib_resnet.dat",
        sha256=site_models.DLIB_SHA256,
        licence="CC0-1.0",
        source="dlib",
        dimension=128,
    )
    assert set(site_models.tables(tmp_path, RecogniserChoice(True, known))) == {1, 3}
    assert not site_models.tables(tmp_path, RecogniserChoice(False, known))


def test_a_model_by_file_is_a_choice_alone_and_as_a_second_opinion(folder: Path) -> None:
    made = site_models.choices(folder)
    added = site_models.models(folder)[0]
    assert list(made) == [
        MODEL_ID,
        f"{MODEL_ID} + other-{added.sha256[:8]}",
        f"other-{added.sha256[:8]}",
    ]
    assert [choice.dimension for choice in made.values()] == [192, 384, 192]
    assert not site_models.tables(folder, made[f"other-{added.sha256[:8]}"])


def test_two_in_one_give_the_weighted_sum_of_both_cosines(folder: Path) -> None:
    rgb = [np.asarray(Image.open(io.BytesIO(photo)).convert("RGB")) for photo in good_photos()[:2]]
    meshes = [FaceFinder().find(one)[0].mesh for one in rgb]
    paired = open_recogniser(list(site_models.choices(folder).values())[1], folder)
    both = [paired.embed(one, mesh).vector for one, mesh in zip(rgb, meshes, strict=True)]
    shipped = ShippedRecogniser()
    alone = [shipped.embed(one, mesh).vector for one, mesh in zip(rgb, meshes, strict=True)]
    assert both[0].shape == (384,)
    assert float(both[0] @ both[1]) == pytest.approx(
        float(alone[0] @ alone[1]), abs=1e-4
    )  # the same net twice


@pytest.mark.windows
def test_yunet_by_file_is_asked_where_nothing_was_seen(tmp_path: Path, shared: Path) -> None:
    added = site_models.add(
        tmp_path / "models", shared / "models" / "yunet_n_dynamic.onnx", described()
    )
    assert (added.name, added.kind, added.licence) == ("yunet", "yunet", "Apache-2.0")
    assert list(site_models.choices(tmp_path / "models")) == [MODEL_ID]  # it recognises nobody
    rgb = np.asarray(Image.open(io.BytesIO(good_photos()[0])).convert("RGB"))
    try:
        detector = YuNetDetector(site_models.model_file(tmp_path / "models", added))
    except ModelRefused as refused:
        pytest.skip(f"this OpenCV cannot load it, and says so: {refused}")
    box, mesh = detector.detect(rgb)[0], FaceFinder().find(rgb)[0].mesh
    assert np.hypot(*(np.array(box.centre) - mesh.points[:, :2].mean(axis=0))) < mesh.eye_distance
    with PhotoPipeline((str(tmp_path / "models"), MODEL_ID)) as pipeline:
        assert pipeline.screen(good_photos()[0]).vector is not None


def test_a_file_that_is_no_detector_is_refused(tmp_path: Path) -> None:
    (tmp_path / "yunet.onnx").write_bytes(b"no model")
    with pytest.raises(ModelRefused, match="OpenCV"):
        YuNetDetector(tmp_path / "yunet.onnx")


def test_a_file_that_was_changed_is_not_loaded(folder: Path) -> None:
    model = site_models.models(folder)[0]
    with (folder / model.file).open("ab") as file:
        file.write(b"more")
    with pytest.raises(ModelRefused, match="sha256 differs"):
        open_recogniser(list(site_models.choices(folder).values())[1], folder)
    (folder / model.file).unlink()
    with pytest.raises(ModelRefused, match="missing"):
        site_models.model_file(folder, model)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"licence": ""}, "licence"),
        ({"source": ""}, "where it comes from"),
        ({"kind": "dlib"}, "not dlib's ResNet"),
        ({"name": "../up"}, "short name"),
        ({"name": ""}, "short name"),
        ({"scale": 0.0}, "positive"),
        ({"weight": float("nan")}, "positive"),
    ],
)
def test_what_is_not_known_is_refused_in_words(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(ModelRefused, match=words):
        site_models.add(
            tmp_path / "models",
            model_path("face_recogniser"),
            msgspec.structs.replace(described(), **changes),
        )


def test_a_file_that_is_no_net_for_faces_is_refused(tmp_path: Path) -> None:
    (tmp_path / "junk.onnx").write_bytes(b"this is no model")
    for file, words in (
        (tmp_path / "junk.onnx", "no model that can be run"),
        (model_path("palms"), "112 x 112"),
    ):
        site_models.add(tmp_path / "models", file, described())
        with pytest.raises(ModelRefused, match=words):
            open_recogniser(
                list(site_models.choices(tmp_path / "models").values())[2], tmp_path / "models"
            )


def test_a_manifest_that_cannot_be_read_is_said_so(folder: Path) -> None:
    (folder / site_models.MANIFEST).write_text("{broken")
    with pytest.raises(ModelRefused, match="cannot be read"):
        site_models.choices(folder)


def made_up(people: int, photos: int) -> dict[str, list[np.ndarray]]:
    dice = np.random.default_rng(5)
    middles = [unit(dice.normal(size=192).astype(np.float32)) for _ in range(people)]
    return {
        f"person {number}": [
            unit(middle + 0.05 * dice.normal(size=192).astype(np.float32)) for _ in range(photos)
        ]
        for number, middle in enumerate(middles)
    }


def test_thresholds_are_made_from_labelled_faces_and_kept_apart_by_recogniser(folder: Path) -> None:
    made = calibrate_vectors(made_up(60, 4))
    assert (made.people, made.photos) == (60, 240)
    assert made.fnmr == 0
    assert all(cosine < 0.35 for cosine, _ in made.tables[1])
    other = list(site_models.choices(folder).values())[2]
    site_models.store_tables(folder, other, made.tables)
    assert site_models.tables(folder, other) == made.tables
    assert site_models.tables(folder, SHIPPED) != made.tables


def test_too_few_faces_make_no_thresholds() -> None:
    with pytest.raises(ValueError, match="too few"):
        calibrate_vectors(made_up(3, 2))


def test_labels_are_folders_or_names(tmp_path: Path) -> None:
    for name in ("Ann_Lee_0001.jpg", "Ann_Lee_0002.jpg", "bob/one.png", "bob/two.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [person for person, _ in labelled_photos(tmp_path)] == [
        "Ann_Lee",
        "Ann_Lee",
        "bob",
        "bob",
    ]
    with pytest.raises(ValueError, match="no pictures"):
        labelled_photos(tmp_path / "nothing")


def test_one_person_alone_says_nothing_of_strangers(tmp_path: Path) -> None:
    for number, photo in enumerate(good_photos()):
        (tmp_path / f"Eileen_{number:04}.jpg").write_bytes(photo)
    (tmp_path / "Nobody_0001.jpg").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="two people"):
        calibrate_photos(tmp_path)


def test_the_commands_add_list_and_calibrate(
    tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    johns = shared / "faces" / "dlib-faces" / "johns"
    shutil.copytree(johns, tmp_path / "people")
    data = ["--data", str(tmp_path / "site")]
    file = str(model_path("face_recogniser"))
    assert (
        cli.main(
            [
                *data,
                "models",
                file,
                "--name",
                "mine",
                "--licence",
                "Apache-2.0",
                "--source",
                "a test",
                "--dimension",
                "192",
            ]
        )
        == 0
    )
    said = capsys.readouterr().out
    assert "Added mine: Apache-2.0, a test, sha256 bcdcfc31" in said
    assert "needs `muster calibrate`" in said
    assert (
        cli.main(
            [*data, "calibrate", str(tmp_path / "people"), "--model", "mine-bcdcfc31", "--keep"]
        )
        == 0
    )
    assert "photos of 5 people" in capsys.readouterr().out
    assert cli.main([*data, "models"]) == 0
    assert "mine-bcdcfc31: has thresholds" in capsys.readouterr().out
    assert cli.main([*data, "calibrate", str(tmp_path), "--model", "unknown"]) == 1
    assert "muster models" in capsys.readouterr().err
    assert cli.main([*data, "models", str(tmp_path / "gone.dat")]) == 1


def test_a_duller_picture_of_a_person_is_that_person_to_a_model_by_file(folder: Path) -> None:
    photo = Image.open(io.BytesIO(good_photos()[0])).convert("RGB")
    alone = open_recogniser(list(site_models.choices(folder).values())[2], folder)
    finder = FaceFinder()
    rows = [np.asarray(one) for one in (photo, ImageEnhance.Brightness(photo).enhance(0.8))]
    one, other = (alone.embed(rgb, finder.find(rgb)[0].mesh).vector for rgb in rows)
    assert float(one @ other) > 0.8
