"""Looks at an uploaded model, has it tried, and writes down what it is."""

from __future__ import annotations

import hashlib
import json
import pickletools
import platform
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

from runtime import __version__
from runtime.errors import ArtifactError, RuntimeFault
from runtime.exporting.archives import add_file, files_below
from runtime.importing.archive import unpack
from runtime.importing.loaders import DESCRIPTION, read_description
from runtime.importing.tables import Table, table_of_csv
from runtime.jobs import Job
from runtime.libraries import library_versions

TRIAL_SECONDS = 240
MAX_UNPACKED_BYTES = 1024**3
MAX_LISTED_CLASSES = 300

_OWN_FIELDS = ("ok", "reason", "missing", "missingModule")
"""What the trial says to this process, and not to the reader of the report."""

_ZIP = b"PK\x03\x04"
_PICKLES = (b"\x80", b"\x78", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"ZF", b"]", b"(", b"c")
_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*(==\s*([^\s;#]+))?")


class ModelRefused(RuntimeFault):
    """What was uploaded is no model that can be taken in; the message says why."""


def run_job(job: Job, data: Path = Path("/data")) -> dict[str, Any]:
    """Inspect `/data/upload`; return the report. The files of the model are below `out`."""
    upload = data / "upload"
    job.progress(5, "Looking at the file")
    form, folder = _form_of(upload, job)
    report: dict[str, Any] = {"form": form, "runtimeVersion": __version__}
    content = upload
    if folder is not None:
        report |= _describe_folder(folder)
        content = job.scratch / "content.zip"
        _pack(folder, content)
    else:
        report["classesUsed"] = _classes_of(form, upload)
    table = _table(job, data)
    job.progress(30, "Loading it in a process of its own, and trying it")
    found = _try(job, form, folder, content, table)
    # What loading really took is more than what can be seen from outside.
    listed = [*report.get("classesUsed", ()), *found.pop("classesUsed", ())]
    report |= {name: value for name, value in found.items() if name not in _OWN_FIELDS}
    report["classesUsed"] = sorted(set(listed))[:MAX_LISTED_CLASSES]
    if not found["ok"]:
        return {"usable": False, "reason": found["reason"], "report": report}
    if not (job.scratch / "trial" / "model" / "model.joblib").is_file():
        return {"usable": False, "reason": found["missing"], "report": report}
    job.progress(90, "Sealing what was found")
    _seal(job)
    return {"usable": True, "reason": None, "report": report}


def _form_of(upload: Path, job: Job) -> tuple[str, Path | None]:
    """Return the form of the file, and for a model folder the folder itself, unpacked."""
    with upload.open("rb") as file:
        start = file.read(8)
    if not start:
        raise ModelRefused("The file is empty.")
    if not start.startswith(_ZIP):
        if start.startswith(_PICKLES):
            return "pickle", None
        raise ModelRefused(
            "The file is neither a zip of an MLflow model folder nor a saved pipeline "
            "(pickle, joblib or skops)."
        )
    unpacked = job.scratch / "unpacked"
    unpacked.mkdir()
    unpack(upload, unpacked, MAX_UNPACKED_BYTES)
    if (unpacked / "schema.json").is_file() and not (unpacked / DESCRIPTION).exists():
        return "skops", None
    found = sorted(unpacked.rglob(DESCRIPTION), key=lambda path: len(path.parts))
    if not found:
        raise ModelRefused(
            "The zip has no MLmodel file. Zip the folder that MLflow saved, with everything in it."
        )
    return "mlflow", found[0].parent


def _describe_folder(folder: Path) -> dict[str, Any]:
    description = read_description(folder)
    flavors = description.get("flavors")
    signature = description.get("signature")
    return {
        "flavors": sorted(map(str, flavors)) if isinstance(flavors, dict) else [],
        "signature": signature if isinstance(signature, dict) else None,
        "requirements": _requirements(folder / "requirements.txt"),
    }


def _requirements(path: Path) -> list[dict[str, Any]]:
    """Compare what the model asks for with what this image has."""
    if not path.is_file() or path.stat().st_size > 1_000_000:
        return []
    listed = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines()[:200]:
        match = _REQUIREMENT.match(line)
        if match is None or line.lstrip().startswith(("#", "-")):
            continue
        name, wanted = match[1], match[3]
        installed = _installed(name)
        # MLflow itself is only needed by the servers of MLflow.
        state = "missing" if installed is None else "same" if wanted == installed else "other"
        if name.lower() == "mlflow":
            state = "not-needed"
        elif wanted is None and installed is not None:
            state = "same"
        listed.append({"name": name, "wanted": wanted, "installed": installed, "state": state})
    return listed


def _installed(name: str) -> str | None:
    for known in (name, f"{name}-cpu"):
        try:
            return metadata.version(known)
        except metadata.PackageNotFoundError:
            continue
    return None


def _classes_of(form: str, path: Path) -> list[str]:
    return _classes_of_skops(path) if form == "skops" else _classes_of_pickle(path)


def _classes_of_skops(path: Path) -> list[str]:
    """List the classes that a skops file names in its schema."""
    found: set[str] = set()
    try:
        with zipfile.ZipFile(path) as archive:
            waiting: list[Any] = [json.loads(archive.read("schema.json"))]
    except (KeyError, ValueError, zipfile.BadZipFile):
        return []
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if "__class__" in node and "__module__" in node:
                found.add(f"{node['__module__']}.{node['__class__']}"[:200])
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return sorted(found)


def _classes_of_pickle(path: Path) -> list[str]:
    """List the classes and functions a plain pickle names, without loading it.

    A file of joblib that is compressed or holds arrays cannot be read to its end this way; then the
    list is what comes before that.
    """
    found: set[str] = set()
    words: list[str] = []
    try:
        with path.open("rb") as file:
            for opcode, argument, _ in pickletools.genops(file):
                if opcode.name in ("SHORT_BINUNICODE", "BINUNICODE", "UNICODE"):
                    words.append(str(argument)[:200])
                elif opcode.name == "GLOBAL":
                    found.add(str(argument).replace(" ", ".")[:200])
                elif opcode.name == "STACK_GLOBAL" and len(words) >= 2:
                    found.add(f"{words[-2]}.{words[-1]}")
                if len(found) >= MAX_LISTED_CLASSES:
                    break
    except Exception:
        return sorted(found)
    return sorted(found)


def _table(job: Job, data: Path) -> Table | None:
    dataset = job.document.get("dataset")
    if dataset is not None:
        types = {column["name"]: column["type"] for column in dataset["columns"]}
        return Table(data / "dataset.parquet", types)
    sample = data / "sample"
    return table_of_csv(sample, job.scratch) if sample.is_file() else None


def _try(
    job: Job, form: str, folder: Path | None, content: Path, table: Table | None
) -> dict[str, Any]:
    """Have the model loaded and tried; whatever its process does, this one goes on."""
    work = job.scratch / "trial"
    work.mkdir()
    asked = {
        "form": form,
        "folder": None if folder is None else str(folder),
        "content": str(content),
        "target": job.document.get("target"),
        "scoredOn": job.document.get("scoredOn") or "the sample",
        "table": None if table is None else {"path": str(table.path), "types": dict(table.types)},
    }
    (work / "trial.json").write_text(json.dumps(asked), encoding="utf-8")
    try:
        ended = subprocess.run(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "runtime.importing.trial", str(work)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=TRIAL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"ok": False, "reason": f"Trying it took more than {TRIAL_SECONDS} s."}
    try:
        result: Any = json.loads((work / "trial-result.json").read_bytes())
    except (OSError, ValueError):
        result = None
    if not isinstance(result, dict) or "ok" not in result:
        return {"ok": False, "reason": _how_it_ended(ended.returncode)}
    result.setdefault("reason", "It could not be tried.")
    result.setdefault("missing", result["reason"])
    return result


def _how_it_ended(code: int) -> str:
    if code == -signal.SIGKILL:
        return "Loading it took more memory than the container may have."
    if code < 0:
        return f"Loading it broke the process (signal {signal.Signals(-code).name})."
    return f"Loading it ended the process with exit code {code}."


def _pack(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for path in files_below(folder):
            add_file(archive, path.relative_to(folder).as_posix(), path)


def _seal(job: Job) -> None:
    """Move the files of the model below `out`, with its environment and a manifest."""
    source = job.scratch / "trial" / "model"
    environment = {
        "python": platform.python_version(),
        "packages": {name: version for name, version in library_versions().items() if version},
        "imageVersion": __version__,
        "seed": 0,
        "hardware": {"cpus": 1},
    }
    (source / "environment.json").write_text(json.dumps(environment), encoding="utf-8")
    files = []
    for name in ("contract.json", "environment.json", "evaluation.json", "model.joblib"):
        path = source / name
        if path.is_symlink() or not path.is_file():
            raise ArtifactError(f"{name} is missing.")
        shutil.copyfile(path, job.out / name)
        with (job.out / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        files.append({"name": name, "sha256": digest, "sizeBytes": (job.out / name).stat().st_size})
    manifest = {
        "files": files,
        "runId": "",
        "dataSha256": str(job.document.get("dataSha256") or ""),
        "seed": 0,
        "runtimeVersion": __version__,
    }
    (job.out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
