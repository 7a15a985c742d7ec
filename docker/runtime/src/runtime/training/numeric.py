"""Numbers, booleans and dates as one float matrix, and its preparation for linear models."""

from __future__ import annotations

from typing import Any

import numpy as np

from runtime.training.arrays import Floats, Frame

HUGE = 1e30
"""Magnitudes are clipped here: squares stay finite and float32 learners do not overflow."""

_SECONDS = 86_400
_NOT_A_TIME = np.iinfo(np.int64).min
MAX_DATE_PAIRS = 3
Z_LIMIT = 4.0
"""Scaled numbers are kept within so many standard deviations: a linear function, and products even
more, would carry a single wild value (a length of 59 mm among stones of 4 to 10 mm) far out. On
seven public tables limits of 3 to 6 were even with 10, on the one with such values 7 % better."""

FAR_LIMIT = 10.0
"""Where groups are looked for: those far out must not be pressed together."""


class NumericTable:
    """Gathers raw columns into `(n_rows, n_numbers) float64` with NaN for missing.

    Booleans become 0 and 1. A date becomes year, month, day, weekday, hour, and days since 1970;
    up to three pairs of dates give their difference in hours. Parts that never vary in the rows
    seen by `fit` are left out.
    """

    def __init__(self, columns: list[tuple[str, str]]) -> None:
        self.numbers = [name for name, kind in columns if kind in ("number", "integer")]
        self.booleans = [name for name, kind in columns if kind == "boolean"]
        self.dates = [name for name, kind in columns if kind == "datetime"]
        self.keep: Any = None
        self.sources: list[str] = []

    def fit(self, frame: Frame) -> Floats:
        """Learn which parts vary; return the matrix of these rows."""
        full, sources = self._all(frame)
        plain = len(self.numbers) + len(self.booleans)
        parts = [_varies(full[:, index]) for index in range(plain, full.shape[1])]
        self.keep = np.array([True] * plain + parts, dtype=bool)
        self.sources = [name for name, kept in zip(sources, self.keep, strict=True) if kept]
        return full if self.keep.all() else full[:, self.keep]

    def transform(self, frame: Frame) -> Floats:
        """Return the matrix of other rows, same columns as in `fit`."""
        full, _ = self._all(frame)
        return full if full.shape[1] == len(self.sources) else full[:, self.keep]

    def _all(self, frame: Frame) -> tuple[Floats, list[str]]:
        parts: list[Any] = [_as_float(frame[name]) for name in self.numbers]
        parts.extend(_truths(frame[name]) for name in self.booleans)
        sources = [*self.numbers, *self.booleans]
        stamps = {name: _stamp(frame[name]) for name in self.dates}
        for name, stamp in stamps.items():
            pieces = _date_parts(stamp)
            parts.extend(pieces)
            sources.extend([name] * len(pieces))
        for first, second in self._pairs():
            parts.append(_hours_between(stamps[first], stamps[second]))
            sources.append(second)
        if not parts:
            return np.empty((_length(frame), 0)), []
        matrix = np.empty((parts[0].shape[0], len(parts)))
        for index, part in enumerate(parts):
            matrix[:, index] = part
        if self.numbers:
            np.clip(matrix, -HUGE, HUGE, out=matrix)
        return matrix, sources

    def _pairs(self) -> list[tuple[str, str]]:
        names = self.dates[:3]
        pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
        return pairs[:MAX_DATE_PAIRS]


class LinearNumbers:
    """Prepares a float matrix for linear models.

    Skewed columns get a signed logarithm, gaps the median and an indicator, then columns are
    standardised and clipped at `limit` standard deviations. With `knots` > 0 each many-valued
    column also gets hinge functions at its quantiles, so that a linear model can bend.
    """

    # Models of before did not keep theirs.
    limit: float = FAR_LIMIT

    def __init__(self, knots: int = 0, limit: float = Z_LIMIT) -> None:
        self.knots = knots
        self.limit = limit

    def fit_transform(self, raw: Floats) -> Floats:
        """Learn medians, scales and knots from `raw` and return it prepared."""
        holes = np.isnan(raw)
        self.indicated = np.flatnonzero(holes.any(axis=0))
        self.logged = _skewed_columns(raw, holes)
        bent = self._bend(raw)
        self.medians = _medians(bent, holes)
        filled = np.where(holes, self.medians, bent)
        self.means = filled.mean(axis=0)
        spread = filled.std(axis=0)
        self.scales = np.where(spread > 1e-12 * np.maximum(1.0, np.abs(self.means)), spread, 1.0)
        scaled = self._scaled(filled)
        self._fit_knots(scaled)
        return self._assemble(scaled, holes)

    def transform(self, raw: Floats) -> Floats:
        """Prepare other rows with what was learned."""
        holes = np.isnan(raw)
        filled = np.where(holes, self.medians, self._bend(raw))
        scaled = self._scaled(filled)
        return self._assemble(scaled, holes)

    def _scaled(self, filled: Floats) -> Floats:
        scaled = (filled - self.means) / self.scales
        return np.asarray(np.clip(scaled, -self.limit, self.limit))

    def sources(self, names: list[str]) -> list[str]:
        """Return the source column of every output, given those of the inputs."""
        indicated = [names[i] for i in self.indicated]
        return [*names, *indicated, *(names[i] for i in self.knot_columns)]

    def _bend(self, raw: Floats) -> Floats:
        if not self.logged.any():
            return raw
        return np.where(self.logged, np.sign(raw) * np.log1p(np.abs(raw)), raw)

    def _fit_knots(self, scaled: Floats) -> None:
        columns: list[int] = []
        knots: list[float] = []
        for index in range(scaled.shape[1] if self.knots else 0):
            values = scaled[:, index]
            cuts = np.unique(np.quantile(values, np.linspace(0, 1, self.knots + 2)[1:-1]))
            inner = cuts[(cuts > values.min()) & (cuts < values.max())]
            if np.unique(values).size >= 8:
                columns.extend([index] * inner.size)
                knots.extend(float(cut) for cut in inner)
        self.knot_columns = np.array(columns, dtype=np.int64)
        self.knot_values = np.array(knots)

    def _assemble(self, scaled: Floats, holes: Any) -> Floats:
        parts = [scaled]
        if self.indicated.size:
            parts.append(holes[:, self.indicated].astype(np.float64))
        if self.knot_columns.size:
            parts.append(np.maximum(scaled[:, self.knot_columns] - self.knot_values, 0.0))
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


