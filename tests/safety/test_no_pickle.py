"""Nothing that is read at run time can run code: no pickle, no array of objects, no evaluated text."""

from __future__ import annotations

import ast
import io
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from src.pipeline.errors import GalleryError
from src.pipeline.gallery import Gallery
from src.pipeline.settings import PROJECT_ROOT

MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "jsonpickle", "yaml"}
CALLS = {"eval", "exec", "compile", "__import__"}
NEEDED = {
    "np.load": ("allow_pickle", False),
    "numpy.load": ("allow_pickle", False),
    "torch.load": ("weights_only", True),
}


def dangers(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {alias.name}" for alias in node.names if alias.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            yield f"import {node.module}"
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            told = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            argument, value = NEEDED.get(name, ("", None))
            if name in CALLS or (argument and told.get(argument) != str(value)) or told.get("allow_pickle") == "True":
                yield ast.unparse(node)


def test_no_source_reads_what_can_run_code() -> None:
    sources = sorted((PROJECT_ROOT / "src").rglob("*.py"))
    assert len(sources) > 100
    assert {
        str(path.relative_to(PROJECT_ROOT)): found
        for path in sources
        if (found := [*dangers(ast.parse(path.read_text()))])
    } == {}


@pytest.mark.parametrize(
    "code",
    [
        "import pickle", "from pickle import loads", "import yaml", "eval(text)", "np.load(file)", "torch.load(file)",
        "np.load(file, allow_pickle=True)", "np.savez(file, allow_pickle=True)", "torch.load(file, weights_only=False)",
    ],
)  # fmt: skip
def test_each_danger_would_be_noticed(code: str) -> None:
    assert list(dangers(ast.parse(code)))


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self._path,)


@pytest.mark.parametrize("field", ["model", "embeddings", "person", "calibration"])
def test_a_gallery_with_a_trap_in_it_is_refused_and_the_trap_stays_shut(field: str, tmp_path: Path) -> None:
    good = Gallery("dlib", ("a",), np.zeros(1, np.int32), np.zeros((1, 128), np.float32)).to_bytes()
    with np.load(io.BytesIO(good), allow_pickle=False) as archive:
        arrays = dict(archive)
    sprung = tmp_path / "sprung"
    arrays[field] = np.array([Trap(sprung)], dtype=object)
    file = io.BytesIO()
    np.savez(file, **arrays)
    with pytest.raises(GalleryError, match="not a gallery"):
        Gallery.from_bytes(file.getvalue(), model="dlib", source="it")
    assert not sprung.exists()
    pickle.loads(pickle.dumps(Trap(sprung)))  # the trap itself works
    assert sprung.exists()
