"""Made-up rows for every table, as each revision of the schema had them.

A revision names what it added to the one before: tables with their rows, columns with a value for
every row, and names that changed. bytes stand for what is sealed: nobody opens it in these tests.
"""

import hashlib
from copy import deepcopy

from console.store.vault import version_of
from tests.store.kept.first_revision import FIRST
from tests.store.kept.revision import GATE, NUR, RAVI, TAN, Revision, Rows, at, sealed

TERMINALS = Revision(
    tables={
        "coverage": [
            {
                "id": 1,
                "terminal_id": GATE,
                "start": at(20),
                "end": at(300),
                "source": "whole",
                "says": 2,
                "received": 2,
                "recovered": 1,
                "problem": "",
            }
        ],
        "drift": [
            {"id": 1, "terminal_id": GATE, "at": at(21), "offset_s": -12.5, "corrected": True}
        ],
        "finger_blob": [
            {
                "id": "2" * 31 + "1",
                "employee_id": NUR,
                "finger": 6,
                "algorithm": "ZKFinger VX10.0",
                "valid": 1,
                "template": sealed("finger of a terminal", 900),
                "identity": "8" * 64,
                "terminal_id": GATE,
                "taken_by": "Mei Ling",
                "taken_at": at(120),
            }
        ],
        "holding": [
            {"terminal_id": GATE, "pin": "1001", "digest": "0123456789abcdef", "seen_at": at(130)}
        ],
        "pin_map": [{"terminal_id": GATE, "pin": "77", "employee_id": TAN}],
        "receipt": [
            {
                "id": "4" * 31 + "1",
                "terminal_id": GATE,
                "at": at(140),
                "actor": "Mei Ling",
                "kind": "clock",
                "detail": {"before_s": -12.5, "after_s": 0.0},
            }
        ],
    },
    columns={
        "login": {"clock_offset_s": -12.5},
        "terminal": {
            "port": 4370,
            "transport": "tcp",
            "key_sealed": sealed("comm key", 40),
            "group_name": "Ground floor",
            "counts": {"people": 12, "drift": 3},
            "capabilities": {"photo": {"can": False, "firmware": "Ver 8.0.4.3"}},
            "contact_problem": "",
            "clock_offset_s": 0.5,
            "log_wanted": False,
        },
    },
    values={("terminal", "dialect"): ["zk", "push"]},
)
FINGERS = Revision(
    tables={
        "finger": [
            {
                "id": "1" * 31 + "1",
                "employee_id": TAN,
                "position": 7,
                "extractor": "leader-1",
                "quality": 71,
                "scans": 3,
                "templates": sealed("fingers of Wei", 1800),
                "reader": "U.are.U 4500",
                "taken_by": "Mei Ling",
                "taken_at": at(150),
            }
        ]
    },
    columns={
        "finger_blob": {"removed_at": at(160)},
        "operator": {"can_enrol": False, "active": True},
        "consent": {"modality": "face"},
    },
)
FACES = Revision(
    tables={
        "twins": [
            {
                "id": "5" * 31 + "1",
                "first_id": NUR,
                "second_id": RAVI,
                "reason": "cousins",
                "noted_by": "Mei Ling",
                "noted_at": at(170),
            }
        ]
    },
    columns={"photo": {"best_because": "sharpest"}, "invitation": {"channel": "desk"}},
    values={("photo", "looks"): [sealed("looks 1", 36), sealed("looks 2", 36), None]},
)
KIOSKS = Revision(
    tables={
        "kiosk": [
            {
                "id": "6" * 31 + "1",
                "name": "Lobby",
                "location": "Lift B",
                "group_name": "Ground floor",
                "settings": {"face": True, "language": "zh"},
                "pairing_hash": "",
                "pairing_until": None,
                "token_hash": "9" * 64,
                "replaces": "",
                "state": {"version": "0.1.0", "pending": 2},
                "last_seen": at(180),
                "added_by": "Mei Ling",
                "added_at": at(175),
                "changed_by": "",
                "changed_at": None,
                "removed_at": None,
            }
        ]
    },
    columns={
        "login": {
            "kiosk_id": None,
            "outcome": "refused",
            "method": "face",
            "reason": "not_enrolled",
            "stamp": "service",
            "as_of": at(199),
            "path": [["face", 0.41], ["number", 1]],
        }
    },
)
WORDS = Revision(
    renamed_tables={
        "coverage": "log_coverage",
        "drift": "clock_offset",
        "holding": "terminal_inventory",
        "twins": "known_lookalike",
    },
    renamed_columns={("photo", "looks"): "perceptual_hash"},
    renamed_keys={
        ("setting", "value"): {"mail": "email"},
        ("terminal", "counts"): {"drift": "out_of_sync"},
    },
)
PICTURES = Revision(
    values={
        ("photo", "upload_bytes"): [0, 0, 4000],
        ("photo", "has_image"): [True, True, False],
        ("photo", "model"): ["mobilefacenet", "mobilefacenet", ""],
        ("enrolment", "version"): [version_of(sealed("template of Nur", 540))],
        ("finger", "version"): [version_of(sealed("fingers of Wei", 1800))],
    },
    moved={
        ("photo", "sealed"): ("photo_picture", "photo_id", "upload"),
        ("photo", "image"): ("photo_picture", "photo_id", "image"),
        ("enrolment", "image"): ("enrolment_picture", "enrolment_id", "image"),
    },
)
LEAVERS = Revision(
    tables={
        "departure": [
            {
                "terminal_id": GATE,
                "employee_id": RAVI,
                "pin": "1003",
                "since": at(210),
                "attempt": 2,
                "run_at": at(215),
                "error": "The terminal does not answer.",
                "gone_at": None,
            }
        ]
    },
    columns={"employee": {"settled": True}},
)


