"""The programs that build the image."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from fetch_wheels import lock_lines, present, read_lock

FOLDER = Path(__file__).parents[1]


def test_every_line_of_the_locks_has_an_exact_version_and_a_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        requirements = read_lock(FOLDER / name)
        assert requirements
        for requirement, digests in requirements.items():
            assert "==" in requirement
            assert digests
            assert all(len(digest) == 64 for digest in digests)


def test_the_locks_name_no_package_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (FOLDER / name).read_text()
        assert "://" not in text
        assert "--index" not in text


def test_a_lock_survives_being_split(tmp_path: Path) -> None:
    requirements = read_lock(FOLDER / "requirements.lock")
    again = tmp_path / "again.lock"
    again.write_text("".join(lock_lines(name, requirements[name]) for name in requirements))
    assert read_lock(again) == requirements


def test_only_a_wheel_with_a_locked_hash_counts_as_present(tmp_path: Path) -> None:
    (tmp_path / "good.whl").write_bytes(b"good")
    (tmp_path / "tampered.whl").write_bytes(b"tampered")
    lock = {"good==1": [hashlib.sha256(b"good").hexdigest()], "tampered==1": ["0" * 64]}
    assert present(lock, tmp_path) == {"good==1": "good.whl"}
