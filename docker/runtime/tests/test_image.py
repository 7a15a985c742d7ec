"""What the image promises to those who run it."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

from runtime.libraries import LIBRARIES, missing_libraries

SITE = Path(sysconfig.get_path("purelib"))
INSTALLED = SITE / "runtime"


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.py") if "lib2to3" not in path.parts]


def test_everything_that_is_imported_at_the_start_is_compiled() -> None:
    folders = [
        Path(sysconfig.get_path("stdlib")),
        INSTALLED,
        *(SITE / name for name in ("numpy", "pandas", "scipy", "sklearn", "joblib", "lightgbm")),
    ]
    for folder in folders:
        sources = [path for path in files_of(folder) if "test" not in str(path)]
        compiled = [
            path
            for path in sources
            if (path.parent / "__pycache__" / f"{path.stem}.cpython-311.pyc").exists()
        ]
        assert len(sources) >= (200 if folder != INSTALLED else 10) or folder.name in (
            "joblib",
            "lightgbm",
        )
        assert len(compiled) / len(sources) > 0.99, folder


def test_no_file_gives_its_owners_rights_to_whoever_runs_it() -> None:
    found = []
    for folder, folders, files in os.walk("/"):
        folders[:] = [f for f in folders if f not in ("proc", "sys") and not os.path.ismount(f)]
        for name in files:
            mode = (Path(folder) / name).lstat().st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                found.append(str(Path(folder) / name))
    assert found == []


def test_it_runs_as_the_user_sandbox_and_in_no_other_group() -> None:
    assert (os.getuid(), os.getgid(), os.getgroups()) == (10001, 10001, [10001])


def test_it_has_no_compiler_debugger_or_installer() -> None:
    assert [
        name for name in ("gcc", "cc", "g++", "gdb", "ld", "make", "pip") if shutil.which(name)
    ] == []


def test_it_has_no_package_lists_and_names_no_host() -> None:
    assert list(Path("/var/lib/apt").glob("lists/*_Packages*")) == []
    assert not Path("/etc/pip.conf").exists()
    assert not any(name.startswith("PIP_") for name in os.environ)


def test_the_virtual_environment_comes_first_on_the_path() -> None:
    assert shutil.which("python") == "/opt/venv/bin/python"


def test_features_names_every_library_and_its_version() -> None:
    output = subprocess.run(
        [sys.executable, "-m", "runtime.features"], capture_output=True, check=True, text=True
    ).stdout
    document = json.loads(output)
    assert set(document["libraries"]) == set(LIBRARIES)
    assert document["python"].startswith("3.11.")
    assert [name for name, version in document["libraries"].items() if not version] == sorted(
        missing_libraries()
    )


def test_the_libraries_that_are_there_can_be_imported() -> None:
    names = [name for name in LIBRARIES if name not in missing_libraries()]
    code = "import warnings; warnings.simplefilter('ignore'); import " + ", ".join(names)
    subprocess.run([sys.executable, "-c", code], check=True)
