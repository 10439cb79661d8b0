"""Another client's full round trip on a unit: run as a program of its own, prints JSON.

Arguments: port, comm key, "udp" or "tcp".
"""

import json
import sys
from datetime import datetime

from zk import ZK, const


def main() -> None:
    port, key, way = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    client = ZK(
        "127.0.0.1", port=port, timeout=5, password=key, force_udp=way == "udp", ommit_ping=True
    )
    said: dict[str, object] = {}
    unit = client.connect()
    unit.disable_device()
    said["firmware"] = unit.get_firmware_version()
    said["serial"] = unit.get_serialnumber()
    unit.set_time(datetime(2031, 2, 3, 4, 5, 6))
    said["time"] = unit.get_time().isoformat()
    unit.read_sizes()
    said["sizes"] = [unit.users, unit.fingers, unit.records]
    said["users"] = [[user.user_id, user.name] for user in unit.get_users()]
    unit.set_user(name="Grown", privilege=const.USER_DEFAULT, password="12", user_id="7001", card=5)
    added = next(user for user in unit.get_users() if user.user_id == "7001")
    said["added"] = [added.name, added.password, added.card]
    templates = unit.get_templates()
    said["templates"] = len(templates)
    templates[0].uid = added.uid
    templates[0].fid = 2
    unit.save_user_template(added, [templates[0]])
    said["saved"] = (
        unit.get_user_template(uid=added.uid, temp_id=2).template == templates[0].template
    )
    unit.delete_user_template(uid=added.uid, temp_id=2)
    said["left"] = len(unit.get_templates())
    said["enrolled"] = unit.enroll_user(user_id="7001", temp_id=3)
    said["attendance"] = [[row.user_id, row.timestamp.isoformat()] for row in unit.get_attendance()]
    unit.unlock(3)
    unit.test_voice(0)
    said["live"] = _live(unit)
    unit.delete_user(uid=added.uid)
    said["after"] = len(unit.get_users())
    unit.clear_attendance()
    unit.read_sizes()
    said["cleared"] = unit.records
    unit.enable_device()
    unit.disconnect()
    print(json.dumps(said))


def _live(unit: object) -> list[str]:
    print("live", flush=True)
    for event in unit.live_capture(new_timeout=5):  # type: ignore[attr-defined]
        if event is None:
            return ["nothing came"]
        unit.end_live_capture = True  # type: ignore[attr-defined]
        return [event.user_id, event.timestamp.isoformat()]
    return []


if __name__ == "__main__":
    main()
