"""Whole analyses of models whose answers are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from known import Chance, Curve, Product, Sum, World, fitted, mixed, numbers


def test_partial_dependence_is_the_known_curve(tmp_path: Path) -> None:
    """Friedman 2001, section 8.2: for an additive model the curve is the component plus a mean."""
    frame = numbers(200)
    world = World(tmp_path, Curve(), frame, Curve().predict(frame))
    found = world.ask("partial_dependence", columns=["a"])
    grid = np.array(found["axes"][0]["grid"])
    np.testing.assert_allclose(found["average"], 2 * grid + (frame["b"] ** 2).mean())
    assert sum(found["axes"][0]["counts"]) == 200
    for curve in found["curves"]:
        own = frame["b"][curve["row"]] ** 2
        np.testing.assert_allclose(curve["predictions"], 2 * grid + own)
        assert curve["value"] == pytest.approx(frame["a"][curve["row"]])


def test_a_surface_of_two_columns_is_the_known_one(tmp_path: Path) -> None:
    frame = numbers(200, "abc")
    world = World(tmp_path, Product(), frame, Product().predict(frame))
    found = world.ask("partial_dependence", columns=["a", "b"], points=6)
    first, second = (np.array(axis["grid"]) for axis in found["axes"])
    expected = first[:, None] * second[None, :] + frame["c"].mean()
    np.testing.assert_allclose(found["surface"], expected)
    assert np.sum(found["support"]) == 200


def test_categories_and_gaps_have_their_place_on_the_axis(tmp_path: Path) -> None:
    frame, target = mixed(400, classes=2)
    model = fitted("lightgbm", 2)
    world = World(tmp_path, model, frame, np.array(model.labels)[target], classes=model.labels)
    found = world.ask("partial_dependence", columns=["plan"])
    assert set(found["axes"][0]["grid"]) == {"basic", "plus", "pro"}
    assert sum(found["axes"][0]["counts"]) < found["rows"]
    assert all(0 <= value <= 1 for value in found["average"])


def test_a_column_the_model_does_not_see_is_refused(tmp_path: Path) -> None:
    frame = numbers(100, "abc")
    world = World(tmp_path, Sum(), frame, Sum().predict(frame), inputs=["a", "b"])
    assert "does not look at 'c'" in world.refused("partial_dependence", columns=["c"])


def test_interactions_are_nothing_for_sums_and_all_for_products(tmp_path: Path) -> None:
    """Friedman and Popescu 2008, section 8.1: H is 0 without interaction, 1 for nothing else."""
    frame = numbers(300)
    added = World(tmp_path / "sum", Curve(), frame, Curve().predict(frame)).ask("interactions")
    assert added["pairs"][0]["strength"] == pytest.approx(0, abs=1e-6)
    frame = numbers(300, "abc")
    world = World(tmp_path / "product", Product(), frame, Product().predict(frame))
    found = {(p["left"], p["right"]): p for p in world.ask("interactions", rows=150)["pairs"]}
    together = next(p for names, p in found.items() if set(names) == {"a", "b"})
    assert together["strength"] > 0.95
    others = [p for names, p in found.items() if "c" in names]
    assert all(p["size"] == pytest.approx(0, abs=1e-9) for p in others)


def test_permutation_importance_knows_weights_and_what_does_not_matter(tmp_path: Path) -> None:
    """Shuffling x of w·x adds 2 w² var(x) to the squared error (Fisher et al. 2019, section 3)."""
    frame = numbers(3000, "abc")
    world = World(tmp_path, Sum(), frame, Sum().predict(frame), inputs=["a", "b", "c"])
    found = world.ask("permutation_importance", repeats=8, rows=3000)
    by_name = {item["column"]: item for item in found["columns"]}
    assert [item["column"] for item in found["columns"]] == ["b", "a", "c"]
    assert found["score"] == pytest.approx(0, abs=1e-12)
    expected = {"a": np.sqrt(2 * 4 * frame["a"].var()), "b": np.sqrt(2 * 9 * frame["b"].var())}
    for name, value in expected.items():
        assert by_name[name]["mean"] == pytest.approx(value, rel=0.05)
        assert by_name[name]["low"] <= by_name[name]["mean"] <= by_name[name]["high"]
    assert by_name["c"]["drops"] == [0.0] * 8


def test_a_model_of_two_classes_is_judged_by_the_costs_of_its_run(tmp_path: Path) -> None:
    """Always saying no costs 5 for every yes: the costs are named in another order than the classes
    are, and the contract, which decides by a threshold, has none."""
    frame = pd.DataFrame({"chance": np.tile([0.1, 0.4], 100)})
    target = np.tile(["no", "yes"], 100)
    world = World(tmp_path, Chance(), frame, target, classes=["no", "yes"], metric="cost")
    assert "needs a cost matrix" in world.refused("permutation_importance")
    costs = {"labels": ["yes", "no"], "costs": [[0, 5], [1, 0]]}
    spec = world.spec("permutation_importance", {}) | {"costMatrix": costs}
    code, events, found = world.run(spec)
    assert code == 0, events
    assert found["metric"] == "cost"
    assert found["score"] == pytest.approx(2.5)


def people(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """A model that is wrong on 6 % of rows, and on 70 % of those with plan x and n below 10."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "plan": pd.Series(rng.choice(["x", "y", "z"], rows), dtype=object),
            "n": rng.uniform(0, 30, rows),
            "noise": rng.normal(size=rows),
            "chance": rng.choice([0.1, 0.9], rows),
        }
    )
    bad = (frame["plan"] == "x") & (frame["n"] < 10)
    wrong = rng.random(rows) < np.where(bad, 0.7, 0.06)
    said = frame["chance"] > 0.5
    return frame, np.where(said ^ wrong, "yes", "no")


