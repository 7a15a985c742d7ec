"""The leakage sentinel finds what was planted, and is silent about honest tables."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from tables import prepare, train

from runtime.training.context import RunContext
from runtime.training.leaks import watch_for_leaks
from runtime.training.pool import Outcome
from runtime.training.sentinel import CHECKS, Finding, Rows, examine, holdout_gap
from runtime.training.tasks import SentinelResult
from runtime.training.worker import Failure

SECONDS = 60.0
NOTHING_HELD_OUT: dict[str, Any] = {"crossValidation": {}, "holdout": {"metrics": []}}


def rows_of(frame: pd.DataFrame, target: Any, **changes: Any) -> Rows:
    """Make a random split of 80 to 20 with guessed column types."""
    size = len(frame)
    shuffled = np.random.default_rng(3).permutation(size)
    kinds = tuple(
        (str(name), "category" if frame[name].dtype == object else "number") for name in frame
    )
    values = {
        "frame": frame,
        "columns": kinds,
        "target": np.asarray(target),
        "target_name": "outcome",
        "labels": (),
        "train": np.sort(shuffled[size // 5 :]),
        "holdout": np.sort(shuffled[: size // 5]),
        "strategy": "random",
        "seed": 42,
    }
    return Rows(**{**values, **changes})


def found(rows: Rows) -> dict[str, Finding]:
    findings, left_out = examine(rows, SECONDS)
    assert left_out == []
    return {finding.finding_id: finding for finding in findings}


def noise(size: int = 1000) -> tuple[pd.DataFrame, Any, np.random.Generator]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=size), "b": rng.normal(size=size)})
    return frame, rng.integers(0, 2, size), rng


def test_honest_tables_have_no_finding() -> None:
    for loader in (load_breast_cancer, load_wine, load_diabetes):
        table = loader(as_frame=True)
        labels = tuple(map(str, getattr(table, "target_names", ())))
        assert found(rows_of(table.data, table.target.to_numpy(), labels=labels)) == {}


def test_a_copy_of_the_class_with_noise_is_blocking() -> None:
    frame, target, rng = noise()
    frame["copy"] = target + rng.normal(0, 0.05, target.size)
    finding = found(rows_of(frame, target, labels=("no", "yes")))["single_feature_power:copy"]
    assert finding.severity == "blocking"
    assert finding.evidence["power"] > 0.99
    assert "copy alone predicts outcome" in finding.sentence


def test_a_category_that_names_the_class_of_three_is_blocking() -> None:
    frame, _, rng = noise()
    target = rng.integers(0, 3, len(frame))
    frame["code"] = pd.Series([f"c{value}{value % 2}" for value in target], dtype=object)
    findings = found(rows_of(frame, target, labels=("x", "y", "z")))
    assert findings["single_feature_power:code"].severity == "blocking"


def test_a_number_computed_from_the_target_is_found_in_regression() -> None:
    frame, _, rng = noise()
    target = rng.normal(size=len(frame))
    frame["total"] = 3.0 * target + 1.0
    assert "single_feature_power:total" in found(rows_of(frame, target))


def test_a_strong_but_honest_feature_is_no_finding() -> None:
    frame, _, rng = noise(3000)
    target = frame["a"].to_numpy() * 2.0 + rng.normal(size=len(frame))
    assert found(rows_of(frame, target)) == {}


def test_an_identifier_is_told_and_a_measured_quantity_is_not() -> None:
    frame, target, rng = noise()
    frame["customer"] = pd.Series([f"C-{i:06}" for i in range(len(frame))], dtype=object)
    frame["income"] = rng.integers(0, 10_000_000, len(frame))
    columns = (("a", "number"), ("customer", "category"), ("income", "integer"))
    findings = found(rows_of(frame, target, labels=("no", "yes"), columns=columns))
    assert set(findings) == {"identifier:customer"}


def test_copies_across_the_split_are_counted() -> None:
    frame, target, _ = noise(800)
    doubled = pd.concat([frame, frame.iloc[:200]], ignore_index=True)
    targets = np.concatenate([target, target[:200]])
    finding = found(rows_of(doubled, targets, labels=("no", "yes")))["duplicates_across_split"]
    assert finding.severity == "blocking"
    # A copied row is held out with probability 1/5 and its twin then trains with about 4/5: of the
    # held-out rows 2 * 200 * 0.2 * 0.8 / 200 = 32 %.
    assert abs(finding.evidence["share"] - 0.32) < 0.08
    assert finding.evidence["sameTargetShare"] == 1.0


def test_coarse_rows_that_coincide_by_nature_are_no_finding() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.integers(0, 4, 2000), "y": rng.integers(0, 5, 2000)})
    findings = found(rows_of(frame, rng.integers(0, 2, 2000), labels=("no", "yes")))
    assert "duplicates_across_split" not in findings


def test_rows_that_are_alike_because_their_columns_hang_together_do_not_block() -> None:
    rng = np.random.default_rng(1)
    kind = rng.integers(0, 40, 2000)
    frame = pd.DataFrame({f"c{i}": (kind + i) % 40 for i in range(6)})
    target = (rng.random(2000) < 0.7).astype(int)
    finding = found(rows_of(frame, target, labels=("no", "yes")))["duplicates_across_split"]
    assert finding.severity == "warning"
    # Two draws of 70 : 30 agree with probability 0.7^2 + 0.3^2 = 0.58.
    assert abs(finding.evidence["sameTargetShare"] - 0.58) < 0.05


def test_a_slow_series_split_at_random_is_told_and_split_by_time_is_not() -> None:
    rng = np.random.default_rng(2)
    walk = np.cumsum(rng.normal(size=1500))
    when = pd.date_range("2024-01-01", periods=1500, freq="h").astype("int64").to_numpy() / 1e9
    frame = pd.DataFrame({"when": when, "b": rng.normal(size=1500)})
    columns = (("when", "datetime"), ("b", "number"))
    finding = found(rows_of(frame, walk, columns=columns))["time_order:when"]
    assert finding.severity == "blocking"
    assert finding.evidence["autocorrelation"] > 0.9
    assert "time_order:when" not in found(rows_of(frame, walk, columns=columns, strategy="time"))


def test_the_name_of_the_class_in_a_text_is_blocking_and_another_word_a_warning() -> None:
    rng = np.random.default_rng(4)
    target = rng.integers(0, 2, 600)
    filler = [" ".join(rng.choice(["red", "old", "big", "new", "wet"], 4)) for _ in range(600)]
    named = [f"{t} closed as churned" if y else t for t, y in zip(filler, target, strict=True)]
    hinted = [f"{t} goodbye letter" if y else t for t, y in zip(filler, target, strict=True)]
    columns = (("note", "text"),)
    labels = ("stayed", "churned")
    first = found(rows_of(pd.DataFrame({"note": named}), target, columns=columns, labels=labels))[
        "target_in_text:note"
    ]
    assert (first.severity, first.evidence["word"]) == ("blocking", "churned")
    second = found(rows_of(pd.DataFrame({"note": hinted}), target, columns=columns, labels=labels))[
        "target_in_text:note"
    ]
    assert second.severity == "warning"


def test_a_hold_out_from_another_world_names_the_column_that_tells() -> None:
    frame, target, _ = noise(1000)
    holdout = np.arange(800, 1000)
    frame.loc[holdout, "b"] += 2.0
    changes = {"labels": ("no", "yes"), "train": np.arange(800), "holdout": holdout}
    finding = found(rows_of(frame, target, **changes))["adversarial_validation:b"]
    assert finding.severity == "blocking"
    # Two normal distributions two standard deviations apart: AUC = Phi(2 / sqrt(2)) = 0.921.
    assert abs(finding.evidence["auc"] - 0.921) < 0.05
    timed = found(rows_of(frame, target, strategy="time", **changes))
    assert timed["adversarial_validation:b"].severity == "warning"


def test_what_the_time_did_not_allow_is_named() -> None:
    frame, target, _ = noise()
    findings, left_out = examine(rows_of(frame, target, labels=("no", "yes")), 0.0)
    assert findings == []
    assert "adversarial_validation" in left_out
    assert "single_feature_power" in left_out


def watched(outcome: Outcome, *partial: SentinelResult) -> list[dict[str, Any]]:
    """Return the events of looking for leaks when the checks end like this."""
    events: list[dict[str, Any]] = []

    def run_tasks(_tasks: Any, _deadline: float, tell: Any) -> list[Outcome]:
        for result in partial:
            tell(result)
        return [outcome]

    context = SimpleNamespace(
        spec=SimpleNamespace(metric="roc_auc", target="y"),
        data=SimpleNamespace(classes=["no", "yes"], times=None),
        plan=SimpleNamespace(strategy="random"),
        budget=SimpleNamespace(remaining=-3.0, now=lambda: 0.0),
        events=SimpleNamespace(
            log=lambda level, text: events.append({"type": "log", "level": level, "text": text}),
            emit=lambda name, **fields: events.append({"type": name, **fields}),
        ),
        run_tasks=run_tasks,
    )
    watch_for_leaks(cast("RunContext", context), 0.5, NOTHING_HELD_OUT)
    return events


def test_checks_that_were_cut_off_are_a_finding_and_the_others_count() -> None:
    late = Outcome(None, None, Failure("Its time ran out.", timed_out=True))
    copies = Finding("duplicates_across_split", "blocking", "Half of the rows are copies.")
    events = watched(late, SentinelResult((copies,), CHECKS[1:], is_partial=True))
    findings = [event for event in events if event["type"] == "finding"]
    assert [finding["kind"] for finding in findings] == ["duplicates_across_split", "not_examined"]
    assert findings[1]["severity"] == "warning"
    assert "adversarial validation" in findings[1]["sentence"]
    assert events[-1]["stage"] == "check"


def test_checks_that_broke_are_not_told_as_a_lack_of_time() -> None:
    broken = Outcome(None, None, Failure("It ran out of memory.", out_of_memory=True))
    events = watched(broken, SentinelResult((), CHECKS[1:], is_partial=True))
    told = next(event for event in events if event["type"] == "finding")
    assert told["sentence"].endswith("adversarial validation. It ran out of memory.")
    assert [event["text"] for event in watched(broken)] == [
        "Looking for leaks: It ran out of memory."
    ]


def test_where_nothing_was_looked_at_no_stage_says_so() -> None:
    late = Outcome(None, None, Failure("Its time ran out.", timed_out=True))
    nothing = SentinelResult((), CHECKS, is_partial=True)
    for events in (watched(late), watched(late, nothing)):
        assert [event["type"] for event in events] == ["log", "log"]
        assert events[-1]["text"] == "No time was left to look for leaks."


def test_missing_values_everywhere_break_no_check() -> None:
    frame, target, rng = noise()
    frame.loc[rng.random(len(frame)) < 0.5, "a"] = np.nan
    frame["empty"] = np.nan
    frame["word"] = pd.Series([None if i % 2 else "x y" for i in range(len(frame))], dtype=object)
    assert found(rows_of(frame, target, labels=("no", "yes"))) == {}


def test_a_hold_out_below_the_whole_interval_of_the_folds_is_told() -> None:
    def evaluation(low: float, high: float) -> dict[str, Any]:
        held = {"name": "roc_auc", "value": 0.7, "low": low, "high": high, "greaterIsBetter": True}
        return {
            "crossValidation": {"mean": 0.85, "low": 0.83, "high": 0.87},
            "holdout": {"metrics": [held]},
        }

    (finding,) = holdout_gap(evaluation(0.65, 0.75), "roc_auc")
    assert finding.kind == "holdout_gap"
    assert list(holdout_gap(evaluation(0.65, 0.84), "roc_auc")) == []


def test_a_run_tells_a_planted_leak_as_an_event(tmp_path: Path) -> None:
    frame, target, rng = noise(400)
    frame["refund"] = target + rng.normal(0, 0.01, target.size)
    frame["outcome"] = pd.Series(np.where(target, "yes", "no"), dtype=object)
    run = prepare(tmp_path, frame, "outcome", "binary", families=["linear"], budgetSeconds=10)
    assert train(run).code == 0
    leaks = [event for event in run.events if event["type"] == "finding"]
    assert [leak["findingId"] for leak in leaks] == ["single_feature_power:refund"]
    assert leaks[0]["severity"] == "blocking"
