"""Explains one model: picks the method that fits it, and checks that contributions add up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from runtime.explain.cells import cell
from runtime.explain.linear import LinearExplainer
from runtime.explain.method import CannotExplain, Contributions, Method, Output, apply_link
from runtime.explain.outputs import ModelOutputs
from runtime.explain.permutation import PermutationExplainer
from runtime.explain.trees import TreeExplainer
from runtime.training.arrays import Floats
from runtime.training.model import TabularModel

METHODS = ("auto", "tree", "linear", "permutation")
PROBE_ROWS = 8
FIRST_BLOCK, MAX_BLOCK, BLOCK_SECONDS = 5, 1000, 2.0


class _Exact(Protocol):
    method: Method
    space: str
    link: str
    tolerance: float
    notes: list[str]

    def explain(self, frame: Any) -> Contributions: ...


class ModelExplainer:
    """Explains predictions of a model by contributions of its raw columns.

    Args:
        model: What the trainer saved, or any model with `predict_proba` or `predict`.
        contract: The parsed `contract.json`.
        background: Typed columns of rows to compare with.
        method: One of `METHODS`.
        orders: Orders of columns that the permutation method takes.

    Raises:
        CannotExplain: The method that was asked for does not fit the model.
    """

    def __init__(
        self,
        model: Any,
        contract: Mapping[str, Any],
        background: Mapping[str, Any],
        method: str = "auto",
        orders: int = 4,
    ) -> None:
        self._model = model
        self._outputs = ModelOutputs(model, contract)
        self.columns, self.labels = self._outputs.columns, self._outputs.labels
        self.predict = self._outputs.predict
        target = contract.get("target") or {}
        self._target = str(target.get("name") or "the prediction")
        self._clip: tuple[float, float] | None = None
        self._background = {name: np.asarray(background[name]) for name, _ in self.columns}
        self.notes: list[str] = []
        self._exact = self._choose_exact(method)
        self._sampled: PermutationExplainer | None = None
        if self._exact is None:
            names = [name for name, _ in self.columns]
            self._sampled = PermutationExplainer(self.predict, names, self._background, orders)
        used = self._exact or self._sampled
        assert used is not None  # noqa: S101 - one of the two was made above
        self.method, self.tolerance = used.method, used.tolerance
        self.notes += used.notes

    # -- choosing -----------------------------------------------------------------------------

    def _choose_exact(self, method: str) -> _Exact | None:
        if method == "permutation":
            return None
        reasons: list[str] = []
        for name, make in (("tree", self._tree), ("linear", self._linear)):
            if method not in ("auto", name):
                continue
            try:
                return self._checked(make())
            except CannotExplain as error:
                reasons.append(str(error))
            # The libraries below refuse some of their own models with errors of many kinds.
            except Exception as error:
                reasons.append(f"{name}: {type(error).__name__}: {error}"[:300])
        if method != "auto":
            raise CannotExplain(f"The method {method!r} does not fit. {' '.join(reasons)}")
        return None

    def _single(self) -> Any:
        if not isinstance(self._model, TabularModel):
            raise CannotExplain("The model was not made by this trainer.")
        if len(self._model.members) != 1:
            raise CannotExplain(f"The model blends {len(self._model.members)} models.")
        return self._model.members[0][1]

    def _tree(self) -> _Exact:
        return TreeExplainer(self._single(), [name for name, _ in self.columns])

    def _linear(self) -> _Exact:
        names = [name for name, _ in self.columns]
        return LinearExplainer(self._single(), names, self._background)

    def _checked(self, explainer: _Exact) -> _Exact:
        """Return an explainer whose contributions add up on a few rows."""
        pipeline = self._single()
        if not self.labels:
            self._clip = (float(pipeline.low), float(pipeline.high))
        rows = {name: values[:PROBE_ROWS] for name, values in self._background.items()}
        # Object columns of a mapping are what encoders take from the server as well.
        error = self._error(explainer.explain(rows), self.predict(rows), explainer.link)
        if not np.isfinite(error).all() or float(error.max()) > self._allowed(explainer):
            raise CannotExplain(
                f"Contributions of {explainer.method.label} miss the prediction by "
                f"{float(np.nanmax(error)):.3g}."
            )
        return explainer

    def _allowed(self, explainer: _Exact) -> float:
        if self.labels:
            return explainer.tolerance
        scale = float(np.abs(self.predict(self._background)).max())
        return explainer.tolerance * max(1.0, scale)

    def _error(self, found: Contributions, predicted: Floats, link: str) -> Floats:
        return np.asarray(np.abs(self.linked(found, link) - predicted), dtype=np.float64)

    def linked(self, found: Contributions, link: str | None = None) -> Floats:
        """Return the predictions that base and contributions lead to, `(n_rows, n_outputs)`."""
        values = apply_link(found.sums, self.link if link is None else link)
        return values if self._clip is None else np.clip(values, *self._clip)

    # -- explaining ---------------------------------------------------------------------------

    @property
    def link(self) -> str:
        """From sums to predictions."""
        return "identity" if self._exact is None else self._exact.link

    @property
    def space(self) -> str:
        """Unit of the contributions."""
        if self._exact is not None:
            return self._exact.space
        return "probability" if self.labels else "number"

    @property
    def needs_background(self) -> bool:
        """Whether contributions depend on the rows that are compared with."""
        return not isinstance(self._exact, TreeExplainer)

    def allowed_error(self) -> float:
        """Return the error up to which contributions count as adding up, in natural units."""
        scale = 1.0 if self.labels else float(np.abs(self.predict(self._background)).max())
        return self.tolerance * max(1.0, scale)

    def explain(
        self,
        columns: Mapping[str, Any],
        deadline: float | None = None,
        told: Callable[[float], None] | None = None,
    ) -> Contributions:
        """Explain typed columns; fewer rows when the `deadline` (monotonic) comes first."""
        if self._exact is not None:
            return self._explain_exactly(self._exact, columns, deadline, told)
        assert self._sampled is not None  # noqa: S101 - made where no exact one was
        return self._sampled.explain(columns, deadline, told)

    def _explain_exactly(
        self,
        exact: _Exact,
        columns: Mapping[str, Any],
        deadline: float | None,
        told: Callable[[float], None] | None,
    ) -> Contributions:
        """Explain in blocks of about two seconds, so that the deadline and cancelling are seen."""
        rows = len(columns[self.columns[0][0]])
        parts: list[Contributions] = []
        done, size = 0, FIRST_BLOCK
        while done < rows and (not parts or deadline is None or time.monotonic() < deadline):
            started = time.monotonic()
            end = min(rows, done + size)
            parts.append(exact.explain({n: columns[n][done:end] for n, _ in self.columns}))
            seconds = max(time.monotonic() - started, 1e-3)
            done, size = end, max(1, min(MAX_BLOCK, int((end - done) * BLOCK_SECONDS / seconds)))
            if told is not None:
                told(done / rows)
        return Contributions(np.concatenate([part.values for part in parts]), parts[0].base)

    def output(self, position: int) -> Output:
        """Describe one output: the class at `position`, or the number."""
        label = self.labels[position] if self.labels else None
        return Output(label, self.space, self.link, self._target)

    def position_of(self, label: str | None, contract: Mapping[str, Any]) -> int:
        """Return the output to look at: the class asked for, the positive one, or the first.

        Raises CannotExplain for a class that the model does not know.
        """
        if not self.labels:
            return 0
        wanted = label or contract["output"].get("positiveClass")
        if wanted is None:
            means = self.predict(self._background).mean(axis=0)
            return int(np.argmax(means))
        if wanted not in self.labels:
            raise CannotExplain(f"There is no class {wanted!r}; choose {', '.join(self.labels)}.")
        return self.labels.index(wanted)

    def explanations(
        self,
        columns: Mapping[str, Any],
        position: int | None,
        answers: list[dict[str, Any]],
        deadline: float | None = None,
    ) -> list[dict[str, Any]]:
        """Explain rows as JSON; `answers` are their predictions as the model server gives them.

        With `position` None the class that each row is given is explained.
        """
        found = self.explain(columns, deadline)
        predicted = self.predict(columns)
        linked = self.linked(found)
        result = []
        for row, answer in enumerate(answers[: len(found.values)]):
            at = self._position(position, answer)
            values = found.values[row, at]
            order = np.argsort(-np.abs(values), kind="stable")
            result.append(
                {
                    "index": row,
                    "prediction": answer["prediction"],
                    "probabilities": answer.get("probabilities"),
                    "output": self.output(at).as_json(),
                    "base": float(found.base[at]),
                    "sum": float(found.sums[row, at]),
                    "predicted": float(predicted[row, at]),
                    "error": float(abs(linked[row, at] - predicted[row, at])),
                    "contributions": [
                        {
                            "column": self.columns[i][0],
                            "value": cell(columns[self.columns[i][0]][row], self.columns[i][1]),
                            "contribution": float(values[i]),
                        }
                        for i in order
                    ],
                }
            )
        return result

    def _position(self, position: int | None, answer: Mapping[str, Any]) -> int:
        if position is not None or not self.labels:
            return position or 0
        return self.labels.index(str(answer["prediction"]))
