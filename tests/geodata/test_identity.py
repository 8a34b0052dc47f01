from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.faults import UnfitError
from geodata.identity import _LETTERS, CreditCode, Phone, check_character, is_credit_code

STANDARD = "91350100M000100Y43"
"""The worked example of GB 32100-2015."""

BODIES = st.builds(lambda head, place, tail: head + f"{place:06d}" + tail, st.text(_LETTERS, min_size=2, max_size=2),
                   st.integers(0, 999_999), st.text(_LETTERS, min_size=9, max_size=9))


def by_table(body: str) -> str:
    """The check character by the weights printed in the standard."""
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum("0123456789ABCDEFGHJKLMNPQRTUWXY".index(letter) * weight for letter, weight in zip(body, weights, strict=True))
    return "0123456789ABCDEFGHJKLMNPQRTUWXY"[(31 - total % 31) % 31]


def unfit(kind: CreditCode | Phone, value: object) -> UnfitError:
    with pytest.raises(UnfitError) as error:
        kind.read(value)
    return error.value


def test_the_example_of_the_standard() -> None:
    assert is_credit_code(STANDARD)
    assert CreditCode().read(" ９１３５0100-m000100y43 ") == STANDARD


@given(BODIES)
def test_the_check_character_is_that_of_the_table(body: str) -> None:
    assert check_character(body) == by_table(body)


@given(BODIES, st.integers(0, 17), st.sampled_from(_LETTERS))
def test_one_wrong_character_is_always_found(body: str, place: int, letter: str) -> None:
    code = body + check_character(body)
    changed = code[:place] + letter + code[place + 1:]
    assert is_credit_code(changed) == (changed == code)


@given(BODIES)
def test_letters_that_no_code_has_are_read_as_what_they_look_like(body: str) -> None:
    code = body + check_character(body)
    mistyped = code.replace("0", "O").replace("1", "I")
    if mistyped != code:
        assert f"“{code}”" in unfit(CreditCode(), mistyped).remedy.zh


@pytest.mark.parametrize("value", ["91350100M000100Y44", "9135O100M0O0100Y44", "1234", 9.13501e17])
def test_codes_that_are_none(value: object) -> None:
    assert unfit(CreditCode(), value).code in {"credit-code", "digits-lost"}


@pytest.mark.parametrize(("value", "number"), [
    ("１３８ 0000 0000", "13800000000"), (13800000000.0, "13800000000"), (65432109.0, "65432109"), ("（021）65432109", "021-65432109"),
    ("021-65432109转801", "021-65432109转801"), ("13800000000/021-65432109", "13800000000、021-65432109"), ("12345", "12345"),
    ("+86-13800000000", "+86-13800000000"), ("400-820-8888", "400-820-8888")])
def test_telephone_numbers(value: object, number: str) -> None:
    assert Phone().read(value) == number


@pytest.mark.parametrize(("value", "code"), [("1.38E+10", "digits-lost"), (2165432109, "digits-lost"), ("王", "no-phone-number"),
                                             ("1380000000", "no-phone-number")])
def test_telephone_numbers_that_are_none(value: object, code: str) -> None:
    assert unfit(Phone(), value).code == code