class ForestNumbers:
    """Fills gaps with the median and adds an indicator per column that had gaps."""

    def fit_transform(self, raw: Floats) -> Floats:
        """Learn the medians of `raw` and return it filled."""
        holes = np.isnan(raw)
        self.indicated = np.flatnonzero(holes.any(axis=0))
        self.medians = _medians(raw, holes)
        return self.transform(raw)

    def transform(self, raw: Floats) -> Floats:
        """Fill other rows with what was learned."""
        holes = np.isnan(raw)
        filled = np.where(holes, self.medians, raw)
        if not self.indicated.size:
            return filled
        return np.concatenate([filled, holes[:, self.indicated].astype(np.float64)], axis=1)

    def sources(self, names: list[str]) -> list[str]:
        """Return the source column of every output, given those of the inputs."""
        return [*names, *(names[i] for i in self.indicated)]


def _length(frame: Frame) -> int:
    return len(next(iter(frame.values()))) if isinstance(frame, dict) else len(frame)


def _as_float(values: Any) -> Any:
    array = np.asarray(values)
    if array.dtype == np.float64:
        return array
    return np.asarray(values, dtype=np.float64)


def _truths(values: Any) -> Floats:
    array = np.asarray(values)
    if array.dtype != object:
        return np.asarray(array, dtype=np.float64)
    return np.array([_TRUTH.get(value, np.nan) for value in array.tolist()], dtype=np.float64)


_TRUTH: dict[object, float] = {"true": 1.0, "false": 0.0, True: 1.0, False: 0.0}


def _stamp(values: Any) -> Any:
    return np.asarray(values, dtype="datetime64[ns]").astype("datetime64[s]")


def _date_parts(stamp: Any) -> list[Floats]:
    missing = np.isnat(stamp)
    seconds = np.where(missing, 0, stamp.astype(np.int64))
    days = seconds // _SECONDS
    months = np.where(missing, 0, stamp.astype("datetime64[M]").astype(np.int64))
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    parts = [
        months // 12 + 1970,
        months % 12 + 1,
        days - first + 1,
        (days + 3) % 7,
        (seconds % _SECONDS) / 3600.0,
        seconds / _SECONDS,
    ]
    return [np.where(missing, np.nan, part) for part in parts]


def _hours_between(start: Any, end: Any) -> Floats:
    missing = np.isnat(start) | np.isnat(end)
    seconds = np.where(missing, 0, end.astype(np.int64) - start.astype(np.int64))
    return np.where(missing, np.nan, seconds / 3600.0)


def _varies(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return bool(known.size and (known != known[0]).any())


def _medians(matrix: Floats, holes: Any) -> Floats:
    """Return the median of every column's known values; 0 where there are none."""
    medians = np.median(matrix, axis=0) if matrix.shape[0] else np.zeros(matrix.shape[1])
    for index in np.flatnonzero(holes.any(axis=0)):
        known = matrix[~holes[:, index], index]
        medians[index] = np.median(known) if known.size else 0.0
    return np.asarray(medians, dtype=np.float64)


def _skewed_columns(matrix: Floats, holes: Any) -> Any:
    """Find columns so lopsided that their logarithm is the better scale (skewness beyond 2)."""
    counts = np.maximum((~holes).sum(axis=0), 1)
    known = np.where(holes, 0.0, matrix)
    centred = np.where(holes, 0.0, matrix - known.sum(axis=0) / counts)
    spread = np.sqrt((centred**2).sum(axis=0) / counts)
    scaled = centred / np.where(spread > 0, spread, 1.0)
    skewness = np.abs((scaled**3).sum(axis=0) / counts)
    logged = (skewness > 2.0) & (counts > 8)
    for index in np.flatnonzero(logged):
        # A rare flag is lopsided too, but a logarithm changes nothing about it.
        logged[index] = np.unique(matrix[~holes[:, index], index]).size > 10
    return logged
