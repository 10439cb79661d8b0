"""How well screening tells good photos from bad ones.

Measures how many good portraits are rejected, how many drawn defects are found and named by the
right gate, and how many false non-matches disappear when the worst photos are left out (error
versus discard). All rates are fractions, 0 to 1.

DATA holds `portraits/` with good portraits, and LFW as for `bench faces`. With
`NAME-expressions.tsv` (image, expression) beside its zip, it also measures how often the gate for
strong expressions warns about each expression.
"""

import csv
import os
import zipfile
import zlib
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from console.bench.defect_canvas import Sitter
from console.bench.defects import SEVERITIES, WAYS, Defect
from console.bench.faces import decode, discard_of, embed_all
from console.bench.field_defects import ALL_DEFECTS
from console.biometrics.faces.detection.face_finder import FaceFinder
from console.biometrics.faces.photo_screening import PhotoScreener
from console.biometrics.faces.quality.profiles import STANDARD, STRICT, ScreeningProfile
from console.biometrics.faces.quality.skin_colour import skin_tone
from console.biometrics.faces.quality.verdict import Verdict
from console.biometrics.images import decode_photo
from console.domain.screening import GateOutcome

LEAST_EYE_DISTANCE = 40.0
"""Pixels; smaller portraits are good photos, but are rejected for their size."""
SITTERS = 48
"""Portraits that get defects: each defect in each severity once, the two ways alternating."""
TRIED = ScreeningProfile(
    "Standard with background",
    STANDARD.version,
    STANDARD.gates | {"background": STRICT.gates["background"]},
)
"""Only the profile Strict checks the background; all other gates are those of Standard."""
LABELLED = 150
"""Photos tried of each labelled expression; labels with less than a third of it are left out."""


@dataclass(frozen=True, kw_only=True)
class ScreenedDrawing:
    """One screened picture.

    gates: those that did not pass, with their outcomes; tone: of the skin in the untouched picture,
    see skin_tone.
    """

    portrait: str
    outcome: GateOutcome
    gates: dict[str, GateOutcome]
    defect: str = ""
    severity: int = 0
    way: int = 0
    tone: float = 0.0


@cache
def _nets() -> tuple[FaceFinder, PhotoScreener]:
    cv2.setNumThreads(1)
    return FaceFinder(), PhotoScreener()


def _not_passed(verdict: Verdict) -> dict[str, GateOutcome]:
    return {
        gate.gate: gate.outcome for gate in verdict.gates if gate.outcome is not GateOutcome.PASS
    }


def _screen(path: Path, spoil: bool) -> list[ScreenedDrawing]:
    """The portrait as it is, and with every defect; empty when the face is too small."""
    finder, screener = _nets()
    rgb = np.asarray(Image.open(path).convert("RGB"))
    found = finder.find(rgb)
    if not found or found[0].mesh.eye_distance < LEAST_EYE_DISTANCE:
        return []
    plain = screener.screen(rgb, TRIED).verdict
    tone = skin_tone(rgb, found[0].mesh)
    untouched = ScreenedDrawing(
        portrait=path.name, outcome=plain.outcome, gates=_not_passed(plain), tone=tone
    )
    seen = [untouched]
    seed = zlib.crc32(path.name.encode())
    for number, defect in enumerate(ALL_DEFECTS if spoil else ()):
        for severity in range(len(SEVERITIES)):
            way = (seed + number + severity) % WAYS
            drawn = defect.draw(
                Sitter(
                    rgb,
                    found[0].mesh,
                    np.random.default_rng([seed, number, severity]),
                    severity,
                    way,
                )
            )
            if isinstance(drawn, bytes):
                photo = decode_photo(drawn)
                verdict = screener.screen(photo.rgb, TRIED, photo.scale, photo.compression).verdict
            else:
                verdict = screener.screen(np.ascontiguousarray(drawn), TRIED).verdict
            seen.append(
                ScreenedDrawing(
                    portrait=path.name,
                    defect=defect.name,
                    severity=severity,
                    way=way,
                    outcome=verdict.outcome,
                    gates=_not_passed(verdict),
                )
            )
    return seen


