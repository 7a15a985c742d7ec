"""Bad tables end with a sentence or are coped with; never a traceback as the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tables import Run, prepare, train_here

QUICK = ["baseline", "linear", "lightgbm"]
RNG = np.random.default_rng(9)


def attempt(root: Path, frame: pd.DataFrame, target: str, task: str, **changes: Any) -> Run:
    # Few candidates and time enough for them: what is tested is the data, not the speed.
    limits = {"memoryMb": 4096, "cpus": 2, "maxCandidates": 5}
    settings = {"families": QUICK, "budgetSeconds": 20, "limits": limits, **changes}
    return train_here(prepare(root / "run", frame, target, task, **settings))


def numbers(rows: int = 120) -> pd.DataFrame:
    x = RNG.normal(size=rows)
    return pd.DataFrame(
        {"x": x, "z": RNG.normal(size=rows), "y": np.where(x + RNG.normal(size=rows) > 0, "a", "b")}
    )


def warnings_of(run: Run) -> str:
    return " ".join(event["message"] for event in run.of_type("log"))


HOPELESS: dict[str, tuple[Any, str, str]] = {
    "target all missing": (
        lambda: numbers().assign(y=pd.Series([None] * 120, dtype="string")),
        "binary",
        "Every value of the target 'y' is missing",
    ),
    "one class": (lambda: numbers().assign(y="a"), "binary", "only one class"),
    "three classes for binary": (
        lambda: numbers().assign(y=np.arange(120) % 3),
        "binary",
        "3 classes, not two",
    ),
    "a class for each row": (
        lambda: numbers().assign(y=[f"id{i}" for i in range(120)]),
        "multiclass",
        "120 classes in 120 rows",
    ),
    "constant number": (lambda: numbers().assign(y=1.5), "regression", "the same value"),
    "words for regression": (lambda: numbers(), "regression", "Every value of the target"),
    "constant features": (lambda: numbers().assign(x=1.0, z="k"), "binary", "nothing to learn"),
    "empty features": (
        lambda: numbers().assign(x=np.nan, z=pd.Series([None] * 120, dtype="string")),
        "binary",
        "nothing to learn",
    ),
    "no rows": (lambda: numbers().iloc[:0], "binary", "no rows"),
    "five rows": (lambda: numbers().iloc[:5], "binary", "Only 5 rows"),
}


@pytest.mark.parametrize("name", HOPELESS)
def test_a_hopeless_table_fails_with_a_sentence(tmp_path: Path, name: str) -> None:
    make, task, reason = HOPELESS[name]
    run = attempt(tmp_path, make(), "y", task)
    assert (run.code, run.finished["outcome"]) == (1, "failed")
    assert reason in run.finished["reason"]
    assert run.finished["stage"] == "load"
    assert "Traceback" not in run.finished["reason"]


def test_no_feature_column_fails_with_a_sentence(tmp_path: Path) -> None:
    run = attempt(tmp_path, numbers(), "y", "binary", exclude=("x", "z"))
    assert "No feature column" in run.finished["reason"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"PAR1 not really PAR1", "cannot be read as Parquet"), (None, "is not there")],
)
def test_a_broken_or_absent_file_fails_with_a_sentence(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    run = prepare(tmp_path / "run", numbers(), "y", "binary")
    path = run.root / "dataset.parquet"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert reason in train_here(run).finished["reason"]


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    run = attempt(tmp_path, numbers(), "y", "binary", dataSha256="0" * 64)
    assert "SHA-256 differs" in run.finished["reason"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"task":"binary"}'])
def test_a_broken_specification_fails_with_a_sentence(tmp_path: Path, text: str) -> None:
    run = prepare(tmp_path / "run", numbers(), "y", "binary")
    (run.control / "spec.json").write_text(text)
    done = train_here(run)
    assert done.code == 1
    assert "specification" in done.finished["reason"]


def test_rows_without_a_target_are_left_out_with_a_warning(tmp_path: Path) -> None:
    frame = numbers()
    frame.loc[:19, "y"] = None
    run = attempt(tmp_path, frame, "y", "binary")
    assert run.code == 0
    assert run.of_type("plan")[0]["rows"] == 100
    assert "20 of 120 rows have no value of 'y'" in warnings_of(run)
    table = pd.read_parquet(run.workspace / "model" / "holdout.parquet")
    assert table["row"].min() >= 20


def test_infinite_and_huge_numbers_are_coped_with(tmp_path: Path) -> None:
    frame = numbers()
    frame.loc[0, "x"], frame.loc[1, "x"], frame.loc[2, "x"] = np.inf, -np.inf, 1e308
    frame["huge"] = RNG.integers(0, 2**62, 120)
    frame["tiny"] = RNG.normal(size=120) * 1e-300
    run = attempt(tmp_path, frame, "y", "binary", families=[*QUICK, "random_forest"])
    assert run.code == 0
    assert "2 infinite values of 'x' count as missing" in warnings_of(run)
    failed = [c for c in run.candidates().values() if c["status"] == "failed"]
    assert failed == []


def test_a_huge_target_is_predicted(tmp_path: Path) -> None:
    frame = numbers().drop(columns="y")
    frame["y"] = 1e20 * (2 + frame["x"])
    run = attempt(tmp_path, frame, "y", "regression")
    assert run.code == 0
    assert run.finished["score"] < 1e19


def test_column_names_may_hold_anything(tmp_path: Path) -> None:
    odd = ['a.b[0]{"x"}<,:>', "A.B[0]", " ", "é\n\t", "class", "__init__", "x" * 300, "日本"]
    frame = pd.DataFrame({name: RNG.normal(size=150) for name in odd})
    frame["y"] = np.where(frame[odd[0]] > 0, "p", "q")
    run = attempt(tmp_path, frame, "y", "binary", families=[*QUICK, "xgboost", "catboost"])
    assert run.code == 0
    assert [c["name"] for c in run.model_file("contract.json")["inputs"]] == odd
    assert [c for c in run.candidates().values() if c["status"] == "failed"] == []


def test_empty_and_constant_columns_are_left_out_and_named(tmp_path: Path) -> None:
    frame = numbers().assign(void=np.nan, same="k")
    run = attempt(tmp_path, frame, "y", "binary")
    excluded = {e["column"]: e["reason"] for e in run.of_type("plan")[0]["excluded"]}
    assert excluded == {"void": "every value is missing", "same": "every value is the same"}
    assert [c["name"] for c in run.model_file("contract.json")["inputs"]] == ["x", "z"]


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_twenty_rows_are_enough(tmp_path: Path, task: str) -> None:
    frame = numbers(20)
    frame["y"] = np.tile(["a", "b"], 10) if task == "binary" else frame["x"] * 2
    run = attempt(tmp_path, frame, "y", task)
    assert run.code == 0
    assert "With only 20 rows" in warnings_of(run)


def test_one_feature_is_enough(tmp_path: Path) -> None:
    assert attempt(tmp_path, numbers()[["x", "y"]], "y", "binary").code == 0


def test_text_alone_is_learned_from(tmp_path: Path) -> None:
    good, bad = ["great", "lovely", "fine"], ["awful", "broken", "late"]
    mood = RNG.integers(0, 2, 300)
    words = [" ".join([*RNG.choice(good if m else bad, 2), "the", "parcel"]) for m in mood]
    frame = pd.DataFrame({"review": words, "y": np.where(mood, "happy", "angry")})
    run = attempt(tmp_path, frame, "y", "binary", types={"review": "text"})
    assert run.finished["score"] > 0.95


def test_many_rare_classes_are_trained_with_fewer_folds(tmp_path: Path) -> None:
    frame = numbers(200)
    frame["y"] = ["common"] * 150 + [f"r{i // 2}" for i in range(49)] + ["once"]
    run = attempt(tmp_path, frame, "y", "multiclass")
    assert run.code == 0
    assert run.of_type("plan")[0]["folds"] == 2
    assert "occur once" in warnings_of(run)


def test_booleans_dates_and_missing_everywhere(tmp_path: Path) -> None:
    rows = 200
    frame = pd.DataFrame(
        {
            "flag": pd.array(RNG.choice([True, False, None], rows), dtype="boolean"),
            "day": pd.Series(["2024-01-05", "not a date", None, "9999-12-31"] * 50),
            "when": pd.to_datetime("2024-01-01", utc=True)
            + pd.to_timedelta(RNG.integers(0, 999, rows), "h"),
            "y": RNG.choice([True, False], rows),
        }
    )
    run = attempt(tmp_path, frame, "y", "binary", types={"flag": "boolean", "day": "datetime"})
    assert run.code == 0
    assert "'day' are not usable dates" in warnings_of(run)
    assert run.model_file("contract.json")["output"]["classes"] == ["false", "true"]


def test_five_thousand_columns_end_in_time(tmp_path: Path) -> None:
    frame = pd.DataFrame(RNG.normal(size=(300, 5000)), columns=[f"c{i}" for i in range(5000)])
    frame["y"] = np.where(frame["c0"] + frame["c1"] > 0, "a", "b")
    run = attempt(tmp_path, frame, "y", "binary", budgetSeconds=30)
    assert run.code == 0
    assert len(run.model_file("contract.json")["inputs"]) == 5000


def test_a_library_that_cannot_be_loaded_skips_its_family_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runtime.training import runner

    load = runner.importlib.import_module

    def refuse(name: str) -> Any:
        if name == "lightgbm":
            raise OSError("libgomp.so.1: no such file")
        return load(name)

    monkeypatch.setattr(runner.importlib, "import_module", refuse)
    run = attempt(tmp_path, numbers(), "y", "binary")
    assert run.code == 0
    assert run.candidates()["lightgbm-1"]["reason"] == (
        "The library lightgbm cannot be loaded: libgomp.so.1: no such file."
    )


def test_a_missing_library_skips_its_family_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runtime.training import families

    find = families.importlib.util.find_spec
    monkeypatch.setattr(
        families.importlib.util,
        "find_spec",
        lambda name: None if name == "lightgbm" else find(name),
    )
    run = attempt(tmp_path, numbers(), "y", "binary")
    candidate = run.candidates()["lightgbm-1"]
    assert candidate["status"] == "skipped"
    assert "lightgbm is not in this runtime image" in candidate["reason"]
