"""A served class follows the decision threshold of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from models import fitted_classifier
from runtime.contract import ModelContract
from runtime.errors import ContractError
from runtime.serving.predictor import Predictor
from support import contract

ROWS = [{"age": age, "plan": plan} for age in (20, 45, 59, 75) for plan in ("basic", "gold")]


def predictor(**output: Any) -> Predictor:
    document = contract("class")
    document["output"] |= output
    made = Predictor(fitted_classifier(), ModelContract.from_json(document))
    made.warm_up()
    return made


@pytest.mark.parametrize("positive", ["stays", "leaves"])
@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_the_positive_class_is_named_where_its_probability_reaches_the_threshold(
    positive: str, threshold: float
) -> None:
    other = "leaves" if positive == "stays" else "stays"
    for answer in predictor(positiveClass=positive, threshold=threshold).predict(ROWS):
        reached = answer["probabilities"][positive] >= threshold
        assert answer["prediction"] == (positive if reached else other)


def test_without_a_threshold_the_most_probable_class_is_named() -> None:
    for answer in predictor(threshold=None).predict(ROWS):
        assert answer["prediction"] == max(answer["probabilities"], key=answer["probabilities"].get)


def test_a_contract_of_before_thresholds_is_read() -> None:
    assert ModelContract.from_json(contract("class")).threshold is None


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ({"threshold": 1.5}, "not between 0 and 1"),
        ({"threshold": 0.5, "positiveClass": "maybe"}, "the positive one of them"),
        ({"threshold": 0.5, "positiveClass": None}, "the positive one of them"),
    ],
)
def test_a_threshold_that_means_nothing_is_refused(output: dict[str, Any], reason: str) -> None:
    with pytest.raises(ContractError, match=reason):
        predictor(**output)
