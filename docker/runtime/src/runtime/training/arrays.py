"""Array aliases shared by the trainer's modules."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
"""Any float64 array; shapes are given where they matter."""

Ints = npt.NDArray[np.int64]
"""Any int64 array."""

Matrix = Any
"""Encoded features, shape ``(n_rows, n_outputs)``: dense float array or scipy CSR matrix."""

Frame = Any
"""Raw rows: a pandas DataFrame, or a mapping from column name to a one-dimensional array."""
