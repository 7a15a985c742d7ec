"""The package of a model as a wheel (PEP 427), for `pip install`."""

from __future__ import annotations

import zipfile
from pathlib import Path

from runtime import __version__
from runtime.exporting.archives import add_file, files_below, record_line
from runtime.exporting.package import BuiltPackage


def write_wheel(built: BuiltPackage, target: Path, scratch: Path) -> Path:
    """Write the wheel into the folder `target`; return its path."""
    facts = built.facts
    name, version = facts.package, facts.published_version
    info = f"{name}-{version}.dist-info"
    notes = scratch / info
    notes.mkdir()
    (notes / "METADATA").write_text(_metadata(built), encoding="utf-8")
    (notes / "WHEEL").write_text(
        f"Wheel-Version: 1.0\nGenerator: modelwright ({__version__})\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
        encoding="utf-8",
    )
    program = name.replace("_", "-")
    (notes / "entry_points.txt").write_text(
        f"[console_scripts]\n{program} = {name}.__main__:main\n", encoding="utf-8"
    )
    members = [
        (f"{name}/{path.relative_to(built.package_folder).as_posix()}", path)
        for path in files_below(built.package_folder)
    ] + [(f"{info}/{path.name}", path) for path in sorted(notes.iterdir())]
    record = notes / "RECORD"
    lines = [record_line(member, path) for member, path in members]
    record.write_text("\n".join([*lines, f"{info}/RECORD,,"]) + "\n", encoding="utf-8")
    wheel = target / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for member, path in [*members, (f"{info}/RECORD", record)]:
            add_file(archive, member, path)
    return wheel


def _metadata(built: BuiltPackage) -> str:
    facts = built.facts
    program = facts.package.replace("_", "-")
    required = "".join(f"Requires-Dist: {line}\n" for line in built.requirements)
    return (
        "Metadata-Version: 2.1\n"
        f"Name: {program}\n"
        f"Version: {facts.published_version}\n"
        f"Summary: {_one_line(facts.description)}\n"
        "Requires-Python: >=3.11\n"
        f"{required}"
        "Description-Content-Type: text/markdown\n\n"
        f"# {_one_line(facts.title)}\n\n{_one_line(facts.source)}\n\n"
        "```python\n"
        f"from {facts.package} import load\n\n"
        "model = load()\n"
        "model.predict([model.example])\n"
        "```\n\n"
        f"On the command line: `{program} describe`, `{program} predict rows.csv`.\n"
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
