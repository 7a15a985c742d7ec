"""The errors of the runtime, by what the reader can do about them."""

from __future__ import annotations

from dataclasses import dataclass


class RuntimeFault(Exception):
    """Base of every error this package raises on purpose."""


class ArtifactError(RuntimeFault):
    """A saved model is incomplete, altered, or cannot be loaded."""


class ContractError(RuntimeFault):
    """A model contract is missing a field or contradicts itself."""


class PredictionError(RuntimeFault):
    """The model failed on rows that the contract accepts."""


@dataclass(frozen=True)
class RowProblem:
    """One thing wrong with the rows of a request.

    Attributes:
        pointer: JSON pointer (RFC 6901) into the request body, e.g. `/rows/0/age`.
        detail: What is wrong and what is accepted instead, as one sentence.
    """

    pointer: str
    detail: str


class RowsRejectedError(RuntimeFault):
    """Rows do not fit the contract.

    Attributes:
        problems: At least one problem, in the order of the rows.
    """

    def __init__(self, problems: list[RowProblem]) -> None:
        super().__init__(problems[0].detail if problems else "The rows do not fit the contract.")
        self.problems = problems
