"""Intervals and tests that the analyses share, at the 95 % level."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from runtime.training.arrays import Floats

Z = 1.959963984540054
"""97.5 % quantile of the standard normal distribution."""


def mean_interval(values: Any) -> tuple[float, float, float]:
    """Return the mean of values `(n,)` with its t interval; as it is for fewer than two values."""
    from scipy.stats import t

    numbers = np.asarray(values, dtype=np.float64)
    mean = float(numbers.mean())
    if numbers.size < 2:
        return mean, mean, mean
    spread = float(numbers.std(ddof=1)) / np.sqrt(numbers.size)
    reach = float(t.ppf(0.975, numbers.size - 1)) * spread
    return mean, mean - reach, mean + reach


def wilson(successes: float, trials: float) -> tuple[float | None, float | None, float | None]:
    """Return a proportion with its score interval (Wilson 1927); None for no trials."""
    if trials <= 0:
        return None, None, None
    share = successes / trials
    centre = (share + Z**2 / (2 * trials)) / (1 + Z**2 / trials)
    inside = share * (1 - share) / trials + Z**2 / (4 * trials**2)
    reach = Z * np.sqrt(inside) / (1 + Z**2 / trials)
    return share, float(max(0.0, centre - reach)), float(min(1.0, centre + reach))


def newcombe(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Return first minus second with an interval from theirs (value, low, high).

    Newcombe 1998, method 10, for proportions; for means it is the same as adding variances.
    """
    difference = first[0] - second[0]
    low = difference - float(np.hypot(first[0] - first[1], second[2] - second[0]))
    high = difference + float(np.hypot(first[2] - first[0], second[0] - second[1]))
    return difference, low, high


def log_ratio(
    first: tuple[float, float], second: tuple[float, float]
) -> tuple[float | None, float | None, float | None]:
    """Return the ratio of two proportions (successes, trials) with its log interval.

    Katz et al. 1978. None where a proportion is 0 or has no trials.
    """
    if min(first[0], second[0]) <= 0 or min(first[1], second[1]) <= 0:
        return None, None, None
    ratio = (first[0] / first[1]) / (second[0] / second[1])
    error = np.sqrt(1 / first[0] - 1 / first[1] + 1 / second[0] - 1 / second[1])
    return ratio, float(ratio * np.exp(-Z * error)), float(ratio * np.exp(Z * error))


def holm(p_values: list[float]) -> list[float]:
    """Return p-values adjusted for looking several times (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def greater_share(inside: tuple[int, int], outside: tuple[int, int]) -> float:
    """Return the one-sided p-value that (errors, rows) inside is no worse (Fisher's exact test)."""
    from scipy.stats import hypergeom

    errors, rows = inside
    total, all_errors = rows + outside[1], errors + outside[0]
    return float(hypergeom.sf(errors - 1, total, all_errors, rows))


def greater_mean(inside: Floats, outside: Floats) -> float:
    """Return the one-sided p-value that the mean inside is no greater (Welch's t test)."""
    from scipy.stats import ttest_ind

    if inside.size < 2 or outside.size < 2:
        return 1.0
    if inside.std() == 0 and outside.std() == 0:
        return 0.0 if inside.mean() > outside.mean() else 1.0
    found = ttest_ind(inside, outside, equal_var=False, alternative="greater")
    return float(found.pvalue)


def bootstrap(
    score: Callable[[Any], float], rows: int, seed: int, times: int = 300
) -> tuple[float, float, float]:
    """Return `score(rows)` with its percentile interval; `score` takes positions of rows."""
    value = score(np.arange(rows))
    rng = np.random.default_rng([seed, 15])
    draws = [score(rng.integers(0, rows, rows)) for _ in range(times)]
    known = np.array([d for d in draws if np.isfinite(d)])
    if not known.size:
        return value, value, value
    low, high = np.quantile(known, [0.025, 0.975])
    return value, min(float(low), value), max(float(high), value)
