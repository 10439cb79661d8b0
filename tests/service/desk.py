"""What tests do at the desk: consent, scans of made-up fingers, whole enrolments."""

from bridge.simulator.fingers import Condition, impression
from console.api import employees
from console.api import fingers as api
from console.api.client import Client
from console.api.operation import ById
from console.domain.fingers import FingerPosition

SIZE = (290, 384)


def picture(finger: int, number: int = 1, condition: Condition = Condition.GOOD) -> api.ScanPicture:
    """What a reader sees of a made-up finger."""
    image = impression(finger, number, SIZE, condition)
    return api.ScanPicture(pixels=image.tobytes(), width=SIZE[1], height=SIZE[0], dpi=500)


def agree(client: Client, person: employees.EmployeeRow) -> api.Hands:
    """The person consents."""
    shown = client.call(api.hands, ById(id=person.id))
    return client.call(
        api.give_consent,
        api.GiveConsent(employee_id=person.id, given=True, digest=shown.texts[0].digest),
    )


def begin(
    client: Client,
    person: employees.EmployeeRow,
    position: FingerPosition = FingerPosition.RIGHT_INDEX,
) -> str:
    return client.call(
        api.begin, api.Begin(employee_id=person.id, position=position, reader="a test's reader")
    ).id


def enrol(
    client: Client,
    person: employees.EmployeeRow,
    finger: int,
    position: FingerPosition = FingerPosition.RIGHT_INDEX,
    first: int = 1,
) -> api.Scanned:
    """Three scans of a finger; what the last came to: it is enrolled."""
    last = scan_thrice(client, person, finger, position, first)
    assert last.outcome == "saved", last
    return last


def scan_thrice(
    client: Client,
    person: employees.EmployeeRow,
    finger: int,
    position: FingerPosition = FingerPosition.RIGHT_INDEX,
    first: int = 1,
) -> api.Scanned:
    """Three scans of a finger; what the last came to, whatever that is."""
    agree(client, person)
    sitting = begin(client, person, position)
    return [
        client.call(api.scan, api.Scan(id=sitting, picture=picture(finger, first + n)))
        for n in range(3)
    ][-1]
