"""Loads a model that was made elsewhere. Every function here runs code of the model."""

from __future__ import annotations

import importlib
import inspect
import io
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import yaml

from runtime.errors import ArtifactError

FORMS = ("pickle", "skops", "mlflow")
DESCRIPTION = "MLmodel"


@dataclass(frozen=True)
class Inner:
    """A loaded model.

    Attributes:
        model: The object itself.
        predict: Class labels or numbers for a DataFrame.
        predict_proba: Probabilities `(n_rows, n_classes)` for a DataFrame; None if it has none.
        classes: Its classes as they are, or None if it does not tell.
    """

    model: Any
    predict: Callable[[Any], Any]
    predict_proba: Callable[[Any], Any] | None
    classes: list[Any] | None


def load_file(form: str, content: bytes) -> Inner:
    """Load a pickle (plain, compressed, or of joblib) or a skops file.

    Raises:
        ArtifactError: The object cannot predict.
    """
    if form == "skops":
        from skops import io as skops_io

        # It runs in a container of its own, so all of its types are as good as trusted.
        trusted = skops_io.get_untrusted_types(data=content)
        return wrap(skops_io.loads(content, trusted=trusted))
    return wrap(joblib.load(io.BytesIO(content)))


def load_folder(folder: Path) -> Inner:
    """Load an MLflow model folder by the flavours that need no MLflow.

    Raises:
        ArtifactError: None of its flavours can be loaded here.
    """
    flavors = read_description(folder).get("flavors") or {}
    for name, load in _FLAVORS.items():
        if isinstance(flavors.get(name), dict):
            return load(folder, flavors[name])
    raise ArtifactError(
        f"The model has the flavours {', '.join(map(str, flavors)) or 'none'}; "
        f"those that can be loaded are {', '.join(_FLAVORS)}."
    )


def read_description(folder: Path) -> dict[str, Any]:
    """Return the parsed `MLmodel`.

    Raises:
        ArtifactError: It is missing or is not YAML.
    """
    try:
        text = (folder / DESCRIPTION).read_bytes()
        document = yaml.safe_load(text) if len(text) < 1_000_000 else None
    except (OSError, yaml.YAMLError, RecursionError) as error:
        raise ArtifactError(f"MLmodel cannot be read: {type(error).__name__}.") from error
    if not isinstance(document, dict):
        raise ArtifactError("MLmodel is not a description of a model.")
    return document


def wrap(model: Any) -> Inner:
    """Describe an object that follows scikit-learn's protocol.

    Raises:
        ArtifactError: It has no `predict`.
    """
    if not callable(getattr(model, "predict", None)):
        raise ArtifactError(f"The file holds a {type(model).__name__}, which cannot predict.")
    classes = getattr(model, "classes_", None)
    probabilities = getattr(model, "predict_proba", None)
    return Inner(
        model,
        model.predict,
        probabilities if callable(probabilities) and classes is not None else None,
        None if classes is None else list(classes),
    )


def _inside(folder: Path, name: Any) -> Path:
    path = (folder / str(name)).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ArtifactError(f"MLmodel names a file outside of its folder: {str(name)[:80]!r}.")
    return path


def _sklearn(folder: Path, flavor: dict[str, Any]) -> Inner:
    path = _inside(folder, flavor.get("pickled_model", "model.pkl"))
    form = "skops" if flavor.get("serialization_format") == "skops" else "pickle"
    content = path.read_bytes()
    try:
        return load_file(form, content)
    except pickle.UnpicklingError:
        return load_file("skops" if form == "pickle" else "pickle", content)


def _booster(folder: Path, flavor: dict[str, Any], kind: str) -> Inner:
    """Load what `mlflow.lightgbm`, `mlflow.xgboost` and `mlflow.catboost` save."""
    path = _inside(folder, flavor.get("data") or flavor.get("model_binary") or "model")
    if kind == "lightgbm" and path.suffix in (".pkl", ".pickle"):
        return load_file("pickle", path.read_bytes())
    if kind == "catboost":
        import catboost

        is_classifier = "Classifier" in str(flavor.get("model_type", ""))
        made = catboost.CatBoostClassifier() if is_classifier else catboost.CatBoostRegressor()
        return wrap(made.load_model(str(path)))
    if kind == "xgboost":
        import xgboost

        name = str(flavor.get("model_class", "")).rpartition(".")[2]
        made = getattr(xgboost, name)() if name.startswith("XGB") else xgboost.XGBModel()
        made.load_model(str(path))
        return wrap(made)
    raise ArtifactError("A LightGBM model without its scikit-learn wrapper cannot be loaded.")


def _python_function(folder: Path, flavor: dict[str, Any]) -> Inner:
    loader = str(flavor.get("loader_module", ""))
    if not loader or loader.partition(".")[0] == "mlflow":
        raise ArtifactError(
            f"The loader {loader or 'of the model'} needs MLflow itself, which is not here. "
            "Log the model with its own flavour (mlflow.sklearn, mlflow.xgboost, …)."
        )
    if flavor.get("code"):
        sys.path.insert(0, str(_inside(folder, flavor["code"])))
    data = _inside(folder, flavor["data"]) if flavor.get("data") else folder
    model = importlib.import_module(loader)._load_pyfunc(str(data))  # noqa: SLF001 - MLflow's name
    own = getattr(getattr(model, "model", None), "classes", None)
    takes_params = "params" in inspect.signature(model.predict).parameters
    if not own or not takes_params:
        return Inner(model, model.predict, None, None)
    method = {"predict_method": "predict_proba"}
    return Inner(model, model.predict, lambda rows: model.predict(rows, params=method), list(own))


_FLAVORS: dict[str, Callable[[Path, dict[str, Any]], Inner]] = {
    "sklearn": _sklearn,
    "lightgbm": lambda folder, flavor: _booster(folder, flavor, "lightgbm"),
    "xgboost": lambda folder, flavor: _booster(folder, flavor, "xgboost"),
    "catboost": lambda folder, flavor: _booster(folder, flavor, "catboost"),
    "python_function": _python_function,
}
