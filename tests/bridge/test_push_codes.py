"""The codes with which units that dial in answer."""

from bridge.terminals.push.access.terminal import CODES as ACCESS_CODES
from bridge.terminals.push.codes import ATTENDANCE_CODES, explain_face_error


def test_return_codes_say_whether_trying_again_helps() -> None:
    full = ATTENDANCE_CODES.explain(-1001, "keep a person")
    assert full.permanent
    assert full.sentence == "The terminal is full. Remove people from it. The code is -1001."
    assert not ATTENDANCE_CODES.explain(-1005, "keep a person").permanent


def test_a_code_that_nobody_knows_is_told_by_its_number_and_may_pass() -> None:
    unknown = ATTENDANCE_CODES.explain(-77, "keep a person")
    assert unknown.sentence == "The terminal refused to keep a person. The code is -77."
    assert not unknown.permanent


def test_only_what_may_pass_by_itself_is_tried_again() -> None:
    meanings = ATTENDANCE_CODES.meanings
    permanent = {code for code, said in meanings.items() if said.permanent}
    assert permanent == {-1, -11, -12, -1001, -1004, -1006}
    assert set(meanings) - permanent == {-2, -3, -9, -10, -1003, -1005, -1007, -1008}


def test_TE9_a_query_succeeds_with_its_number_of_rows_or_with_nothing_found() -> None:
    asked = {code for code in (-12, -10, -1, 0, 7) if ATTENDANCE_CODES.succeeds(code, queried=True)}
    told = {code for code in (-12, -10, -1, 0, 7) if ATTENDANCE_CODES.succeeds(code, queried=False)}
    assert (asked, told) == ({-10, -1, 0, 7}, {0})


def test_TE4_units_of_access_control_have_other_codes_and_their_failures_no_words() -> None:
    assert ACCESS_CODES.succeeds(3, queried=False)
    assert not ACCESS_CODES.succeeds(-10, queried=True)
    assert (
        ACCESS_CODES.explain(-1005, "open").sentence
        == "The terminal refused to open. The code is -1005."
    )


def test_an_error_of_a_photo_is_told_in_words_or_by_its_number() -> None:
    assert explain_face_error("D01E0003") == "The terminal says that the photo is not sharp."
    assert "D01E0099" in explain_face_error("D01E0099")
