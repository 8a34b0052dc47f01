"""Words for people, in both languages, kept together so that neither is forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in Chinese and in English."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """The sentence in ``language``."""
        return self.zh if language == "zh" else self.en


def clock(seconds_of_day: int) -> str:
    """A time of day as people write it: ``34200`` seconds after midnight is ``09:30``."""
    return f"{seconds_of_day // 3600:02d}:{seconds_of_day // 60 % 60:02d}"
