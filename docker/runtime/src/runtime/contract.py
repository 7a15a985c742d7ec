"""What a saved model takes and gives, read from `contract.json`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.errors import ContractError

COLUMN_TYPES = frozenset({"number", "integer", "boolean", "category", "text", "datetime"})
"""The column types a contract may name."""


@dataclass(frozen=True)
class InputColumn:
    """One column that the model reads.

    Attributes:
        name: Key of the value in a row.
        type: One of `COLUMN_TYPES`.
        nullable: Whether a missing value is accepted.
        format: How a date-time was written in the training data, as a `strptime` format, if it
            was not ISO 8601.
    """

    name: str
    type: str
    nullable: bool = True
    format: str | None = None


@dataclass(frozen=True)
class ModelContract:
    """The part of a contract that serving needs.

    Attributes:
        inputs: Columns in the order the model was fitted on.
        classes: Class names in the order of the probabilities; empty for regression.
        example: A row of the training data that the model must be able to predict.
        positive_class: Class of interest of two, None for other models.
        threshold: Probability that the positive class must reach to be predicted; None means that
            the most probable class is predicted.
        costs: What a row costs by actual (row) and predicted class (column), in the order of
            `classes`, where the class with the smallest expected cost is predicted.
    """

    inputs: tuple[InputColumn, ...]
    classes: tuple[str, ...]
    example: Mapping[str, Any]
    positive_class: str | None = None
    threshold: float | None = None
    costs: tuple[tuple[float, ...], ...] | None = None

    @property
    def is_classification(self) -> bool:
        """Whether the model answers with a class."""
        return bool(self.classes)

    @classmethod
    def from_json(cls, document: object) -> ModelContract:
        """Read a parsed `contract.json`.

        Raises:
            ContractError: A field is missing or has the wrong shape.
        """
        try:
            return cls._read(document)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ContractError(f"The contract is incomplete: {error!r}.") from error

    @classmethod
    def _read(cls, document: Any) -> ModelContract:
        inputs = tuple(_input_column(column) for column in document["inputs"])
        if not inputs:
            raise ContractError("The contract names no input column.")
        if len({column.name for column in inputs}) != len(inputs):
            raise ContractError("The contract names an input column twice.")
        output = document["output"]
        classes: tuple[str, ...] = ()
        if output["kind"] == "class":
            classes = tuple(str(label) for label in output["classes"])
            if len(classes) < 2:
                raise ContractError("The contract of a classifier names fewer than two classes.")
        positive, threshold = _decision(output, classes)
        return cls(
            inputs=inputs,
            classes=classes,
            example=dict(document["example"]),
            positive_class=positive,
            threshold=threshold,
            costs=_costs(output.get("costs"), len(classes)),
        )


def _decision(
    output: Mapping[str, Any], classes: tuple[str, ...]
) -> tuple[str | None, float | None]:
    positive, threshold = output.get("positiveClass"), output.get("threshold")
    if threshold is None:
        return positive, None
    if len(classes) != 2 or positive not in classes:
        raise ContractError("A decision threshold needs two classes and the positive one of them.")
    if not 0 <= float(threshold) <= 1:
        raise ContractError(f"The decision threshold {threshold!r} is not between 0 and 1.")
    return positive, float(threshold)


def _costs(value: Any, classes: int) -> tuple[tuple[float, ...], ...] | None:
    if value is None:
        return None
    costs = tuple(tuple(float(cost) for cost in row) for row in value)
    if classes < 3 or len(costs) != classes or any(len(row) != classes for row in costs):
        raise ContractError("Costs need a row and a column for each of three or more classes.")
    if not all(math.isfinite(cost) for row in costs for cost in row):
        raise ContractError("The costs of the contract are no numbers.")
    return costs


def _input_column(column: Mapping[str, Any]) -> InputColumn:
    kind = column["type"]
    if kind not in COLUMN_TYPES:
        raise ContractError(f"The contract gives {column['name']!r} the unknown type {kind!r}.")
    return InputColumn(
        name=str(column["name"]),
        type=kind,
        nullable=bool(column.get("nullable", True)),
        format=column.get("format"),
    )
