"""Made-up rows for every table of the first revision of the schema."""

from typing import Any

from tests.store.kept.revision import (
    APPROVED,
    DOOR,
    FACE,
    GATE,
    NUR,
    RAVI,
    REFUSED,
    SENT,
    TAN,
    Revision,
    Row,
    at,
    sealed,
)


def _person(row_id: str, number: str, first: str, last: str, department: str) -> Row:
    return {
        "id": row_id,
        "number": number,
        "first_name": first,
        "last_name": last,
        "email": f"{first.lower()}@example.com",
        "department": department,
        "active": number != "1003",
        "sort_name": f"{last} {first}".lower(),
        "created_at": at(5),
        "updated_at": at(6),
    }


def _invitation(row_id: str, person: str, status: str, token: str, **changes: Any) -> Row:
    return {
        "id": row_id,
        "employee_id": person,
        "token_hash": token * 64,
        "status": status,
        "attempt": 1,
        "tries": 1,
        "check_misses": 1,
        "check_passed": True,
        "remark": "",
        "created_by": "Mei Ling",
        "created_at": at(10),
        "expires_at": at(10_000),
        "submitted_at": at(60),
        "decided_by": "Mei Ling",
        "decided_at": at(90),
        "changed_at": at(95),
        **changes,
    }


def _photo(row_id: str, invitation: str, person: str, slot: int, **changes: Any) -> Row:
    return {
        "id": row_id,
        "invitation_id": invitation,
        "employee_id": person,
        "slot": slot,
        "try_no": 1,
        "state": "screened",
        "attempt": 1,
        "sealed": None,
        "refusal": "",
        "verdict": {"outcome": "pass", "gates": [{"gate": "sharpness", "value": 0.61}]},
        "outcome": "pass",
        "quality": 0.8125,
        "model": "mobilefacenet",
        "image": sealed(f"image {row_id}", 3000),
        "vector": sealed(f"vector {row_id}", 540),
        "chosen": slot == 1,
        "created_at": at(50 + slot),
        "screened_at": at(52 + slot),
        **changes,
    }


def _terminal(row_id: str, serial: str, name: str, status: str) -> Row:
    return {
        "id": row_id,
        "serial": serial,
        "name": name,
        "status": status,
        "address": "10.0.0.21",
        "utc_offset_min": 480,
        "info": {"firmware": "Ver 8.0.4.3", "platform": "ZAM180"},
        "first_seen": at(20),
        "last_seen": at(300),
    }


def _login(row_id: int, terminal: str, person: str | None, **changes: Any) -> Row:
    return {
        "id": row_id,
        "terminal_id": terminal,
        "employee_id": person,
        "pin": "1001" if person else "4711",
        "at": at(200 + row_id),
        "local_time": "2026-03-02 19:05:10",
        "verify": 15,
        "direction": 0,
        "remark": "" if person else "unknown number",
        "content_key": f"{row_id:064d}",
        "received_at": at(201 + row_id),
        **changes,
    }