def test_the_segment_where_the_model_fails_is_found_and_confirmed(tmp_path: Path) -> None:
    frame, target = people(2000, 1)
    world = World(tmp_path, Chance(), frame, target, classes=["no", "yes"])
    found = world.ask("segments")
    best = found["segments"][0]
    columns = {condition["column"] for condition in best["conditions"]}
    assert columns == {"plan", "n"}
    assert best["text"].count(" and ") == 1
    assert '"x"' in best["text"]
    cut = next(c for c in best["conditions"] if c["column"] == "n")
    assert cut["operator"] == "<"
    assert cut["value"] == pytest.approx(10, abs=1)
    assert best["confirmed"]
    assert best["low"] <= 0.7 <= best["high"]
    assert best["lift"] == pytest.approx(0.7 / (0.06 + 0.64 / 9), rel=0.25)
    assert found["worstRows"][0]["loss"] >= found["worstRows"][-1]["loss"]
    assert found["discoveryRows"] + found["confirmationRows"] == 2000


def test_segments_may_name_columns_that_the_model_does_not_see(tmp_path: Path) -> None:
    frame, target = people(2000, 2)
    world = World(tmp_path, Chance(), frame, target, inputs=["chance"], classes=["no", "yes"])
    found = world.ask("segments", columns=["plan", "n", "noise"])
    assert {c["column"] for c in found["segments"][0]["conditions"]} == {"plan", "n"}


def test_chance_alone_is_rarely_confirmed_as_a_segment(tmp_path: Path) -> None:
    """Holm keeps the chance of any false finding at 5 %: of 20 tables of noise, 4 or more would be
    an accident of less than 2 %."""
    false_findings = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        frame = numbers(400, "abcdef", seed).assign(chance=rng.random(400))
        target = np.where(rng.random(400) < 0.5, "yes", "no")
        world = World(tmp_path / str(seed), Chance(), frame, target, classes=["no", "yes"])
        told = world.ask("segments")["segments"]
        false_findings += any(segment["confirmed"] for segment in told)
    assert false_findings <= 3