def measure(data: Path | None) -> dict[str, Any]:
    """Return all figures. Raises SystemExit, in words, when there are no portraits."""
    folder = (
        next((path for path in sorted(data.rglob("portraits")) if path.is_dir()), None)
        if data
        else None
    )
    if data is None or folder is None:
        raise SystemExit(
            "bench screening-quality needs --data: a folder with portraits/ (good portraits) "
            "and LFW as for bench faces"
        )
    files = sorted(
        path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png")
    )
    large = sorted(files, key=lambda path: -path.stat().st_size)[: 2 * SITTERS]
    spoilt = set(sorted(large, key=lambda path: zlib.crc32(path.name.encode()))[:SITTERS])
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(_screen, path, path in spoilt) for path in files]
        seen = [one for job in jobs for one in job.result()]
    plain = [one for one in seen if not one.defect]
    figures: dict[str, Any] = {
        "portraits": len(plain),
        "false_reject": round(
            float(np.mean([one.outcome is GateOutcome.REJECT for one in plain])), 4
        ),
        "false_reject_by_gate": dict(
            Counter(
                gate
                for one in plain
                for gate, outcome in one.gates.items()
                if outcome is GateOutcome.REJECT
            )
        ),
        "warned": round(float(np.mean([bool(one.gates) for one in plain])), 3),
        "warned_by_gate": {
            gate: round(count / len(plain), 3)
            for gate, count in Counter(g for one in plain for g in one.gates).items()
        },
    }
    figures["remarks_by_tone"] = _remarks_by_tone(plain)
    figures |= _recalls(seen)
    archives = sorted(
        path for path in data.rglob("*.zip") if path.with_name(f"{path.stem}-pairs.tsv").is_file()
    )
    if not archives:
        return figures
    labels = archives[0].with_name(f"{archives[0].stem}-expressions.tsv")
    labelled = {"expression_warned": _expressions(archives[0], labels)} if labels.is_file() else {}
    return figures | labelled | discard_of(embed_all(archives[0]))


def _remarks_by_tone(plain: list[ScreenedDrawing]) -> dict[str, float]:
    """Gates that do not pass, per untouched picture, in the darkest third of the skins and so on.

    By the picture, never by the person: the same face is darker in worse light.
    """
    ordered = sorted(plain, key=lambda one: one.tone)
    thirds = np.array_split(np.arange(len(ordered)), 3)
    return {
        name: round(float(np.mean([len(ordered[place].gates) for place in third])), 2)
        for name, third in zip(("dark", "medium", "light"), thirds, strict=True)
        if len(third)
    }


def _expressions(archive: Path, labels: Path) -> dict[str, float]:
    """Label -> fraction of its photos that the gate warns about."""
    by_label: dict[str, list[str]] = defaultdict(list)
    with labels.open(newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            by_label[row["expression"]].append(row["image"])
    tried = {
        label: sorted(names)[:: 1 + len(names) // LABELLED]
        for label, names in by_label.items()
        if 3 * len(names) >= LABELLED
    }
    with zipfile.ZipFile(archive) as photos, ProcessPoolExecutor(os.cpu_count()) as pool:
        where = {Path(member).name: member for member in photos.namelist()}
        rates = {}
        for label, names in sorted(tried.items()):
            found = list(
                pool.map(_strained, [photos.read(where[name]) for name in names if name in where])
            )
            rates[label] = round(float(np.mean([one for one in found if one is not None])), 3)
    return rates


def _strained(photo: bytes) -> bool | None:
    """Whether the gate warns about a photo; None without a face."""
    gates = {
        gate.gate: gate.outcome for gate in _nets()[1].screen(decode(photo), STANDARD).verdict.gates
    }
    return gates["expression"] is not GateOutcome.PASS if "expression" in gates else None


def _recalls(seen: list[ScreenedDrawing]) -> dict[str, Any]:
    """Recall by the right gate, by defect and severity; severe ones also by way of drawing."""
    rates = {
        defect.name: [_recall(seen, defect, severity) for severity in range(len(SEVERITIES))]
        for defect in ALL_DEFECTS
    }
    severe = {name: levels[-1] for name, levels in rates.items()}
    by_way = {
        defect.name: [
            _recall([one for one in seen if one.way == way], defect, len(SEVERITIES) - 1)
            for way in range(WAYS)
        ]
        for defect in ALL_DEFECTS
    }
    return {
        "recall": rates,
        "recall_severe": severe,
        "recall_severe_by_way": by_way,
        "recall_severe_min": min(severe.values()),
        "confusion_severe": _confusion(seen),
    }


def _recall(seen: list[ScreenedDrawing], defect: Defect, severity: int) -> float:
    mine = [
        bool(defect.gates & one.gates.keys())
        for one in seen
        if one.defect == defect.name and one.severity == severity
    ]
    return round(float(np.mean(mine)), 3) if mine else float("nan")


def _confusion(seen: list[ScreenedDrawing]) -> dict[str, dict[str, float]]:
    """Severe defect -> gates that do not pass -> how often, a fraction."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    count: Counter[str] = Counter()
    for one in seen:
        if one.defect and one.severity == len(SEVERITIES) - 1:
            count[one.defect] += 1
            found[one.defect].update(one.gates.keys())
    return {
        name: {gate: round(times / count[name], 2) for gate, times in gates.most_common()}
        for name, gates in found.items()
    }
