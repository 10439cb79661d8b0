"""`muster models` and `muster calibrate`: recognisers by file, and their FMR tables."""

import argparse
import sys
from pathlib import Path

from console.biometrics.faces.recognition import site_models
from console.biometrics.faces.recognition.fmr_calibration import FmrCalibration, calibrate_photos
from console.biometrics.faces.recognition.site_models import SiteModel
from console.biometrics.refusals import ModelRefused

FOLDER = "models"
"""Of the site's data, where its model files lie."""


def run_models(args: argparse.Namespace) -> int:
    """Add a file if one is given, and list what there is. Return the exit status."""
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
        _list_models(folder)
    except (ModelRefused, OSError) as problem:
        print(f"muster: {problem}", file=sys.stderr)
        return 1
    return 0


def _list_models(folder: Path) -> None:
    for one in site_models.models(folder):
        if one.kind == site_models.YUNET:
            print(
                f"{one.name}: a detector, used where the first search finds no face; "
                f"{one.licence}, {one.source}"
            )
    for choice in site_models.choices(folder).values():
        calibrated = bool(site_models.tables(folder, choice))
        state = "has thresholds" if calibrated else "needs `muster calibrate` before use"
        licence = f"; {choice.site.licence}, {choice.site.source}" if choice.site else ""
        print(f"{choice.id}: {state}{licence}")


def run_calibrate(args: argparse.Namespace) -> int:
    """Print the FMR tables, and store them when asked to. Return the exit status."""
    folder = args.data / FOLDER
    try:
        choice = site_models.choices(folder).get(args.model or site_models.SHIPPED.id)
        if choice is None:
            raise ModelRefused(f"there is no recogniser {args.model!r}; `muster models` lists them")
        calibration = calibrate_photos(args.photos, choice, folder, _show_progress)
        _print_calibration(calibration)
        if args.keep:
            site_models.store_tables(folder, choice, calibration.tables)
            print("Stored. The service uses these thresholds from its next start.")
    except (ModelRefused, ValueError, OSError) as problem:
        print(f"\nmuster: {problem}", file=sys.stderr)
        return 1
    return 0


def _show_progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "" if done < total else "\n"
        print(f"\r{done} of {total} photos", end=end, file=sys.stderr, flush=True)


def _print_calibration(calibration: FmrCalibration) -> None:
    print(f"{calibration.photos} photos of {calibration.people} people")
    for photos, table in sorted(calibration.tables.items()):
        print(f"References of {photos} photo{'s' if photos > 1 else ''}:")
        for cosine, rate in table:
            print(f"  cosine {cosine:.3f}: reached by 1 in {round(1 / rate):,} different people")
    if calibration.fnmr is not None:
        print(
            f"{100 * calibration.fnmr:.1f} % of genuine comparisons lie below the threshold "
            "for 1 in 1,000"
        )