def test_a_regression_has_segments_too(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    frame = numbers(1200).assign(plan=pd.Series(rng.choice(["x", "y"], 1200), dtype=object))
    spread = np.where(frame["plan"] == "x", 5.0, 0.5)
    target = Sum().predict(frame) + spread * rng.normal(size=1200)
    world = World(tmp_path, Sum(), frame, target, inputs=["a", "b"])
    found = world.ask("segments", columns=["a", "b", "plan"], conditions=1)
    assert found["measure"] == "mean_absolute_error"
    assert found["segments"][0]["text"] == 'plan = "x"'
    # The mean absolute value of a normal variable is its deviation times sqrt(2 / pi).
    assert found["segments"][0]["value"] == pytest.approx(5 * np.sqrt(2 / np.pi), rel=0.15)


def groups_table() -> tuple[pd.DataFrame, np.ndarray]:
    """100 rows of group p and 100 of q with counts chosen by hand, and 5 of a small group."""
    cells = [
        ("p", "yes", 0.9, 40),
        ("p", "yes", 0.1, 10),
        ("p", "no", 0.9, 20),
        ("p", "no", 0.1, 30),
        ("q", "yes", 0.9, 20),
        ("q", "yes", 0.1, 30),
        ("q", "no", 0.9, 5),
        ("q", "no", 0.1, 45),
        ("r", "no", 0.1, 5),
    ]
    rows = [(group, actual, chance) for group, actual, chance, n in cells for _ in range(n)]
    frame = pd.DataFrame(rows, columns=["group", "actual", "chance"])
    return frame[["group", "chance"]], frame["actual"].to_numpy()


def test_fairness_counts_what_was_counted_by_hand(tmp_path: Path) -> None:
    frame, target = groups_table()
    world = World(tmp_path, Chance(), frame, target, inputs=["chance"], classes=["no", "yes"])
    found = world.ask("fairness", column="group", reference="p")
    assert found["usedByModel"] is False
    by_group = {g["group"]: {m["measure"]: m for m in g["measures"]} for g in found["groups"]}
    expected = {
        "p": {
            "base_rate": 0.5,
            "selection_rate": 0.6,
            "true_positive_rate": 0.8,
            "false_positive_rate": 0.4,
            "precision": 40 / 60,
            "accuracy": 0.7,
        },
        "q": {
            "base_rate": 0.5,
            "selection_rate": 0.25,
            "true_positive_rate": 0.4,
            "false_positive_rate": 0.1,
            "precision": 0.8,
            "accuracy": 0.65,
        },
    }
    for group, values in expected.items():
        for name, value in values.items():
            assert by_group[group][name]["value"] == pytest.approx(value)
            assert by_group[group][name]["low"] <= value <= by_group[group][name]["high"]
    assert [g["tooSmall"] for g in found["groups"]] == [False, False, True]
    selection = next(c for c in found["comparisons"] if c["measure"] == "selection_rate")
    assert selection["difference"]["value"] == pytest.approx(-0.35)
    assert selection["ratio"]["value"] == pytest.approx(0.25 / 0.6)
    assert selection["clear"]
    widest = next(w for w in found["widest"] if w["measure"] == "selection_rate")
    assert (widest["lowest"], widest["highest"]) == ("q", "p")
    assert not any(c["group"] == "r" for c in found["comparisons"])


@pytest.mark.parametrize(("apart", "clear"), [(1e-15, False), (1e-14, False), (1e-6, True)])
def test_a_difference_of_rounding_is_not_clear(apart: float, clear: bool) -> None:
    """Two groups for which a model has the same certain answer, but for the last digits."""
    from runtime.insight.fairness import Measured, _comparison

    reference = Measured(0.3, 0.3, 0.3, 100)
    found = Measured(0.3 + apart, 0.3 + apart, 0.3 + apart, 100)
    assert _comparison("q", "mean_prediction", found, reference)["clear"] is clear
    assert _comparison("q", "mean_prediction", reference, found)["clear"] is clear


def test_a_calibrated_group_has_no_gap_and_a_shifted_one_has_its_shift(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    rows = 4000
    truth = rng.uniform(0.2, 0.7, rows)
    group = rng.choice(["fine", "shifted"], rows)
    frame = pd.DataFrame(
        {
            "group": pd.Series(group, dtype=object),
            "chance": truth + np.where(group == "shifted", 0.1, 0.0),
        }
    )
    target = np.where(rng.random(rows) < truth, "yes", "no")
    world = World(tmp_path, Chance(), frame, target, inputs=["chance"], classes=["no", "yes"])
    found = world.ask("fairness", column="group")
    gaps = {
        g["group"]: m
        for g in found["groups"]
        for m in g["measures"]
        if m["measure"] == "calibration_gap"
    }
    assert gaps["fine"]["low"] <= 0 <= gaps["fine"]["high"]
    assert gaps["shifted"]["low"] <= 0.1 <= gaps["shifted"]["high"]
    assert gaps["shifted"]["low"] > 0


def test_groups_of_a_number_are_ranges_and_regressions_have_errors(tmp_path: Path) -> None:
    frame = numbers(400).assign(age=np.arange(400) % 80)
    target = Sum().predict(frame) - np.where(frame["age"] >= 40, 1.0, 0.0)
    world = World(tmp_path, Sum(), frame, target, inputs=["a", "b"])
    found = world.ask("fairness", column="age", bins=2)
    errors = {
        g["group"]: m["value"]
        for g in found["groups"]
        for m in g["measures"]
        if m["measure"] == "mean_error"
    }
    assert errors["below 39.5"] == pytest.approx(0, abs=1e-9)
    assert errors["39.5 and above"] == pytest.approx(1, abs=1e-9)
    assert found["positiveClass"] is None


def test_groups_that_are_too_few_are_told(tmp_path: Path) -> None:
    frame, target = groups_table()
    world = World(tmp_path, Chance(), frame, target, inputs=["chance"], classes=["no", "yes"])
    assert "two are needed" in world.refused("fairness", column="group", minGroupSize=200)
    assert "no column 'nothing'" in world.refused("fairness", column="nothing")


def test_the_learning_curve_ends_where_the_model_is(tmp_path: Path) -> None:
    frame, target = mixed(900)
    model = fitted("lightgbm", 0)
    world = World(tmp_path, model, frame, target, holdout=np.arange(0, 900, 3))
    found = world.ask("learning_curve")
    assert found["complete"]
    assert found["points"][-1]["rows"] == 600
    assert found["points"][0]["value"] > found["points"][-1]["value"]
    for point in found["points"]:
        assert point["low"] <= point["value"] <= point["high"]
    assert found["points"][-1]["value"] < 0.6
    assert "rows" in found["sentence"]


def test_residuals_of_normal_noise_lie_on_the_diagonal(tmp_path: Path) -> None:
    """The mean absolute value of normal noise is deviation times sqrt(2/pi); QQ: the identity."""
    rng = np.random.default_rng(5)
    frame = numbers(5000)
    target = Sum().predict(frame) + 0.5 + 2 * rng.normal(size=5000)
    found = World(tmp_path, Sum(), frame, target).ask("residuals")
    summary = found["summary"]
    # Four standard errors.
    assert summary["mean"]["value"] == pytest.approx(0.5, abs=4 * 2 / np.sqrt(5000))
    assert summary["std"] == pytest.approx(2, rel=0.03)
    assert summary["skewness"] == pytest.approx(0, abs=0.1)
    assert summary["rootMeanSquare"] == pytest.approx(np.sqrt(0.25 + 4), rel=0.03)
    central = [q for q in found["quantiles"] if abs(q["normal"]) < 2]
    assert all(q["residual"] == pytest.approx(q["normal"], abs=0.12) for q in central)
    assert sum(b["rows"] for b in found["byPredicted"]) == 5000
    assert sum(b["rows"] for b in found["bySize"]) == 5000
    assert len(found["points"]) == 1000
    assert sum(found["histogram"]["counts"]) == 5000


def test_residuals_are_not_for_classes(tmp_path: Path) -> None:
    frame, target = groups_table()
    world = World(tmp_path, Chance(), frame, target, inputs=["chance"], classes=["no", "yes"])
    assert "answers with a class" in world.refused("residuals")


@pytest.mark.parametrize("classes", [2, 3])
def test_shap_over_many_rows_adds_up_and_ranks_columns(tmp_path: Path, classes: int) -> None:
    frame, target = mixed(500, classes=classes)
    model = fitted("lightgbm", classes)
    labels = np.array(model.labels)[target]
    world = World(tmp_path, model, frame, labels, classes=model.labels)
    found = world.ask("shap_global", rows=80)
    assert found["additivity"]["holds"]
    assert found["additivity"]["rows"] == 80
    assert found["columns"][0]["column"] == "a"
    assert sum(item["share"] for item in found["columns"]) == pytest.approx(1)
    assert all(len(item["points"]) == 80 for item in found["columns"])
    assert (found["classes"] is None) == (classes == 2)
    first = found["columns"][0]
    mean = np.mean([abs(point["contribution"]) for point in first["points"]])
    assert first["meanAbsolute"] == pytest.approx(mean)


def test_one_row_and_made_up_rows_are_explained(tmp_path: Path) -> None:
    frame, target = mixed(500, classes=2)
    model = fitted("xgboost", 2)
    world = World(tmp_path, model, frame, np.array(model.labels)[target], classes=model.labels)
    held = world.ask("shap_row", rowIndex=7)
    assert held["actual"] == model.labels[target[7]]
    rows = [{"a": 1.0, "b": None, "plan": "pro"}, {"a": -1.0, "b": 0.0, "plan": "new"}]
    found = world.ask("what_if", rows=rows)
    for explanation in [held["explanation"], *found["explanations"]]:
        total = sum(item["contribution"] for item in explanation["contributions"])
        assert explanation["base"] + total == pytest.approx(explanation["sum"])
        chance = 1 / (1 + np.exp(-explanation["sum"]))
        assert chance == pytest.approx(explanation["predicted"], abs=1e-3)
        label = explanation["output"]["label"]
        assert explanation["probabilities"][label] == pytest.approx(explanation["predicted"])
    values = {c["column"]: c["value"] for c in found["explanations"][0]["contributions"]}
    assert values == rows[0]


def test_a_row_that_was_not_held_out_is_refused(tmp_path: Path) -> None:
    frame = numbers(100)
    world = World(tmp_path, Sum(), frame, Sum().predict(frame), holdout=np.arange(50))
    assert "was not held out" in world.refused("shap_row", rowIndex=70)


def test_wrong_values_in_made_up_rows_are_named(tmp_path: Path) -> None:
    frame = numbers(100)
    world = World(tmp_path, Sum(), frame, Sum().predict(frame))
    assert "a: expected a number" in world.refused("what_if", rows=[{"a": "much", "b": 1}])
