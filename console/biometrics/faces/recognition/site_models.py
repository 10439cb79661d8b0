"""Recognisers that a site adds by file: a manifest of its own with licence, source and sha256; no file is loaded that it does not name.

Which recogniser is in use is one choice: the one that ships, one of the site's, or the one that ships with one of the site's as a
second opinion. Vectors of two choices never compare; each has thresholds of its own.
"""

import hashlib
import math
import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec

from console.biometrics.faces.recognition.calibration import FMR_BY_COSINE, Table
from console.biometrics.faces.recognition.vectors import DIMENSION, MODEL_ID
from console.biometrics.refusals import ModelRefused

MANIFEST, CALIBRATIONS = "models.json", "calibrations.json"
DLIB_SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"
YUNET_SHA256 = "104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12"
YUNET = "yunet"
DLIB_WEIGHT = 4.3
"""How much the second opinion's cosines count: the spread of impostors' cosines of the one over that of the other (0.147 / 0.034)."""
MAX_FILE = 512 * 1024 * 1024


class SiteModel(msgspec.Struct, frozen=True, kw_only=True):
    """kind: yunet (a detector), dlib (its ResNet, .dat) or onnx (a face of 112 x 112 px, RGB, aligned by five points).

    mean, scale: (x - mean) / scale is what the net takes; weight: how much its cosines count beside those of the recogniser that ships.
    """

    name: str
    kind: str
    file: str
    sha256: str
    licence: str
    source: str
    dimension: int
    mean: float = 127.5
    scale: float = 128.0
    weight: float = 1.0


class _Manifest(msgspec.Struct, frozen=True, kw_only=True):
    models: list[SiteModel]


class _Calibrations(msgspec.Struct, frozen=True, kw_only=True):
    tables: dict[str, dict[int, list[tuple[float, float]]]]


@dataclass(frozen=True)
class Choice:
    """A recogniser, or two in one vector. shipped: the one that ships takes part; site: one of the site's."""

    shipped: bool
    site: SiteModel | None = None

    @property
    def id(self) -> str:
        """As it stands with every vector."""
        parts = [MODEL_ID] if self.shipped else []
        if self.site is not None:
            parts.append(f"{self.site.name}-{self.site.sha256[:8]}")
        return " + ".join(parts)

    @property
    def dimension(self) -> int:
        return (DIMENSION if self.shipped else 0) + (self.site.dimension if self.site else 0)


SHIPPED = Choice(True)


def models(folder: Path) -> list[SiteModel]:
    """What the site has added. Raises ModelRefused when its manifest cannot be read."""
    path = folder / MANIFEST
    if not path.is_file():
        return []
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Manifest).models
    except msgspec.DecodeError as error:
        raise ModelRefused(f"{path.name} cannot be read: {error}") from error


def choices(folder: Path) -> dict[str, Choice]:
    """By id, the one that ships first."""
    made = [
        SHIPPED,
        *(
            Choice(shipped, one)
            for one in models(folder)
            if one.kind != YUNET
            for shipped in (True, False)
        ),
    ]
    return {one.id: one for one in made}


def model_file(folder: Path, model: SiteModel) -> Path:
    """The checked path. Raises ModelRefused."""
    path = folder / model.file
    if Path(model.file).name != model.file or not path.is_file():
        raise ModelRefused(f"the model file {model.file} is missing in {folder}: add it again")
    if _sha256(path) != model.sha256:
        raise ModelRefused(
            f"{model.file} is not the file that was added (its sha256 differs): add it again"
        )
    return path


def add(folder: Path, file: Path, described: SiteModel) -> SiteModel:
    """Copies a model file into the site and names it in the manifest; its sha256 is taken here. Raises ModelRefused.

    dlib's ResNet and YuNet are known by their hashes; any other file needs its licence and source said by who adds it.
    """
    if not file.is_file() or file.stat().st_size > MAX_FILE:
        raise ModelRefused(f"{file.name} is no file, or larger than 512 MB")
    found = _sha256(file)
    if found == DLIB_SHA256:
        source = "dlib face_recognition_resnet_model_v1 (davisking/dlib-models)"
        described = SiteModel(
            name="dlib-resnet",
            kind="dlib",
            file="dlib_resnet.dat",
            sha256=found,
            licence="CC0-1.0",
            source=source,
            dimension=128,
            weight=DLIB_WEIGHT,
        )
    elif found == YUNET_SHA256:
        described = SiteModel(
            name="yunet",
            kind=YUNET,
            file="yunet.onnx",
            sha256=found,
            licence="Apache-2.0",
            source="yunet_n_dynamic (ShiqiYu/libfacedetection.train)",
            dimension=0,
        )
    elif described.kind != "onnx":
        raise ModelRefused(
            f"{file.name} is not dlib's ResNet (sha256 {found[:12]}…); other recognisers must be ONNX files"
        )
    elif not (described.licence and described.source):
        raise ModelRefused(
            f"{file.name} is not known here (sha256 {found}). Say its licence and where it comes from"
        )
    if (
        not described.name
        or not all(letter.isalnum() or letter in "-_." for letter in described.name)
        or len(described.name) > 24
    ):
        raise ModelRefused("give the model a short name of letters, digits and hyphens")
    if not (
        math.isfinite(described.scale)
        and described.scale > 0
        and math.isfinite(described.weight)
        and described.weight > 0
    ):
        raise ModelRefused("scale and weight are positive numbers")
    named = msgspec.structs.replace(
        described, sha256=found, file=f"{described.name}{file.suffix.lower()}"
    )
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / named.file)
    kept = [one for one in models(folder) if one.name != named.name]
    (folder / MANIFEST).write_bytes(
        msgspec.json.format(msgspec.json.encode(_Manifest(models=[*kept, named])))
    )
    return named


def tables(folder: Path, choice: Choice) -> dict[int, Table]:
    """The thresholds of a choice: the site's own calibration, else what ships; empty when there is none."""
    own = _calibrations(folder).get(choice.id)
    if own:
        return {
            photos: tuple((cosine, rate) for cosine, rate in rows) for photos, rows in own.items()
        }
    return FMR_BY_COSINE.get(choice.id, {})


def keep_tables(folder: Path, choice: Choice, made: dict[int, Table]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    everything = _calibrations(folder) | {
        choice.id: {photos: list(table) for photos, table in made.items()}
    }
    (folder / CALIBRATIONS).write_bytes(
        msgspec.json.format(msgspec.json.encode(_Calibrations(tables=everything)))
    )


def _calibrations(folder: Path) -> dict[str, dict[int, list[tuple[float, float]]]]:
    path = folder / CALIBRATIONS
    if not path.is_file():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Calibrations).tables
    except msgspec.DecodeError as error:
        raise ModelRefused(f"{path.name} cannot be read: {error}") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