def placements(rows: Rows) -> None:
    """What belongs on terminals, and what must go, are one table. Commands are kept no more."""
    faces = {row["id"]: row for row in rows["enrolment"]}
    numbers = {row["id"]: row["number"] for row in rows["employee"]}
    made = [
        {
            "terminal_id": row["terminal_id"],
            "employee_id": faces[row["enrolment_id"]]["employee_id"],
            "pin": numbers[faces[row["enrolment_id"]]["employee_id"]],
            "belongs": True,
            "face_id": row["enrolment_id"],
            "face_held": row["enrolment_id"],
            "content": "",
            "state": "confirmed",
            "since": row["run_at"],
            "attempt": 1,
            "run_at": row["run_at"],
            "error": "",
            "confirmed_at": row["confirmed_at"],
        }
        for row in rows.pop("provision")
    ]
    for row in rows.pop("departure", []):
        there = {"belongs": False, "face_id": None, "face_held": None, "content": ""}
        gone_at = row.pop("gone_at")
        made.append({**row, **there, "state": "waiting", "confirmed_at": gone_at})
    del rows["command"]
    rows["placement"] = made


ZONES = Revision(
    columns={
        "terminal": {
            "times_zone": "",
            "encoding": "auto",
            "encoding_seen": "utf-8",
            "names_sealed": None,
            "lines_dropped": 0,
        },
        "login": {"time_mark": "sure"},
        "clock_offset": {"shows": "2026-03-02 16:05:57"},
        "quarantine": {"key": None, "sealed": None},
    },
    values={("terminal", "zone"): ["Etc/GMT-8", ""]},
    dropped={"terminal": {"utc_offset_min"}},
)
GROUND_FLOOR = hashlib.sha256(b"Ground floor").hexdigest()[:32]
NIGHT_SHIFT = "c" * 31 + "1"


def access(rows: Rows) -> None:
    """The group of a terminal becomes its zone. Nobody has days yet: who is active is in force."""
    for row in rows["terminal"]:
        row["access_zone_id"] = GROUND_FLOOR if row.pop("group_name", "") else None
    for row in rows["employee"]:
        row.update(valid_from=None, valid_until=None, in_force=row["active"])


