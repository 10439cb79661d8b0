"""The codes with which units that dial in answer."""

from bridge.terminals.push.codes import RETURN_CODES, explain_face_error, explain_return


def test_return_codes_say_whether_trying_again_helps() -> None:
    assert explain_return(-1001).permanent
    assert explain_return(-22).permanent
    assert not explain_return(-1005).permanent
    assert "-77" in explain_return(-77).sentence


def test_only_what_may_pass_by_itself_is_tried_again() -> None:
    permanent = {code for code, said in RETURN_CODES.items() if said.permanent}
    passing = set(RETURN_CODES) - permanent
    assert permanent == {-1, -11, -12, -22, -1001, -1002, -1004, -1006}
    assert passing == {-2, -3, -9, -10, -1003, -1005, -1007, -1008}
    assert not explain_return(-77).permanent, "nobody knows what it means"


def test_an_error_of_a_photo_is_told_in_words_or_by_its_number() -> None:
    assert explain_face_error("D01E0003") == "The terminal says that the photo is not sharp."
    assert "D01E0099" in explain_face_error("D01E0099")
