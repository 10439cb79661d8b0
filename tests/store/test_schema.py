"""What a new row begins with, and which values are read only when somebody asks for them."""

from typing import Any

from console.domain.terminals import Dialect
from console.domain.zones import TimeMark
from console.store.columns import Base
from console.store.schema import Enrolment, Finger, FingerBlob, IdPhoto, Invitation, Photo

DEFAULTS: dict[str, dict[str, Any]] = {
    "clock_offset": {"corrected": False},
    "consent": {"modality": "face"},
    "asked_again": {"reminded": 0},
    "employee": {
        "may_log_in": True,
        "settled": True,
        "erased": False,
        "opted_out_by": "",
        "language": "",
    },
    "erasure": {"agreed_by": "", "attempt": 1},
    "enrolment": {"live": True, "outcome": ""},
    "finger_blob": {"valid": 1},
    "id_photo": {"attempt": 1},
    "invitation": {
        "attempt": 1,
        "channel": "link",
        "check_misses": 0,
        "check_passed": False,
        "code_mark": "",
        "decided_by": "",
        "email_failed": False,
        "not_decided": "",
        "on_paper": False,
        "photos_asked": 3,
        "remark": "",
        "reminded": 0,
        "stage": 0,
        "tries": 0,
        "tries_given": 3,
    },
    "kiosk": dict.fromkeys(
        ("changed_by", "group_name", "location", "pairing_hash", "replaces", "token_hash"), ""
    ),
    "log_coverage": {"problem": "", "received": 0, "recovered": 0, "says": 0},
    "login": {
        "method": "",
        "outcome": "accepted",
        "reason": "",
        "remark": "",
        "stamp": "",
        "time_mark": TimeMark.SURE,
    },
    "operator": {
        "active": True,
        "can_enrol": True,
        "misses": 0,
        "second_factor": False,
        "warned_until": 0,
    },
    "outbox": {"attempt": 1, "error": ""},
    "person_link": {"check_misses": 0, "check_passed": False},
    "photo": {
        "attempt": 1,
        "best_because": "",
        "chosen": False,
        "has_image": False,
        "model": "",
        "outcome": "",
        "quality": 0.0,
        "refusal": "",
        "upload_bytes": 0,
    },
    "placement": {"attempt": 1, "content": "", "error": ""},
    "terminal": {
        "asked_by": "",
        "asked_note": "",
        "contact_problem": "",
        "dialect": Dialect.PUSH,
        "encoding": "auto",
        "encoding_seen": "utf-8",
        "follows": False,
        "lines_dropped": 0,
        "log_wanted": True,
        "port": 0,
        "takes_faces": True,
        "times_zone": "",
        "transport": "auto",
        "unsettled": 0,
        "zone": "",
    },
}
"""Of each table: what the service leaves out when it adds a row."""


def test_a_new_row_begins_as_the_service_expects_it() -> None:
    found: dict[str, dict[str, Any]] = {}
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            value = getattr(column.default, "arg", None)
            if value is not None and not callable(value):
                found.setdefault(table.name, {})[column.name] = value
    assert found == DEFAULTS


def test_lists_carry_no_templates_and_no_vectors() -> None:
    """They are large and sealed, and are read for those rows alone that are opened."""
    deferred = {
        mapper.class_: {column.key for column in mapper.column_attrs if column.deferred}
        for mapper in Base.registry.mappers
    }
    assert {kind: names for kind, names in deferred.items() if names} == {
        Enrolment: {"template"},
        Finger: {"templates"},
        FingerBlob: {"template"},
        IdPhoto: {"image", "upload", "vector"},
        Invitation: {"link"},
        Photo: {"perceptual_hash", "vector"},
    }
