"""What a unit is answered before it is approved, and while nobody knows it. TE5, TE16."""

import httpx
import pytest

from tests.bridge.fakes import HeldSite, MemorySite, listening, run


@pytest.mark.parametrize(
    "path", ["cdata?table=ATTLOG", "cdata?table=OPERLOG", "fdata?table=ATTPHOTO", "cdata?kind=odd"]
)
def test_TE5_what_a_unit_reports_before_its_approval_is_refused_so_that_it_keeps_it(
    path: str,
) -> None:
    async def story() -> None:
        site = MemorySite()
        site.approved = False
        async with listening(site) as url, httpx.AsyncClient(base_url=url) as http:
            row = "1\t2026-11-22 08:00:00\t0\t1"
            answer = await http.post(f"/iclock/{path}&SN=X", content=row)
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
            assert not answer.text.startswith("OK")
            assert not site.punches
            options = await http.post("/iclock/cdata?SN=X&table=options", content="~MAC=00:17")
            assert options.text == "OK", "what it says of itself is shown at the approval"

    run(story())


def test_TE16_the_comm_key_of_a_unit_is_known_again_and_not_kept() -> None:
    async def story() -> None:
        site = MemorySite()
        async with listening(site) as url, httpx.AsyncClient(base_url=url) as http:
            for serial, key in (("X", "123456"), ("X", "123456"), ("Y", "123456"), ("X", "")):
                hello = {"SN": serial, "options": "all", "pushcommkey": key}
                await http.get("/iclock/cdata", params=hello)
        marks = [hello.info["pushcommkey"] for hello in site.seen]
        assert marks[0] == marks[1]
        assert len(set(marks)) == 3, "units with the same key have other marks"
        assert marks[3] == "none"
        assert "123456" not in str(site.seen)

    run(story())


def test_TE14_a_unit_that_is_not_served_any_more_keeps_what_it_reports() -> None:
    async def story() -> None:
        site = MemorySite()
        site.serves = False
        async with listening(site) as url, httpx.AsyncClient(base_url=url) as http:
            row = "1\t2026-11-22 08:00:00\t0\t1"
            answer = await http.post("/iclock/cdata?table=ATTLOG&SN=X", content=row)
            assert (answer.status_code, answer.text) == (503, "ERROR: not approved any more")

    run(story())


@pytest.mark.parametrize(("room", "status"), [(True, 200), (False, 503)])
def test_TE16_what_a_held_caller_reports_is_kept_aside_or_refused(room: bool, status: int) -> None:
    async def story() -> None:
        site = HeldSite(room)
        async with listening(site) as url, httpx.AsyncClient(base_url=url) as http:
            site.queue("X").exchange(lambda command_id: f"C:{command_id}:CHECK", "check").close()
            for path in ("ATTLOG", "rtlog"):
                row = "1\t2026-11-22 08:00:00\t0\t1"
                answer = await http.post(f"/iclock/cdata?table={path}&SN=X", content=row)
                assert answer.status_code == status
            assert site.aside == ["127.0.0.1"] * 2
            assert not site.punches
            assert (await http.get("/iclock/getrequest?SN=X")).text == "OK"
            hello = await http.get("/iclock/cdata?SN=X&options=all")
            assert hello.text.startswith("GET OPTION FROM: X"), "it tells its MAC address then"

    run(story())
