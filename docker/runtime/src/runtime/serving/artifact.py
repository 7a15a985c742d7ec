"""A saved model on disk: checked against its manifest, then loaded."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

import joblib

from runtime.contract import ModelContract
from runtime.errors import ArtifactError, RuntimeFault

MODEL_FILE = "model.joblib"
CONTRACT_FILE = "contract.json"
MANIFEST_FILE = "manifest.json"
REQUIRED_FILES = (MODEL_FILE, CONTRACT_FILE)


@dataclass(frozen=True)
class Artifact:
    """A model that was loaded from files whose hashes are right.

    Attributes:
        model: What the trainer saved; follows scikit-learn's `predict` and `predict_proba`.
        contract: What it takes and gives.
        contract_json: The contract, byte for byte.
    """

    model: Any
    contract: ModelContract
    contract_json: bytes


def load_artifact(folder: Path, manifest_sha256: str | None = None) -> Artifact:
    """Check every file against the manifest (I5), then load the model.

    Unpickling runs code, so nothing is loaded before all hashes are right, and the bytes that were
    hashed are the bytes that are loaded: the file is not opened a second time.

    Args:
        folder: Folder with the model's files.
        manifest_sha256: Hash the manifest itself must have, if the caller knows it.

    Raises:
        ArtifactError: A file is missing, altered or cannot be loaded.
        ContractError: The contract cannot be read.
    """
    expected = _read_manifest(folder, manifest_sha256)
    for name in expected:
        # The host may leave out what serving does not need, such as the held-out rows.
        if name not in REQUIRED_FILES and (folder / name).exists():
            with _open(folder / name) as file:
                _check(file, name, expected[name])
    with _open(folder / CONTRACT_FILE) as file:
        _check(file, CONTRACT_FILE, expected[CONTRACT_FILE])
        contract_json = file.read()
    with _open(folder / MODEL_FILE) as file:
        _check(file, MODEL_FILE, expected[MODEL_FILE])
        model = _unpickle(file)
    return Artifact(model, ModelContract.from_json(_parse(contract_json)), contract_json)


def _read_manifest(folder: Path, manifest_sha256: str | None) -> dict[str, str]:
    with _open(folder / MANIFEST_FILE) as file:
        if manifest_sha256:
            _check(file, MANIFEST_FILE, manifest_sha256)
        document = _parse(file.read())
    try:
        expected = {str(entry["name"]): str(entry["sha256"]) for entry in document["files"]}
    except (KeyError, TypeError) as error:
        raise ArtifactError("manifest.json does not list the model's files.") from error
    for name in expected:
        if Path(name).name != name or name in ("", ".", ".."):
            raise ArtifactError(f"manifest.json names a file outside the model's folder: {name!r}.")
    for name in REQUIRED_FILES:
        if name not in expected:
            raise ArtifactError(f"manifest.json does not list {name}.")
    return expected


def _open(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise ArtifactError(f"{path.name} cannot be read: {error.strerror}.") from error


def _check(file: BufferedReader, name: str, expected: str) -> None:
    actual = hashlib.file_digest(file, "sha256").hexdigest()
    if not hmac.compare_digest(actual, expected.lower()):
        raise ArtifactError(
            f"{name} is not the file that was saved: its SHA-256 is {actual}, the manifest says "
            f"{expected}. The model was not loaded."
        )
    file.seek(0)


def _parse(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ArtifactError(f"A JSON file of the model cannot be read: {error}.") from error


def _unpickle(file: BufferedReader) -> Any:
    try:
        return joblib.load(file)
    except RuntimeFault:
        raise
    # A pickle can raise anything: a missing class, an older library, a cut-off file.
    except Exception as error:
        raise ArtifactError(
            f"model.joblib cannot be loaded: {type(error).__name__}: {error}."
        ) from error
