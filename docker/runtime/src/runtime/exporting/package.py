"""The Python package of one model: its files, the code they need, and a small front."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime import __version__
from runtime.errors import RuntimeFault
from runtime.exporting.closure import copy_modules, needed_modules
from runtime.serving.artifact import load_artifact
from runtime.serving.predictor import Predictor

FRONT_MODULES = ("runtime.exported.model", "runtime.exported.mlflow_flavor", "runtime.exported.cli")
PACKED_SECONDS = 600

# Loaded because they are there, not because the model needs them.
_OPTIONAL = frozenset(
    {
        "bottleneck",
        "ipython",
        "matplotlib",
        "modelwright-runtime",
        "numexpr",
        "orjson",
        "pillow",
        "pip",
        "psutil",
        "pyarrow",
        "pyyaml",
        "setuptools",
    }
)


class ExportError(RuntimeFault):
    """A model cannot be exported; the message says why."""


@dataclass(frozen=True)
class ModelFacts:
    """What an export says about its model.

    Attributes:
        package: Import name of the package, a Python identifier.
        title: Name of the model, for people.
        version: Number of the model's version.
        description: One sentence.
        source: Where the model came from, for people (run, dataset, hash).
    """

    package: str
    title: str
    version: int
    description: str
    source: str

    @property
    def published_version(self) -> str:
        """Version of the package by PEP 440."""
        return f"{self.version}.0.0"


@dataclass(frozen=True)
class BuiltPackage:
    """A package in a folder, tried in a process of its own.

    Attributes:
        folder: The folder that holds the package; put it on the path to import it.
        facts: What the package is called.
        contract: What the model takes and gives.
        requirements: Published packages that it needs, as `name==version`.
        checked_rows: Rows on which it gave the same predictions as the stored model.
    """

    folder: Path
    facts: ModelFacts
    contract: dict[str, Any]
    requirements: tuple[str, ...]
    checked_rows: int

    @property
    def package_folder(self) -> Path:
        """The folder of the package itself."""
        return self.folder / self.facts.package


def build_package(
    model_dir: Path, folder: Path, facts: ModelFacts, rows: Sequence[Mapping[str, Any]]
) -> BuiltPackage:
    """Make the package of the model in `model_dir` below `folder`, and compare predictions.

    Raises:
        ExportError: The package does not give the predictions of the stored model.
    """
    package = folder / facts.package
    package.mkdir(parents=True)
    artifact = load_artifact(model_dir)
    expected = Predictor(artifact.model, artifact.contract)
    expected.warm_up()
    _write_front(package, facts)
    modules = needed_modules(FRONT_MODULES)
    # What unpickling takes is found by unpickling: all of the package is there for that moment.
    everything = needed_modules([*FRONT_MODULES, *_model_modules(artifact.model)])
    copy_modules(sorted({*modules, *everything}), package / "_runtime", f"{facts.package}._runtime")
    _repack(folder, facts.package, model_dir / "model.joblib", package / "model.joblib")
    (package / "contract.json").write_bytes(artifact.contract_json)
    write_manifest(package, {"runtimeVersion": __version__})
    tried = _try(folder, facts.package, rows)
    _compare(expected.predict(list(rows)), tried["predictions"])
    if tried["leaked"]:
        raise ExportError("The package still imports code from outside of itself.")
    return BuiltPackage(
        folder,
        facts,
        json.loads(artifact.contract_json),
        tuple(_requirements(tried["distributions"])),
        len(rows),
    )


def write_manifest(folder: Path, more: Mapping[str, Any]) -> None:
    """Seal `model.joblib` and `contract.json` with their SHA-256."""
    files = [
        {
            "name": name,
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
            "sizeBytes": (folder / name).stat().st_size,
        }
        for name in ("contract.json", "model.joblib")
    ]
    (folder / "manifest.json").write_text(json.dumps({"files": files, **more}), encoding="utf-8")


def _model_modules(model: Any) -> set[str]:
    """Return the modules of this package that are loaded now that the model is."""
    own = {type(model).__module__}
    loaded = {name for name in sys.modules if name.startswith("runtime.")}
    kept = {name for name in loaded if name.startswith(("runtime.training.", "runtime.importing."))}
    return {name for name in own | kept if name.startswith("runtime.")}


def _repack(folder: Path, package: str, source: Path, target: Path) -> None:
    script = Path(__file__).with_name("repack.py")
    _run([str(script), str(folder), package, str(source), str(target)], None)


def _try(folder: Path, package: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    script = Path(__file__).with_name("try_package.py")
    answer: dict[str, Any] = json.loads(
        _run([str(script), str(folder), package], json.dumps(list(rows)))
    )
    return answer


def _run(arguments: list[str], text: str | None) -> str:
    """Run a script of this folder in a fresh interpreter; give what it printed."""
    try:
        done = subprocess.run(  # noqa: S603 - our own file, no shell
            [sys.executable, *arguments],
            input=text,
            capture_output=True,
            text=True,
            timeout=PACKED_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ExportError(f"Trying the package took more than {PACKED_SECONDS} s.") from error
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["it ended without a word"]
        raise ExportError(f"The package does not work: {last[0][:500]}.")
    return done.stdout


def _compare(expected: list[dict[str, Any]], actual: list[dict[str, Any]]) -> None:
    """Demand the same predictions, digit for digit: it is the same code on the same numbers."""
    for wanted, given in zip(expected, actual, strict=True):
        if json.loads(json.dumps(wanted)) != given:
            raise ExportError(
                f"Row {wanted['index']}: the package predicts {given['prediction']!r}, "
                f"the stored model {wanted['prediction']!r}."
            )


def _requirements(distributions: Mapping[str, str]) -> list[str]:
    kept = [
        f"{name}=={version}"
        for name, version in distributions.items()
        if name.lower().replace("_", "-") not in _OPTIONAL
    ]
    return sorted(kept, key=str.lower)


def _write_front(package: Path, facts: ModelFacts) -> None:
    name = facts.package
    (package / "__init__.py").write_text(
        # As a literal: whatever a model is called stays a text.
        f"{facts.description!r}\n\n"
        "from pathlib import Path\n\n"
        f"from {name}._runtime.exported.model import ExportedModel\n\n"
        f'__version__ = "{facts.published_version}"\n\n\n'
        "def load() -> ExportedModel:\n"
        '    """Load the model that comes with this package."""\n'
        "    return ExportedModel(Path(__file__).parent)\n",
        encoding="utf-8",
    )
    (package / "__main__.py").write_text(
        "import sys\nfrom pathlib import Path\n\n"
        f"from {name}._runtime.exported.cli import main as run\n\n\n"
        "def main() -> int:\n"
        f'    return run("{name.replace("_", "-")}", Path(__file__).parent)\n\n\n'
        'if __name__ == "__main__":\n    sys.exit(main())\n',
        encoding="utf-8",
    )
