"""TE32: whether a unit that dials in knows fingers, and by which commands, by all that it says."""

import pytest

from bridge.simulator.profiles import PROFILES
from bridge.simulator.unit import made_up_template
from bridge.terminals.push.commands import DURESS
from bridge.terminals.push.fingers import FingerBiodata, FingerTable, commands_for, knows_fingers
from bridge.terminals.terminal import Capability, FingerTemplate
from tests.bridge.fakes import a_unit
from tests.bridge.test_push_terminal import Met, meeting

BIODATA = {"multibiodatasupport": "0:1:0:0:0:0:0:0:0:1"}


@pytest.mark.parametrize(
    ("said", "knows"),
    [
        ({"fingerfunon": "1"}, True),
        ({"fingerfunon": "0", "fpversion": "10", "fpcount": "7"}, False),
        ({"fpversion": "10"}, True),
        ({"fpversion": "0"}, None),
        ({"fpcount": "3"}, True),
        ({"fpcount": "0"}, False),
        ({"fpcount": "0", "maxfingercount": "3000"}, True),
        (BIODATA, True),
        ({"multibiodatasupport": "0:0"}, None),
        ({"multibiodatasupport": "rubbish", "fpcount": "many"}, None),
        ({}, None),
    ],
)
def test_TE32_fingers_are_known_by_all_evidence(said: dict[str, str], knows: bool | None) -> None:
    assert knows_fingers(said) is knows


def test_TE32_the_units_version_chooses_the_commands() -> None:
    assert type(commands_for({"fpversion": "10"})) is FingerTable
    assert commands_for(BIODATA) == FingerBiodata("10", "0")
    versions = {**BIODATA, "multibioversion": "0:12.3:0"}
    assert commands_for(versions) == FingerBiodata("12", "3")
    odd = {**BIODATA, "fpversion": "\t=.x"}
    assert commands_for(odd) == FingerBiodata("10", "0")


def test_TE32_a_finger_that_signals_duress_stays_one() -> None:
    line = FingerBiodata("10", "0").write(FingerTemplate("1", 2, b"x", DURESS))("5")
    assert line.startswith("C:5:DATA UPDATE BIODATA Pin=1\tNo=2\tType=1\t")
    assert "\tDuress=1\tMajorVer=10\tMinorVer=0\t" in line
    assert "\tDuress=0" in FingerBiodata("10", "0").write(FingerTemplate("1", 2, b"x"))("5")


def test_TE32_a_unit_that_keeps_fingers_as_biometric_data_is_served_like_any_other() -> None:
    async def story(met: Met) -> None:
        assert (await met.terminal.capabilities())[Capability.WRITE_FINGERS]
        await met.terminal.write_fingers([FingerTemplate("1001", 2, made_up_template("z"))])
        assert met.unit.people["1001"].fingers[2] == made_up_template("z")
        said = [text async for text in met.terminal.enrol_finger("1002", 3)]
        assert said[-1] == "The finger is enrolled."
        await met.terminal.remove_fingers([("1001", 2)])
        assert {(one.pin, one.finger) for one in await met.terminal.fingers()} == {
            ("1001", 6),
            ("1002", 3),
            ("1002", 6),
        }

    unit = a_unit(2)
    PROFILES["push-biodata-fingers"].shape(unit)
    meeting(story, unit)
