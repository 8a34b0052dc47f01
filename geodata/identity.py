"""Numbers that identify: unified social credit codes (统一社会信用代码, GB 32100-2015) and telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from geodata.cells import Code, as_text, plain
from geodata.faults import UnfitError, shown
from planner.text import Text

_LETTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of a code; I, O, S, V and Z are not among them."""

_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_ALIKE: Final = {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "B": "8", "G": "6", "V": "U"}
_FORM: Final = re.compile(rf"[{_LETTERS}]{{2}}\d{{6}}[{_LETTERS}]{{10}}")
_EXAMPLE: Final = "91350100M000100Y43"

_PHONE: Final = re.compile(
    r"(?:\+?86-?)?(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|\d{7,8}|\d{5}|[48]00-?\d{3,4}-?\d{3,4})(?:(?:-|转|ext\.?)\d{1,6})?",
    re.IGNORECASE)
_EXPONENT: Final = re.compile(r"\d(?:\.\d+)?e\+?\d+", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[、,，;；/／|\n]+|(?<=\d{7}) +(?=\d{7})")


def check_character(code: str) -> str:
    """Return the 18th character that the first 17 of a credit code ask for (GB 32100-2015)."""
    total = sum(_LETTERS.index(letter) * weight for letter, weight in zip(code, _WEIGHTS, strict=False))
    return _LETTERS[-total % 31]


def is_credit_code(code: str) -> bool:
    """Whether ``code`` has the form of a unified social credit code and the right check character."""
    return _FORM.fullmatch(code) is not None and check_character(code) == code[-1]


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A unified social credit code: 18 characters, the last of which checks the others."""

    def read(self, value: object) -> str:
        """Return the code in capitals without spaces; raises UnfitError, with what may be meant."""
        code = re.sub(r"[\s-]", "", Code().read(value)).upper()
        if is_credit_code(code):
            return code
        if len(code) != 18:
            raise UnfitError("credit-code",
                             Text(f"“{shown(code)}”有 {len(code)} 位，统一社会信用代码是 18 位",
                                  f"“{shown(code)}” has {len(code)} characters; a unified social credit code has 18"),
                             Text(f"请照营业执照改正，例如 {_EXAMPLE}",
                                  f"Please correct it from the business licence, e.g. {_EXAMPLE}"))
        meant = list(_meant(code))
        ask = Text("", "") if len(meant) != 1 else Text(f"是不是“{meant[0]}”？", f"Is it {meant[0]}? ")
        raise UnfitError("credit-code",
                         Text(f"“{code}”不是有效的统一社会信用代码（末位校验不符）",
                              f"“{code}” is not a valid unified social credit code (its check character does not fit)"),
                         Text(f"{ask.zh}请照营业执照改正", f"{ask.en}Please correct it from the business licence"))


@dataclass(frozen=True, slots=True)
class Phone:
    """One or more telephone numbers, kept as text."""

    def read(self, value: object) -> str:
        """Return the numbers, separated by 、; raises UnfitError where digits are lost or it is no number."""
        text = plain(as_text(value))
        if _EXPONENT.fullmatch(text):
            raise self._lost(text, "末尾几位已丢失", "its last digits are lost")
        numbers = [re.sub(r"\s|\(|\)$", "", part.replace(")", "-", 1)) for part in _SEPARATORS.split(text) if part.strip()]
        if isinstance(value, int | float) and re.fullmatch(r"[2-9]\d{8,10}", text):
            raise self._lost(text, "开头的 0 已丢失", "the 0 it began with is lost")
        if not numbers or not all(_PHONE.fullmatch(number) for number in numbers):
            raise UnfitError("no-phone-number", Text(f"“{shown(text)}”不是电话号码", f"“{shown(text)}” is not a telephone number"),
                             Text("请填 11 位手机号，或区号加号码，例如 021-65432109",
                                  "Please give a mobile number, or area code and number, e.g. 021-65432109"))
        return "、".join(numbers)

    @staticmethod
    def _lost(text: str, zh: str, en: str) -> UnfitError:
        return UnfitError("digits-lost", Text(f"电话“{text}”以数字格式保存，{zh}",
                                              f"the telephone number “{text}” is kept as a number; {en}"),
                          Text("请把该列设为“文本”格式后重新填写", "Please set the column to text and enter it again"))


def _meant(code: str) -> Iterator[str]:
    """Yield the valid codes that differ only in letters easily mistaken: all impossible ones, and one more."""
    possible = "".join(letter if letter in _LETTERS else _ALIKE.get(letter, letter) for letter in code)
    alike = {**_ALIKE, **{digit: letter for letter, digit in _ALIKE.items() if letter in _LETTERS}}
    others = (possible[:place] + alike[letter] + possible[place + 1:]
              for place, letter in enumerate(possible) if letter in alike)
    return (changed for changed in dict.fromkeys((possible, *others)) if is_credit_code(changed))
