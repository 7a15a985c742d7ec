"""The libraries the runtime can use, and which of them this image has.

The image can be built where the Python package index is out of reach; then some libraries are
missing, and the trainer offers fewer model families. Nothing is imported to find out, and nothing
but the standard library is needed to read this file.
"""

from __future__ import annotations

from importlib import metadata

# Import name -> names the library is published under; the first one installed counts.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "numpy": ("numpy",),
    "pandas": ("pandas",),
    "polars": ("polars",),
    "pyarrow": ("pyarrow",),
    "scipy": ("scipy",),
    "sklearn": ("scikit-learn",),
    "joblib": ("joblib",),
    "threadpoolctl": ("threadpoolctl",),
    "lightgbm": ("lightgbm",),
    "xgboost": ("xgboost-cpu", "xgboost"),
    "catboost": ("catboost",),
    "optuna": ("optuna",),
    "shap": ("shap",),
    "skops": ("skops",),
    "onnx": ("onnx",),
    "onnxruntime": ("onnxruntime",),
    "matplotlib": ("matplotlib",),
    "ipykernel": ("ipykernel",),
    "uvicorn": ("uvicorn",),
    "httptools": ("httptools",),
    "orjson": ("orjson",),
    "uvloop": ("uvloop",),
}


def _version(distributions: tuple[str, ...]) -> str | None:
    for name in distributions:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def library_versions() -> dict[str, str | None]:
    """Return the installed version of every known library by import name, None where missing."""
    return {name: _version(distributions) for name, distributions in LIBRARIES.items()}


def missing_libraries() -> list[str]:
    """Return the import names of the known libraries that are not installed, sorted."""
    return sorted(name for name, version in library_versions().items() if version is None)
