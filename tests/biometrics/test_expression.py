"""The gate for strong expressions, on labelled photos: it warns of surprise, and never rejects."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pytest

from console.bench.faces import decode
from console.biometrics.faces.photo_screening import PhotoScreener
from console.biometrics.faces.quality.gates import judge_all
from console.biometrics.faces.quality.profiles import PROFILES, STANDARD
from console.domain.screening import GateOutcome

EACH = 48


def test_raised_brows_are_warned_and_smiles_are_not(shared: Path) -> None:
    with (shared / "faces/lfw-dev-expressions.tsv").open(newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    screener = PhotoScreener()
    warned = {}
    with zipfile.ZipFile(shared / "faces/lfw-dev.zip") as photos:
        where = {Path(member).name: member for member in photos.namelist()}
        for label in ("surprise", "happiness"):
            names = [
                row["image"] for row in rows if row["expression"] == label and row["image"] in where
            ][:EACH]
            verdicts = [
                screener.screen(decode(photos.read(where[name])), STANDARD).verdict
                for name in names
            ]
            outcomes = [
                gate.outcome
                for verdict in verdicts
                for gate in verdict.gates
                if gate.gate == "expression"
            ]
            assert GateOutcome.REJECT not in outcomes
            warned[label] = np.mean([outcome is GateOutcome.WARN for outcome in outcomes])
    assert warned["surprise"] >= 0.35
    assert warned["happiness"] <= 0.20
    assert warned["surprise"] >= 2.5 * warned["happiness"]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_a_covered_face_has_no_expression(profile) -> None:
    strained = {"expression": 0.9, "covered": 0.0}
    assert judge_all(strained, profile)["expression"] is GateOutcome.WARN
    assert judge_all(strained | {"covered": 30.0}, profile)["expression"] is GateOutcome.PASS
