"""The model folder of MLflow: `MLmodel` with the `python_function` flavour, and what it names."""

from __future__ import annotations

import json
import platform
import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from runtime import __version__
from runtime.exporting.package import BuiltPackage

MODEL_FILES = ("model.joblib", "contract.json", "manifest.json")
OLDEST_MLFLOW = "2.9"

_TYPES = {"number": "double", "integer": "long", "boolean": "boolean", "datetime": "datetime"}


def write_model_folder(built: BuiltPackage, folder: Path) -> None:
    """Write the model folder."""
    data = folder / "data"
    data.mkdir(parents=True)
    for name in MODEL_FILES:
        shutil.copyfile(built.package_folder / name, data / name)
    code = folder / "code" / built.facts.package
    shutil.copytree(
        built.package_folder,
        code,
        ignore=shutil.ignore_patterns("__pycache__", *MODEL_FILES, "__main__.py"),
    )
    (code / "__init__.py").write_text(f"{built.facts.description!r}\n", encoding="utf-8")
    requirements = [f"mlflow>={OLDEST_MLFLOW}", *built.requirements]
    _write(folder / "requirements.txt", "\n".join(requirements) + "\n")
    environment = {
        "python": platform.python_version(),
        "build_dependencies": ["pip"],
        "dependencies": ["-r requirements.txt"],
    }
    _write(folder / "python_env.yaml", yaml.safe_dump(environment, sort_keys=False))
    example = _example(built.contract)
    _write(folder / "input_example.json", json.dumps(example))
    _write(folder / "serving_input_example.json", json.dumps({"dataframe_split": example}))
    _write(folder / "MLmodel", yaml.safe_dump(_description(built), sort_keys=False, width=2**20))


def signature(contract: dict[str, Any]) -> dict[str, str | None]:
    """Return the signature of a contract as `MLmodel` holds it."""
    inputs = [
        {
            "type": _type_of(column),
            "name": column["name"],
            "required": bool(column.get("required", True)),
        }
        for column in contract["inputs"]
    ]
    classes = contract["output"]["kind"] == "class"
    dtype = "object" if classes else "float64"
    outputs = [{"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": [-1]}}]
    method = {"name": "predict_method", "default": "predict", "shape": None, "type": "string"}
    return {
        "inputs": json.dumps(inputs),
        "outputs": json.dumps(outputs),
        "params": json.dumps([method]) if classes else None,
    }


def _type_of(column: dict[str, Any]) -> str:
    """Return MLflow's type. Its integers cannot be missing, so pandas reads such columns as floats
    and MLflow takes them as doubles.
    """
    if column["type"] == "integer" and not column.get("required", True):
        return "double"
    return _TYPES.get(column["type"], "string")


def _description(built: BuiltPackage) -> dict[str, Any]:
    facts, contract = built.facts, built.contract
    return {
        "flavors": {
            "python_function": {
                "loader_module": f"{facts.package}._runtime.exported.mlflow_flavor",
                "python_version": platform.python_version(),
                "data": "data",
                "code": "code",
                "env": {"virtualenv": "python_env.yaml"},
            }
        },
        "model_uuid": uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(contract)).hex,
        "utc_time_created": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
        "saved_input_example_info": {
            "artifact_path": "input_example.json",
            "serving_input_path": "serving_input_example.json",
            "pandas_orient": "split",
            "type": "dataframe",
        },
        "signature": signature(contract),
        "metadata": {
            "modelwright": {
                "model": facts.title,
                "version": facts.version,
                "source": facts.source,
                "target": contract["target"]["name"],
                "task": contract["task"],
                "runtime": __version__,
            }
        },
    }


def _example(contract: dict[str, Any]) -> dict[str, Any]:
    names = [column["name"] for column in contract["inputs"]]
    return {"columns": names, "data": [[contract["example"].get(name) for name in names]]}


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
