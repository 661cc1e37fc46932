"""The bill of materials of a task root: every wheel, library, network and source file that is really in it.

CycloneDX 1.6 as JSON, ``sbom.cdx.json`` in the task root itself. The same files give the same bytes: it has no date.
The image's build runs it alone: standard library only. ``python sbom.py FOLDER``
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import uuid
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

NAME = "sbom.cdx.json"
SHARED_LIBRARY = re.compile(r"\.so(\.[0-9.]+)?$")
OURS = ("src", "face_detection", "face_recognition")
Component = dict[str, Any]


def write_sbom(folder: Path) -> Path:
    """Write the bill of what is in a task root, last of all, into it."""
    path = folder / NAME
    path.unlink(missing_ok=True)
    path.write_text(json.dumps(sbom_of(folder), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def sbom_of(folder: Path) -> dict[str, Any]:
    """The bill as a JSON object. Each shared library is listed under the wheel that brought it."""
    wheels = sorted(distributions(path=[str(folder)]), key=lambda wheel: _plain(wheel.name))
    packages = [_package(folder, wheel) for wheel in wheels]
    models = [
        _file(folder, path, "file" if SHARED_LIBRARY.search(path.name) else "machine-learning-model")
        for path in _files(folder / "models")
    ]
    sources = [_file(folder, path, "file") for top in OURS for path in _files(folder / top) if path.suffix == ".py"]
    components = [*packages, *models, *sources]
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(components, sort_keys=True))
    whole = {"type": "application", "bom-ref": "facelane-functions", "name": "facelane-functions"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {"component": whole},
        "components": components,
        "dependencies": [{"ref": whole["bom-ref"], "dependsOn": [part["bom-ref"] for part in components]}],
    }


def _package(folder: Path, wheel: Distribution) -> Component:
    purl = f"pkg:pypi/{_plain(wheel.name)}@{wheel.version}"
    part: Component = {"type": "library", "bom-ref": purl, "name": wheel.name, "version": wheel.version, "purl": purl}
    fields = wheel.metadata
    if "License-Expression" in fields:
        part["licenses"] = [{"expression": fields["License-Expression"]}]
    elif "License" in fields and "\n" not in fields["License"]:  # a name, not the whole text of one
        part["licenses"] = [{"license": {"name": fields["License"]}}]
    listed = (folder / str(file) for file in wheel.files or () if SHARED_LIBRARY.search(file.name))
    libraries = [_file(folder, path, "file") for path in sorted(listed) if path.is_file()]
    return part | ({"components": libraries} if libraries else {})


def _file(folder: Path, path: Path, kind: str) -> Component:
    name = path.relative_to(folder).as_posix()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"type": kind, "bom-ref": f"file:{name}", "name": name, "hashes": [{"alg": "SHA-256", "content": digest}]}


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _plain(name: str) -> str:
    """A name as PyPI compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    written = write_sbom(Path(sys.argv[1]))
    sys.stdout.write(f"Bill of materials: {len(json.loads(written.read_text('utf-8'))['components'])} components\n")
