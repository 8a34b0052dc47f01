"""How a screenshot differs from its reference, told so that another rendering of letters passes and a missing part does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

REDUCTION: Final = 4
"""Both pictures are compared at this share of their size, where letters are grey smudges."""
STRONG: Final = 90
"""A strongly different channel of a reduced pixel, of 255."""
TILE: Final = 16
"""Side in pixels of the squares in which something is drawn or nothing."""
CONTRAST: Final = (16, 8)
CHROMA: Final = (60, 40)
"""A tile surely holds a drawing when a channel varies by the first of CONTRAST in it, and surely none below the second;
so with colour and how far the channels of a pixel lie apart. Between the two it is left open: palettes round colours."""


@dataclass(frozen=True)
class Likeness:
    """Difference of two pictures.

    ``mean``: of all channels, of 255, reduced; ``strong_percent``: reduced pixels that differ by more than ``STRONG``;
    ``lost`` and ``added``: tiles that surely hold a drawing or a colour in one picture alone, with none in the nine tiles
    around in the other.
    """

    mean: float
    strong_percent: float
    lost: int
    added: int

    @property
    def same(self) -> bool:
        """Whether it is the same page, whatever the rendering of letters."""
        return self.mean <= 3.0 and self.strong_percent <= 1.0 and self.lost <= 3 and self.added <= 3


def likeness(shot: Image.Image, reference: Image.Image) -> Likeness:
    """Compare two pictures; raises ValueError when their sizes differ."""
    if shot.size != reference.size:
        message = f"a picture of {shot.size} and one of {reference.size} cannot be compared"
        raise ValueError(message)
    first, second = shot.convert("RGB"), reference.convert("RGB")
    apart = np.abs(_values(first.reduce(REDUCTION)) - _values(second.reduce(REDUCTION)))
    lost = added = 0
    for measure, (surely, perhaps) in ((_contrast, CONTRAST), (_chroma, CHROMA)):
        here, there = measure(first), measure(second)
        lost += int(((there >= surely) & ~_around(here >= perhaps)).sum())
        added += int(((here >= surely) & ~_around(there >= perhaps)).sum())
    return Likeness(float(apart.mean()), float((apart.max(axis=2) > STRONG).mean() * 100), lost, added)


def _values(picture: Image.Image) -> NDArray[np.int16]:
    return np.asarray(picture).astype(np.int16)


def _tiles(values: NDArray[Any], side: int) -> NDArray[Any]:
    """Rows, pixels of a row, columns, pixels of a column, and what is left; an incomplete edge is cut off."""
    rows, columns = values.shape[0] // side, values.shape[1] // side
    return values[:rows * side, :columns * side].reshape(rows, side, columns, side, *values.shape[2:])


def _contrast(picture: Image.Image) -> NDArray[np.int16]:
    tiles = _tiles(_values(picture), TILE)
    contrast: NDArray[np.int16] = (tiles.max(axis=(1, 3)) - tiles.min(axis=(1, 3))).max(axis=2)
    return contrast


def _chroma(picture: Image.Image) -> NDArray[np.int16]:
    values = _values(picture.reduce(2))
    chroma: NDArray[np.int16] = _tiles(values.max(axis=2) - values.min(axis=2), TILE // 2).max(axis=(1, 3))
    return chroma


def _around(tiles: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tiles that hold something or touch one that does."""
    padded = np.pad(tiles, 1)
    rows, columns = tiles.shape
    return np.any([padded[y:y + rows, x:x + columns] for y in range(3) for x in range(3)], axis=0)
