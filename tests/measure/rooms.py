"""Which modules are measured, by which tests."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ("tests/domain", "tests/store", "tests/bridge", "tests/readers")
ROOMS = {
    "domain": ("console/domain/*.py",),
    "store": (
        "console/store/*.py",
        "console/store/backup/*.py",
        "console/store/queries/*.py",
        "console/store/schema/*.py",
    ),
    "codecs": (
        "bridge/terminals/fields.py",
        "bridge/terminals/names.py",
        "bridge/terminals/push/access/answers.py",
        "bridge/terminals/push/access/commands.py",
        "bridge/terminals/push/access/events.py",
        "bridge/terminals/push/access/facts.py",
        "bridge/terminals/push/access/records.py",
        "bridge/terminals/push/commands.py",
        "bridge/terminals/push/dialects.py",
        "bridge/terminals/push/records.py",
        "bridge/terminals/zk/attendance.py",
        "bridge/terminals/zk/clock.py",
        "bridge/terminals/zk/codes.py",
        "bridge/terminals/zk/comm_key.py",
        "bridge/terminals/zk/events.py",
        "bridge/terminals/zk/frames.py",
        "bridge/terminals/zk/layouts.py",
        "bridge/terminals/zk/text.py",
        "bridge/readers/uru4000_image.py",
        "bridge/readers/zfm_packets.py",
    ),
}
"""Each room and the patterns of its files. A pattern without a file is an error: it was renamed."""

DECLARATIONS = {
    "console/store/schema": (
        "tests/store/test_schema.py::test_a_new_row_begins_as_the_service_expects_it",
        "tests/store/test_database.py::test_migrations_make_exactly_the_schema_of_the_models",
    ),
}
"""Folders of what is declared and not run, and the tests that hold it."""


def modules() -> dict[str, str]:
    """Path of each measured file, relative to the repository, and its room."""
    found = {}
    for room, patterns in ROOMS.items():
        for pattern in patterns:
            paths = sorted(ROOT.glob(pattern))
            if not paths:
                raise FileNotFoundError(pattern)
            for path in paths:
                if path.name != "__init__.py":
                    found[path.relative_to(ROOT).as_posix()] = room
    return found
