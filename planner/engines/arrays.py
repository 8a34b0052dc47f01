"""Array types of the engines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.facts.problem_arrays import BoolArray, IntArray

FloatArray = NDArray[np.float64]

__all__ = ["BoolArray", "FloatArray", "IntArray"]
