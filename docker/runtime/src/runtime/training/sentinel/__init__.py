"""The leakage sentinel: looks for reasons why a model's figures may be too good to be true."""

from runtime.training.sentinel.findings import Finding, Rows
from runtime.training.sentinel.gap import holdout_gap
from runtime.training.sentinel.watch import CHECKS, examinations, examine

__all__ = ["CHECKS", "Finding", "Rows", "examinations", "examine", "holdout_gap"]
