"""Fits and judges a candidate of a finished run again, step by step, outside of a run.

The notebooks of candidates use this. `python -m runtime.training.replay notebook.ipynb` runs such a
notebook where there is no Jupyter, and writes what it printed into a copy beside it.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from runtime.training.candidates import Verdict, judge_folds
from runtime.training.clustering import prepare_clustering
from runtime.training.data import load
from runtime.training.events import EventWriter
from runtime.training.model import TabularModel
from runtime.training.preparation import Prepared, prepare_supervised, worker_plan
from runtime.training.recipes import Recipe
from runtime.training.spec import RunSpec
from runtime.training.spec_file import parse_spec
from runtime.training.tasks import Executor, FinishTask, FoldTask, RefitTask, Shared
from runtime.training.validation import Split

Weighted = Sequence[tuple[float, Recipe]]
"""Recipes with their weights: one, or the members of an ensemble."""

CACHE_BYTES = 256 * 1024 * 1024


def recipe(family: str, hyperparameters: Mapping[str, Any]) -> Recipe:
    """Return the recipe of a pipeline: a family with its hyperparameters."""
    return Recipe.of(family, dict(hyperparameters))


class Replay:
    """A run's data, split and folds, made again from its specification.

    The same specification, data and version of this package give the same rows everywhere.
    """

    def __init__(self, spec: Mapping[str, Any], data: str | Path) -> None:
        """Read the data and split it.

        Args:
            spec: The run's specification, as its notebook holds it.
            data: The Parquet file of the dataset version.

        Raises:
            TrainingError: The file is not the one of the run, or nothing can be learned from it.
        """
        self.spec: RunSpec = parse_spec({**spec, "datasetPath": str(data)})
        self.data = load(self.spec)
        self._prepared = _prepare(self.spec, self.data)
        self._threads = worker_plan(self.spec, self.data)[1]
        self._executor = Executor(_shared(self._prepared))

    @property
    def table(self) -> pd.DataFrame:
        """The features of all rows whose target is known."""
        return self.data.frame

    @property
    def target(self) -> Any:
        """Class codes (the places in `classes`) or numbers, in the order of `table`."""
        return self.data.target

    @property
    def classes(self) -> list[str]:
        """Names of the classes; empty for regression."""
        return self.data.classes

    @property
    def folds(self) -> tuple[Split, ...]:
        """Row positions of each fold: `train` is fitted on, `test` judged on."""
        return self._prepared.judge.folds

    @property
    def holdout(self) -> Split:
        """Row positions of the final judgement: `test` was set aside before everything else."""
        return self._prepared.plan.holdout

    def cross_validate(self, candidate: Weighted) -> Verdict:
        """Fit and judge on each fold: `scores` in the natural unit of the run's metric.

        Where the metric judges decisions, `threshold` is the one that the folds speak for.
        Boosting runs for the number of rounds in the recipe, which the run chose over all folds.
        The members of an ensemble are blended with the weights that the model itself has; the run
        judged each fold with weights that were chosen on the others.
        """
        numbers = list(range(len(self.folds)))
        predictions = [self._predict_fold(candidate, number) for number in numbers]
        return judge_folds(self._prepared.judge, numbers, predictions)

    def fit(self, candidate: Weighted, threshold: float | None = None) -> TabularModel:
        """Fit on all training rows, as the run fitted its winner.

        `threshold` is what the probability of the positive class must reach where the run chose
        one; None says that the most probable class is predicted, or that of the smallest expected
        cost in a run that is judged by its costs.
        """
        rows = int(self.holdout.train.size)
        with tempfile.TemporaryDirectory() as folder:
            members = []
            for number, (weight, one) in enumerate(candidate):
                path = Path(folder) / f"{number}.pickle"
                self._executor.run(RefitTask(str(number), one, rows, self._threads, path))
                members.append((weight, one, rows, path))
            target = Path(folder) / "model.joblib"
            labels = tuple(self.classes)
            by = self._prepared.judge.metric.decision_costs
            finish = FinishTask(tuple(members), labels, target, threshold, self.data.positive, by)
            self._executor.run(finish)
            model: TabularModel = joblib.load(target)
            return model

    def holdout_score(self, model: TabularModel) -> float:
        """Judge a fitted model on the rows that were set aside."""
        test, judge = self.holdout.test, self._prepared.judge
        predicted = model.predict_values(self.table.iloc[test])
        actual = self.target[test]
        return judge.metric.score(actual, predicted, self.data.positive, model.threshold)

    def _predict_fold(self, candidate: Weighted, number: int) -> Any:
        """Predict the test rows of a fold with pipelines fitted on its training rows."""
        total: Any = 0.0
        for place, (weight, one) in enumerate(candidate):
            task = FoldTask(str(place), one, number, self._threads, measure=False, exact=True)
            (values,) = self._executor.run(task).stages.values()
            total = total + (values if len(candidate) == 1 else weight * values)
        return total


def _prepare(spec: RunSpec, data: Any) -> Prepared:
    if spec.task == "clustering":
        return prepare_clustering(spec, data, None)
    # What a run would tell about the split was told by the run.
    events = EventWriter(Path(os.devnull), io.StringIO())
    try:
        return prepare_supervised(spec, data, events, None)
    finally:
        events.close()


def _shared(prepared: Prepared) -> Shared:
    data, holdout = prepared.data, prepared.plan.holdout
    return Shared(
        data.frame,
        data.target,
        prepared.judge.folds,
        holdout.train,
        holdout.test,
        prepared.problem,
        CACHE_BYTES,
    )


def run_notebook(path: Path) -> None:
    """Run a notebook's code in a kernel beside the file; write the outputs into the file.

    Raises:
        RuntimeError: A cell failed.
    """
    from jupyter_client.manager import start_new_kernel

    notebook = json.loads(path.read_text(encoding="utf-8"))
    manager, client = start_new_kernel(cwd=str(path.resolve().parent))
    try:
        for number, cell in enumerate(notebook["cells"]):
            if cell["cell_type"] == "code":
                cell["outputs"] = _run_cell(client, "".join(cell["source"]), number)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    path.write_text(json.dumps(notebook, indent=1) + "\n", encoding="utf-8")


def _run_cell(client: Any, code: str, number: int) -> list[dict[str, Any]]:
    outputs: list[dict[str, Any]] = []

    def keep(message: dict[str, Any]) -> None:
        kind, content = message["header"]["msg_type"], message["content"]
        if kind == "stream":
            outputs.append({"output_type": "stream", **content})
            sys.stdout.write(content["text"])
        elif kind in ("display_data", "execute_result"):
            known = {"data": content["data"], "metadata": content["metadata"]}
            count = {"execution_count": number} if kind == "execute_result" else {}
            outputs.append({"output_type": kind, **known, **count})

    reply = client.execute_interactive(code, output_hook=keep, timeout=3600)["content"]
    if reply["status"] != "ok":
        raise RuntimeError(f"Cell {number} failed: {reply.get('ename')}: {reply.get('evalue')}")
    return outputs


if __name__ == "__main__":
    run_notebook(Path(sys.argv[1]))
