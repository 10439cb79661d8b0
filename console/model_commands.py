"""`muster models` and `muster calibrate`: recognisers by file, and thresholds from labelled photos."""

import argparse
import sys

from console.biometrics.faces.recognition import site_models
from console.biometrics.faces.recognition.calibrating import Calibration, calibrate
from console.biometrics.faces.recognition.site_models import SiteModel
from console.biometrics.refusals import ModelRefused

FOLDER = "models"


def run_models(args: argparse.Namespace) -> int:
    """Lists, or adds and lists."""
    folder = args.data / FOLDER
    try:
        if args.file is not None:
            described = SiteModel(
                name=args.name,
                kind="onnx",
                file="",
                sha256="",
                licence=args.licence,
                source=args.source,
                dimension=args.dimension,
                mean=args.mean,
                scale=args.scale,
                weight=args.weight,
            )
            added = site_models.add(folder, args.file, described)
            print(f"Added {added.name}: {added.licence}, {added.source}, sha256 {added.sha256}")
        for one in site_models.models(folder):
            if one.kind == site_models.YUNET:
                print(
                    f"{one.name}: a detector, asked where the first look sees no face; {one.licence}, {one.source}"
                )
        for choice in site_models.choices(folder).values():
            known = (
                "has thresholds"
                if site_models.tables(folder, choice)
                else "needs `muster calibrate` before it can be used"
            )
            licence = f"; {choice.site.licence}, {choice.site.source}" if choice.site else ""
            print(f"{choice.id}: {known}{licence}")
    except (ModelRefused, OSError) as problem:
        print(f"muster: {problem}", file=sys.stderr)
        return 1
    return 0


def run_calibrate(args: argparse.Namespace) -> int:
    """Prints the tables; keeps them when asked to."""
    folder = args.data / FOLDER
    try:
        choice = site_models.choices(folder).get(args.model or site_models.SHIPPED.id)
        if choice is None:
            raise ModelRefused(f"there is no recogniser {args.model!r}; `muster models` lists them")
        made = calibrate(args.photos, choice, folder, _progress)
        _print(made)
        if args.keep:
            site_models.keep_tables(folder, choice, made.tables)
            print("Kept. The service uses them from its next start on.")
    except (ModelRefused, ValueError, OSError) as problem:
        print(f"\nmuster: {problem}", file=sys.stderr)
        return 1
    return 0


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(
            f"\r{done} of {total} photos",
            end="" if done < total else "\n",
            file=sys.stderr,
            flush=True,
        )


def _print(made: Calibration) -> None:
    print(f"{made.photos} photos of {made.people} people")
    for photos, table in sorted(made.tables.items()):
        print(f"References of {photos} photo{'s' if photos > 1 else ''}:")
        for cosine, rate in table:
            print(f"  cosine {cosine:.3f}: 1 in {round(1 / rate):,} different people are as alike")
    if made.genuine_missed is not None:
        print(
            f"{100 * made.genuine_missed:.1f} % of genuine comparisons are less alike than the threshold for 1 in 1,000"
        )