ACCESS = Revision(
    tables={
        "access_zone": [{"id": GROUND_FLOOR, "name": "Ground floor"}],
        "employee_group": [{"id": NIGHT_SHIFT, "name": "Night shift"}],
        "group_member": [{"group_id": NIGHT_SHIFT, "employee_id": NUR}],
        "access_rule": [{"scope_id": GROUND_FLOOR, "kind": "group", "names": NIGHT_SHIFT}],
    },
    remade=access,
)
LIFE = Revision(
    columns={"terminal": {"asked_by": "", "asked_note": "", "callers": {}}},
    values={("terminal", "approved_at"): [at(10), None]},
)
AN_IMPORT = "d" * 31 + "1"
IMPORTS = Revision(
    columns={"operator": {"employee_id": None}},
    tables={
        "employee_import": [
            {"id": AN_IMPORT, "imported_at": at(20), "imported_by": "Hana Farid", "written": 1}
        ],
        "imported_employee": [
            {"import_id": AN_IMPORT, "employee_id": NUR, "before": None, "at": at(20)}
        ],
    },
)
AN_ERASURE = "b" * 31 + "1"
ERASURES = Revision(
    columns={"employee": {"erased": False}, "kiosk": {"list_at": None, "gone_at": None}},
    tables={
        "erasure": [
            {
                "id": AN_ERASURE,
                "employee_id": "e" * 31 + "9",
                "batch": "b" * 31 + "2",
                "state": "done",
                "asked_by": "Hana Farid",
                "asked_at": at(30),
                "agreed_by": "",
                "here_since": at(1),
                "purged_at": at(31),
                "done_at": at(40),
                "pseudonym": "erased-0123456789ab",
                "attempt": 1,
                "removed": {"photos": 3},
                "consents": [],
                "places": [],
            }
        ],
        "erased_number": [{"mark": "0123456789abcdef" * 2, "erasure_id": AN_ERASURE}],
        "legal_hold": [
            {
                "employee_id": TAN,
                "reason": "A lawsuit",
                "placed_by": "Hana Farid",
                "placed_at": at(35),
            }
        ],
    },
)


def departments(rows: Rows) -> None:
    """Those whom somebody is in, and those that rules name."""
    named = {row["department"] for row in rows["employee"]} - {""}
    rows["department"] = [{"path": path} for path in sorted(named)]


THE_PERSON = Revision(
    columns={
        "employee": {"may_log_in": True, "merged_into": None},
        "enrolment": {"outcome": ""},
    },
    remade=departments,
)
CHOICES = Revision(
    tables={
        "person_link": [
            {
                "token_hash": "5" * 64,
                "employee_id": NUR,
                "sealed": sealed("link of a person", 60),
                "check_misses": 1,
                "check_passed": True,
                "session_hash": None,
                "session_at": None,
                "created_at": at(400),
            }
        ],
        "id_photo": [
            {
                "id": "6" * 31 + "1",
                "employee_id": TAN,
                "state": "ready",
                "attempt": 1,
                "upload": None,
                "image": sealed("ID photo", 900),
                "vector": sealed("vector of an ID photo", 600),
                "added_by": "Mei Ling",
                "added_at": at(420),
            }
        ],
        "asked_again": [
            {
                "employee_id": NUR,
                "version": 2,
                "asked_at": at(410),
                "answer_days": 30,
                "told_at": at(411),
                "answer_by": at(500),
                "reminded": 1,
            }
        ],
    },
    columns={"employee": {"opted_out_at": None, "opted_out_by": "", "badge_mark": None}},
)

