"""An export as a job: which files it makes of the model in `/model`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from runtime.errors import RuntimeFault
from runtime.exporting.archives import zip_folder
from runtime.exporting.mlflow_folder import write_model_folder
from runtime.exporting.onnx_file import PARITY_ROWS, can_export, write_onnx
from runtime.exporting.package import BuiltPackage, ModelFacts, build_package
from runtime.exporting.sample_rows import made_up_rows, rows_from_table
from runtime.exporting.wheel import write_wheel
from runtime.jobs import Job
from runtime.serving import json_text

CHECKED_ROWS = 200


def run_job(
    job: Job, model_dir: Path = Path("/model"), table: Path | None = None
) -> dict[str, Any]:
    """Make the export that `job` asks for; return what to remember about it."""
    document = job.document
    work = _FORMATS.get(document["format"])
    if work is None:
        raise RuntimeFault(f"This image cannot export as {document['format']}.")
    facts = ModelFacts(
        package=document["package"],
        title=document["title"],
        version=int(document["version"]),
        description=document["description"],
        source=document["source"],
    )
    data = table or Path("/data/dataset.parquet")
    return work(job, facts, model_dir, data if data.exists() else None)


def _mlflow(job: Job, facts: ModelFacts, model_dir: Path, table: Path | None) -> dict[str, Any]:
    # Two versions of one model may be loaded in one process, so their code has different names.
    named = replace(facts, package=f"{facts.package}_v{facts.version}")
    built = _package(job, named, model_dir, table)
    job.progress(80, "Writing the model folder")
    folder = job.scratch / "folder"
    write_model_folder(built, folder)
    name = f"{facts.package}-v{facts.version}-mlflow"
    target = job.out / f"{name}.zip"
    zip_folder(folder, target, name)
    return _result(built, target)


def _wheel(job: Job, facts: ModelFacts, model_dir: Path, table: Path | None) -> dict[str, Any]:
    built = _package(job, facts, model_dir, table)
    job.progress(80, "Writing the package")
    return _result(built, write_wheel(built, job.out, job.scratch))


def _onnx(job: Job, facts: ModelFacts, model_dir: Path, table: Path | None) -> dict[str, Any]:
    if not can_export():
        raise RuntimeFault("This image cannot export as onnx: it lacks onnx or onnxruntime.")
    job.progress(20, "Translating the model, and comparing predictions")
    contract = json_text.loads((model_dir / "contract.json").read_bytes())
    rows = rows_from_table(contract, table, PARITY_ROWS) if table is not None else []
    rows += made_up_rows(contract, PARITY_ROWS)
    target = job.out / f"{facts.package}-v{facts.version}.onnx"
    parity = write_onnx(model_dir, target, contract, rows)
    return {"file": target.name, "details": {"checkedRows": parity["rows"], "parity": parity}}


def _package(job: Job, facts: ModelFacts, model_dir: Path, table: Path | None) -> BuiltPackage:
    job.progress(10, "Loading the model")
    contract = json_text.loads((model_dir / "contract.json").read_bytes())
    rows = rows_from_table(contract, table, CHECKED_ROWS) if table is not None else []
    rows = [dict(contract["example"]), *rows] if rows else made_up_rows(contract, CHECKED_ROWS)
    shutil.rmtree(job.scratch, ignore_errors=True)
    job.scratch.mkdir()
    job.progress(30, "Collecting the code it needs, and comparing predictions")
    return build_package(model_dir, job.scratch / "package", facts, rows)


def _result(built: BuiltPackage, file: Path) -> dict[str, Any]:
    return {
        "file": file.name,
        "details": {"requirements": list(built.requirements), "checkedRows": built.checked_rows},
    }


_FORMATS: dict[str, Callable[[Job, ModelFacts, Path, Path | None], dict[str, Any]]] = {
    "mlflow": _mlflow,
    "package": _wheel,
    "onnx": _onnx,
}
