"""The gate for strong expressions, on labelled photos: surprise is remarked much more often than a smile, and nothing is turned away."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pytest

from console.bench.faces import decode
from console.biometrics.faces.quality.judging import Outcome, judge_all
from console.biometrics.faces.quality.profiles import PROFILES, STANDARD
from console.biometrics.faces.quality.screening import FaceScreener

EACH = 48


def test_raised_brows_are_remarked_and_smiles_are_not(shared: Path) -> None:
    with (shared / "faces/lfw-dev-expressions.tsv").open(newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    screener = FaceScreener()
    remarked = {}
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
            assert Outcome.REJECT not in outcomes
            remarked[label] = np.mean([outcome is Outcome.WARN for outcome in outcomes])
    assert remarked["surprise"] >= 0.35
    assert remarked["happiness"] <= 0.20
    assert remarked["surprise"] >= 2.5 * remarked["happiness"]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_a_covered_face_has_no_expression(profile) -> None:
    strained = {"expression": 0.9, "covered": 0.0}
    assert judge_all(strained, profile)["expression"] is Outcome.WARN
    assert judge_all(strained | {"covered": 30.0}, profile)["expression"] is Outcome.PASS
