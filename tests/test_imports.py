"""Who may import whom: walks every import of the tree, also those inside functions."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(path: Path) -> str:
    """`pipeline.runtime`, `lambda.face_detection`, `client.run`, …"""
    return ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")


def breaches(applies, forbidden) -> list[str]:
    return [
        f"{part_of(path)} imports {name}"
        for path in SOURCES
        if applies(part_of(path))
        for name in imports_of(path)
        if forbidden(part_of(path), name)
    ]


def within(name: str, *roots: str) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)


def test_every_source_is_walked():
    parts = {part_of(path) for path in SOURCES}
    assert {"pipeline.contracts", "lambda.face_detection.handler", "client.__main__"} <= parts


def test_handlers_import_only_the_pipeline_and_themselves():
    def forbidden(part: str, name: str) -> bool:
        own = part.split(".")[1]
        other = "face_recognition" if own == "face_detection" else "face_detection"
        ours = within(name, "src") and not within(name, "src.pipeline")
        return ours or within(name, other)

    assert breaches(lambda part: within(part, "lambda"), forbidden) == []


def test_the_pipeline_imports_neither_deployer_nor_client():
    assert breaches(lambda part: within(part, "pipeline"), lambda _, name: within(name, "src.aws", "src.client")) == []


@pytest.mark.parametrize(
    ("libraries", "allowed"),
    [
        (("torch", "torchvision", "facenet_pytorch"), ("pipeline.export",)),
        (("openvino", "onnxruntime", "dlib", "_dlib_pybind11"), ("pipeline.runtime", "pipeline.export")),
        (("boto3", "botocore"), ("pipeline.stores", "aws")),
    ],
)
def test_a_library_is_imported_in_one_place(libraries, allowed):
    assert (
        breaches(
            lambda part: not any(part == a or part.startswith((a + ".", a + "_")) for a in allowed),
            lambda _, name: within(name, *libraries),
        )
        == []
    )


def test_the_client_imports_contracts_and_stores_only_and_models_only_for_local_runs():
    light = ("contracts", "settings", "errors", "stores", "names", "deployment", "dead_letters")
    allowed = (*(f"src.pipeline.{name}" for name in light), "src.client", "src.aws.local")
    pictures = ("src.pipeline.images", "src.pipeline.drawing")  # what shows frames decodes them

    def forbidden(part: str, name: str) -> bool:
        shows = within(part, "client.originals", "client.annotate", "client.report")
        return within(name, "src") and not within(name, *allowed, *(pictures if shows else ()))

    assert breaches(lambda part: within(part, "client") and part != "client.local_run", forbidden) == []


def test_a_client_against_aws_starts_without_the_models():
    code = (
        "import sys, src.client.__main__; print([m for m in ('numpy', 'PIL', 'openvino', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("package", ["face_detection", "face_recognition"])
def test_a_function_serves_without_torch(package):
    heavy = ("torch", "torchvision", "facenet_pytorch")
    code = f"import sys, {package}.handler; print([m for m in {heavy} if m in sys.modules])"
    env = {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src/lambda"))), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