FIRST = Revision(
    tables={
        "setting": [
            {"key": "site", "value": {"name": "Pasar Baru", "mail": {"host": "mail.example.com"}}},
            {"key": "retention", "value": {"days": 30}},
        ],
        "site_key": [
            {
                "version": 1,
                "public": sealed("public", 65),
                "private_sealed": sealed("private"),
                "created_at": at(0),
            }
        ],
        "operator": [
            {
                "id": "0" * 31 + "1",
                "username": "mei",
                "name": "Mei Ling",
                "role": "admin",
                "password_hash": "$argon2id$v=19$m=65536,t=3,p=4$made$up",
                "misses": 2,
                "missed_at": at(100),
                "created_at": at(0),
            }
        ],
        "operator_session": [
            {
                "token_hash": "5" * 64,
                "operator_id": "0" * 31 + "1",
                "created_at": at(1),
                "seen_at": at(2),
            }
        ],
        "employee": [
            _person(NUR, "1001", "Nur", "Aisyah", "Warehouse"),
            _person(TAN, "1002", "Wei", "Tan", "Office"),
            _person(RAVI, "1003", "Ravi", "Kumar", "Warehouse"),
        ],
        "person_key": [
            {"employee_id": NUR, "wrapped": sealed("key of Nur"), "kek_version": 1},
            {"employee_id": TAN, "wrapped": sealed("key of Wei"), "kek_version": 1},
        ],
        "terminal": [
            _terminal(GATE, "CKJF201260001", "Gate", "approved"),
            _terminal(DOOR, "CKJF201260002", "Door", "pending"),
        ],
        "invitation": [
            _invitation(APPROVED, NUR, "in_use", "1"),
            _invitation(REFUSED, TAN, "rejected", "2", remark="Please take off the helmet."),
        ],
        "portal_session": [
            {"token_hash": "6" * 64, "invitation_id": APPROVED, "created_at": at(40)}
        ],
        "consent": [
            {
                "id": "c" * 31 + "1",
                "employee_id": NUR,
                "invitation_id": APPROVED,
                "text_digest": "d" * 64,
                "text_version": 3,
                "language": "ms",
                "channel": "link",
                "user_agent": "Mozilla/5.0 (Linux; Android 14)",
                "given_at": at(45),
                "withdrawn_at": None,
            }
        ],
        "photo": [
            _photo("9" * 31 + "1", APPROVED, NUR, 1),
            _photo("9" * 31 + "2", APPROVED, NUR, 2),
            _photo(
                "9" * 31 + "3",
                REFUSED,
                TAN,
                1,
                state="waiting",
                sealed=sealed("upload", 4000),
                verdict=None,
                outcome="",
                image=None,
                vector=None,
                screened_at=None,
            ),
        ],
        "enrolment": [
            {
                "id": FACE,
                "employee_id": NUR,
                "invitation_id": APPROVED,
                "modality": "face",
                "model": "mobilefacenet",
                "photos": 2,
                "template": sealed("template of Nur", 540),
                "image": sealed("photo of Nur for terminals", 3500),
                "approved_by": "Mei Ling",
                "approved_at": at(90),
                "live": True,
            }
        ],
        "outbox": [
            {
                "id": "3" * 31 + "1",
                "kind": "invitation",
                "employee_id": NUR,
                "invitation_id": APPROVED,
                "sealed": None,
                "state": "sent",
                "attempt": 1,
                "run_at": at(10),
                "error": "",
                "created_at": at(10),
                "sent_at": at(11),
            },
            {
                "id": "3" * 31 + "2",
                "kind": "rejected",
                "employee_id": TAN,
                "invitation_id": REFUSED,
                "sealed": sealed("what the template needs", 200),
                "state": "waiting",
                "attempt": 2,
                "run_at": at(92),
                "error": "the server is busy",
                "created_at": at(91),
                "sent_at": None,
            },
        ],
        "provision": [
            {
                "id": SENT,
                "enrolment_id": FACE,
                "terminal_id": GATE,
                "state": "confirmed",
                "attempt": 1,
                "run_at": at(91),
                "error": "",
                "confirmed_at": at(93),
            }
        ],
        "command": [
            {
                "id": 1,
                "terminal_id": GATE,
                "provision_id": SENT,
                "attempt": 1,
                "kind": "userinfo",
                "state": "done",
                "sent_at": at(92),
                "return_code": 0,
            },
            {
                "id": 2,
                "terminal_id": GATE,
                "provision_id": SENT,
                "attempt": 1,
                "kind": "biophoto",
                "state": "done",
                "sent_at": at(92),
                "return_code": None,
            },
        ],
        "login": [_login(1, GATE, NUR), _login(2, GATE, None)],
        "quarantine": [
            {
                "id": 1,
                "terminal_id": GATE,
                "table": "OPERLOG",
                "raw": "OPLOG 99\t0\t2026-03-02",
                "reason": "unknown table",
                "received_at": at(250),
            }
        ],
        "audit": [
            {
                "seq": seq,
                "at": at(seq),
                "actor": "Mei Ling",
                "action": "employee.saved",
                "object_id": NUR,
                "detail": {"number": "1001", "changed": ["email"]},
                "prev_hash": f"{seq - 1:064x}",
                "hash": f"{seq:064x}",
            }
            for seq in (1, 2)
        ],
    }
)
