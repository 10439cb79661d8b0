"""Recognisers and detectors that a site adds by file.

The site's own manifest names each file with its licence, source and sha256. A file that it does not
name is never loaded. One choice of recogniser is in use: the one that ships, one of the site's, or
both paired. Vectors of two choices never compare; each choice has thresholds of its own.
"""

import hashlib
import math
import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec

from console.biometrics.faces.recognition.fmr_tables import FMR_BY_COSINE, FmrTable
from console.biometrics.faces.recognition.vectors import DIMENSION, MODEL_ID
from console.biometrics.refusals import ModelRefused
from console.domain.language import tr

MANIFEST, CALIBRATIONS = "models.json", "calibrations.json"
DLIB_SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"
YUNET_SHA256 = "104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12"
YUNET = "yunet"
DLIB_WEIGHT = 4.3
"""Weight of its cosines in a pair: the spread of the shipped net's impostor cosines over its own.

0.147 / 0.034, measured on LFW.
"""
MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_NAME_LENGTH = 24


class SiteModel(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the site's manifest.

    kind: yunet (a detector), dlib (its ResNet, .dat) or onnx (takes a face of 112 x 112 px, RGB,
    aligned by five points);
    dimension: of its vectors, 0 for a detector;
    mean, scale: the net's input is (x - mean) / scale;
    weight: of its cosines when it is paired with the recogniser that ships, whose weight is 1.
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
class RecogniserChoice:
    """A recogniser, or two paired. shipped: the one that ships takes part; site: the other."""

    shipped: bool
    site: SiteModel | None = None

    @property
    def id(self) -> str:
        """The model id that is stored with every vector."""
        parts = [MODEL_ID] if self.shipped else []
        if self.site is not None:
            parts.append(f"{self.site.name}-{self.site.sha256[:8]}")
        return " + ".join(parts)

    @property
    def dimension(self) -> int:
        """Values in a vector."""
        return (DIMENSION if self.shipped else 0) + (self.site.dimension if self.site else 0)


SHIPPED = RecogniserChoice(True)


def models(folder: Path) -> list[SiteModel]:
    """Return the files that the site has added. Raises ModelRefused for a broken manifest."""
    path = folder / MANIFEST
    if not path.is_file():
        return []
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Manifest).models
    except msgspec.DecodeError as error:
        raise ModelRefused(
            tr("{name} cannot be read: {error}", name=path.name, error=error)
        ) from error


def choices(folder: Path) -> dict[str, RecogniserChoice]:
    """Return all choices by id, the one that ships first. Raises ModelRefused."""
    made = [
        SHIPPED,
        *(
            RecogniserChoice(shipped, one)
            for one in models(folder)
            if one.kind != YUNET
            for shipped in (True, False)
        ),
    ]
    return {one.id: one for one in made}


def model_file(folder: Path, model: SiteModel) -> Path:
    """Return the path of a file whose sha256 was checked. Raises ModelRefused."""
    path = folder / model.file
    if Path(model.file).name != model.file or not path.is_file():
        raise ModelRefused(
            tr(
                "the model file {file} is missing in {folder}: add it again",
                file=model.file,
                folder=folder,
            )
        )
    if _sha256(path) != model.sha256:
        raise ModelRefused(
            tr(
                "{file} is not the file that was added (its sha256 differs): add it again",
                file=model.file,
            )
        )
    return path


def add(folder: Path, file: Path, described: SiteModel) -> SiteModel:
    """Copy a model file into the folder and name it, with its sha256, in the manifest.

    dlib's ResNet and YuNet are known by their hashes. For any other file whoever adds it states
    licence and source. Raises ModelRefused.
    """
    if not file.is_file() or file.stat().st_size > MAX_FILE_BYTES:
        raise ModelRefused(tr("{name} is no file, or larger than 512 MB", name=file.name))
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
            tr(
                "{name} is not dlib's ResNet (sha256 {found}…); "
                "other recognisers must be ONNX files",
                name=file.name,
                found=found[:12],
            )
        )
    elif not (described.licence and described.source):
        raise ModelRefused(
            tr(
                "{name} is not known here (sha256 {found}). "
                "Say its licence and where it comes from",
                name=file.name,
                found=found,
            )
        )
    if (
        not described.name
        or not all(letter.isalnum() or letter in "-_." for letter in described.name)
        or len(described.name) > MAX_NAME_LENGTH
    ):
        raise ModelRefused(tr("give the model a short name of letters, digits and hyphens"))
    if not (
        math.isfinite(described.scale)
        and described.scale > 0
        and math.isfinite(described.weight)
        and described.weight > 0
    ):
        raise ModelRefused(tr("scale and weight are positive numbers"))
    named = msgspec.structs.replace(
        described, sha256=found, file=f"{described.name}{file.suffix.lower()}"
    )
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / named.file)
    others = [one for one in models(folder) if one.name != named.name]
    (folder / MANIFEST).write_bytes(
        msgspec.json.format(msgspec.json.encode(_Manifest(models=[*others, named])))
    )
    return named


def tables(folder: Path, choice: RecogniserChoice) -> dict[int, FmrTable]:
    """Return the FMR tables of a choice by the number of photos in the reference.

    The site's own calibration if there is one, else the tables that ship; empty without either.
    Raises ModelRefused when the site's calibrations cannot be read.
    """
    own = _calibrations(folder).get(choice.id)
    if own:
        return {
            photos: tuple((cosine, rate) for cosine, rate in rows) for photos, rows in own.items()
        }
    return FMR_BY_COSINE.get(choice.id, {})


def store_tables(folder: Path, choice: RecogniserChoice, made: dict[int, FmrTable]) -> None:
    """Write the FMR tables of a choice to the site's calibrations, replacing earlier ones."""
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
        raise ModelRefused(
            tr("{name} cannot be read: {error}", name=path.name, error=error)
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