OPERATORS = Revision(
    columns={
        "operator": {"password_until": None, "warned_until": 0},
        "operator_session": {"id": "5" * 32, "computer": ""},
    }
)
CAMPAIGN = "d" * 31 + "1"
CAMPAIGNS = Revision(
    tables={
        "campaign": [
            {
                "id": CAMPAIGN,
                "name": "Autumn",
                "created_by": "Mei Ling",
                "created_at": at(430),
                "days": 14,
                "photos": 3,
                "tries": 3,
                "per_minute": 60,
                "remind_after_days": 3,
                "remind_most": 2,
                "left_out": {"No email address. Enter one first.": 2},
            }
        ]
    },
    columns={
        "invitation": {
            "campaign_id": CAMPAIGN,
            "stage": 6,
            "email_failed": False,
            "link": sealed("token of a link", 60),
            "told_at": at(431),
            "reminded": 1,
            "photos_asked": 3,
            "tries_given": 3,
        }
    },
)
REVISIONS = {
    "0001": FIRST,
    "0002": TERMINALS,
    "0003": FINGERS,
    "0004": FACES,
    "0005": KIOSKS,
    "0006": WORDS,
    "0007": PICTURES,
    "0008": Revision(),
    "0009": LEAVERS,
    "0010": Revision(columns={"terminal": {"takes_faces": True}}),
    "0011": Revision(columns={"terminal": {"follows": False, "unsettled": 1}}, remade=placements),
    "0012": ZONES,
    "0013": ACCESS,
    "0014": LIFE,
    "0015": Revision(),
    "0016": IMPORTS,
    "0017": ERASURES,
    "0018": THE_PERSON,
    "0019": CHOICES,
    "0020": Revision(columns={"asked_again": {"modality": "face"}}),
    "0021": OPERATORS,
    "0022": Revision(),
    "0023": Revision(),
    "0024": Revision(
        tables={
            "unknown_name": [{"mark": "d" * 32, "misses": 6, "missed_at": at(400)}],
            "second_factor": [
                {
                    "operator_id": "0" * 31 + "1",
                    "sealed": sealed("second factor", 48),
                    "offered": None,
                    "last_step": 59_000_000,
                    "recovery": ["c" * 32, "d" * 32],
                }
            ],
        },
        columns={"operator": {"second_factor": False}},
    ),
    "0025": CAMPAIGNS,
    "0026": Revision(columns={"invitation": {"on_paper": False}}),
    "0027": Revision(columns={"invitation": {"code_mark": "", "code_until": None}}),
    "0028": Revision(),
    "0029": Revision(),
    "0030": Revision(columns={"employee": {"language": ""}}),
    "0031": Revision(),
    "0032": Revision(columns={"invitation": {"held_until": None, "held": None, "not_decided": ""}}),
}


def rows_of(revision: str) -> Rows:
    """The rows of a database at this revision."""
    rows: Rows = {}
    for name, change in REVISIONS.items():
        if name > revision:
            break
        rows |= deepcopy(change.tables)
        for table, columns in change.columns.items():
            for row in rows[table]:
                row.update(deepcopy(columns))
        for (table, column), values in change.values.items():
            for row, value in zip(rows[table], values, strict=True):
                row[column] = value
        rows = renamed(rows, change)
    return rows


def renamed(rows: Rows, change: Revision) -> Rows:
    """The same rows, with the names that this revision gives."""
    found = {change.renamed_tables.get(table, table): deepcopy(rows[table]) for table in rows}
    for (table, column), name in change.renamed_columns.items():
        for row in found.get(table, []):
            if column in row:
                row[name] = row.pop(column)
    for (table, column), names in change.renamed_keys.items():
        for row in found.get(table, []):
            if column in row:
                row[column] = {names.get(key, key): part for key, part in row[column].items()}
    for table, gone in change.dropped.items():
        found[table] = [{key: row[key] for key in row if key not in gone} for row in found[table]]
    for (table, column), (target, key, name) in change.moved.items():
        for row in found[table]:
            value = row.pop(column)
            if value is not None:
                columns = {own: None for other, _, own in change.moved.values() if other == target}
                found.setdefault(target, []).append({key: row["id"], **columns, name: value})
    if change.remade is not None:
        change.remade(found)
    return found
