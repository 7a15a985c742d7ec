"""All checks in order, within a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from runtime.training.sentinel.adversarial import adversarial_validation
from runtime.training.sentinel.duplicates import duplicates_across_split
from runtime.training.sentinel.findings import Finding, Rows
from runtime.training.sentinel.ordering import time_order
from runtime.training.sentinel.power import identifiers, single_feature_power
from runtime.training.sentinel.wording import target_in_text

CHECKS = (
    "duplicates_across_split",
    "identifier",
    "time_order",
    "single_feature_power",
    "target_in_text",
    "adversarial_validation",
)
"""All of them, the cheap ones first."""

INTERRUPTIBLE = ("single_feature_power", "target_in_text")
"""Checks that go column by column and may end in the middle."""


Examination = tuple[list[Finding], list[str]]
"""What was found so far, the graver first, and the kinds of checks not carried through."""


def examine(rows: Rows, seconds: float) -> Examination:
    """Return what was found, and the kinds of checks that `seconds` did not allow."""
    *_, last = examinations(rows, seconds)
    return last


def examinations(rows: Rows, seconds: float) -> Iterator[Examination]:
    """Give what is known after each check, within `seconds`. The cheap checks come first."""
    end = time.monotonic() + seconds

    def ready() -> bool:
        return time.monotonic() < end

    checks: dict[str, Callable[[], Iterator[Finding]]] = {
        "duplicates_across_split": lambda: duplicates_across_split(rows),
        "identifier": lambda: identifiers(rows),
        "time_order": lambda: time_order(rows),
        "single_feature_power": lambda: single_feature_power(rows, ready),
        "target_in_text": lambda: target_in_text(rows, ready),
        "adversarial_validation": lambda: adversarial_validation(rows),
    }
    found: list[Finding] = []
    left_out = list(CHECKS)
    order = {"blocking": 0, "warning": 1, "info": 2}
    for kind in CHECKS:
        if ready():
            found.extend(checks[kind]())
            if kind not in INTERRUPTIBLE or ready():
                left_out.remove(kind)
        yield sorted(found, key=lambda f: (order[f.severity], f.finding_id)), left_out.copy()
