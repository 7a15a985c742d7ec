from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from models import AgeModel, fitted_classifier
from support import Connection, ServerProcess, contract, save_model


@pytest.fixture
def age_model_dir(tmp_path: Path) -> Path:
    return save_model(tmp_path / "model", AgeModel(), contract())


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("shared")
    model_dir = save_model(folder / "model", AgeModel(), contract())
    with ServerProcess(model_dir, folder / "run") as server:
        yield server


@pytest.fixture(scope="module")
def age_server(shared_server: ServerProcess) -> Connection:
    return shared_server.ready(shared_server.listen())


@pytest.fixture(scope="module")
def class_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    folder = tmp_path_factory.mktemp("classifier")
    model_dir = save_model(folder / "model", fitted_classifier(), contract("class"))
    with ServerProcess(model_dir, folder / "run") as server:
        yield server.ready(server.listen())
