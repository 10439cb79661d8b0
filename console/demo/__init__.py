"""`muster demo`: everything on loopback with a made-up site."""

import os
import sys
import tempfile
from pathlib import Path

from console.qt.language import use_language


def run_demo(tour: bool, out: Path, theme: str, language: str) -> int:
    """Shows the demo's windows; without a display, or when asked, runs the tour instead."""
    use_language(language)  # before the modules are loaded that say something
    no_display = sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if no_display and not tour:
        print(
            "There is no display here, so the demo walks its path by itself (muster demo --tour)."
        )
    with tempfile.TemporaryDirectory(prefix="muster-demo-", ignore_cleanup_errors=True) as folder:
        if tour or no_display:
            os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
            from console.demo.tour import run_tour

            return run_tour(Path(folder), out, theme)
        from console.demo.windows import run_windows

        return run_windows(Path(folder))
