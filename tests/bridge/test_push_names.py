"""TE11: names in the code pages of units that dial in."""

from bridge.simulator.unit import Unit
from bridge.terminals.push.terminal import PushTerminal
from bridge.terminals.terminal import Person
from tests.bridge.fakes import a_unit
from tests.bridge.test_push_terminal import Met, meeting


def a_chinese_unit() -> Unit:
    unit = a_unit(0, 0)
    unit.faults.encoding = "gbk"
    for pin, name in (("1", "王小明"), ("2", "李伟"), ("3", "张敏")):
        unit.person(pin).name = name
    return unit


def test_TE11_names_are_read_and_written_in_the_encoding_of_the_unit() -> None:
    unit = a_chinese_unit()

    async def story(met: Met) -> None:
        people = await met.terminal.people()
        assert {person.name for person in people} == {"王小明", "李伟", "张敏"}
        added = [Person(pin="4", name="陈美玲"), Person(pin="5", name="Zoë")]
        await met.terminal.write_people(added)
        assert unit.people["4"].name == "陈美玲"
        assert unit.people["5"].name == "Zoe"

    meeting(story, unit)


def test_TE11_a_name_that_cannot_be_read_is_left_as_it_is() -> None:
    unit = a_unit(0, 0)
    unit.faults.encoding = "windows-1251"
    unit.person("1").name = "Вера"

    async def story(met: Met) -> None:
        (person,) = await met.terminal.people()
        assert person.unread
        await met.terminal.write_people([person, Person(pin="2", name="Вера")])
        assert (unit.people["1"].name, unit.people["2"].name) == ("Вера", "????")
        queue = met.site.queue(unit.serial)
        chosen = PushTerminal(unit.serial, queue, {}, "windows-1251")
        await chosen.write_people([Person(pin="2", name="Вера")])
        assert unit.people["2"].name == "Вера"

    meeting(story, unit)


def test_TE11_a_person_who_is_asked_for_alone_is_read_by_the_names_of_all() -> None:
    unit = a_chinese_unit()

    async def story(met: Met) -> None:
        assert [one.name for one in await met.terminal.find_people(["2"])] == ["李伟"]
        assert await met.terminal.names_encoding() == "gbk"
        chosen = PushTerminal(unit.serial, met.site.queue(unit.serial), {}, "big5")
        assert await chosen.names_encoding() == "big5"

    meeting(story, unit)
