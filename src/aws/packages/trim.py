"""Takes out of installed wheels what the functions never use. The image's build runs it alone: standard library only.

``python trim.py FOLDER RECOGNIZER``, on the kind of machine that it is for, prints what was saved.
"""

from __future__ import annotations

import json
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Of the services in botocore, these are called; its other files are of no service.
SERVICES = {"s3", "sqs", "dynamodb", "sts"}
UNUSED = (
    # OpenVINO: the functions have a CPU only and read OpenVINO's own format only.
    "openvino/libs/*_gpu_plugin.so*", "openvino/libs/*_npu_plugin.so*", "openvino/libs/cache.json",
    "openvino/libs/*_auto_plugin.so*", "openvino/libs/*_auto_batch_plugin.so*", "openvino/libs/*_hetero_plugin.so*",
    "openvino/libs/*_npu_*", "openvino/libs/*_onnx_frontend.so*", "openvino/libs/*_pytorch_frontend.so*",
    "openvino/libs/*_tensorflow_frontend.so*", "openvino/libs/*_tensorflow_lite_frontend.so*",
    "openvino/libs/*_paddle_frontend.so*", "openvino/libs/*_jax_frontend.so*", "openvino/libs/*_gguf_frontend.so*",
    "openvino/libs/libopenvino_c.so*", "openvino/include", "openvino/cmake", "openvino/libs/*.pc",
    # Pillow: formats that frames cannot have, and drawing.
    "PIL/_avif*.so", "pillow.libs/libavif-*", "PIL/_imagingft*.so", "pillow.libs/libfreetype-*",
    "pillow.libs/libharfbuzz-*", "pillow.libs/libbrotli*",
    # dlib: faces are aligned by MTCNN's landmarks, so its other networks are idle.
    "face_recognition_models/models/shape_predictor_*", "face_recognition_models/models/mmod_*",
    "numpy/f2py", "numpy/_core/include", "numpy/**/*.a", "**/tests", "bin", "**/__pycache__", "**/*.pyi",
)  # fmt: skip


DLIB_ONLY = ("_dlib_pybind11*", "dlib", "dlib_bin-*", "face_recognition_models*")
DETECTOR = {"pnet", "rnet", "onet", "sheet"}
DLIB = "dlib"
MANIFEST, KERNELS, PREPARED = "manifest.json", "kernels-", ".blob"
# What every such processor says of itself, and no other: the manifest has it where networks were prepared on one.
SAID = {"x86_64": "sse4_1", "aarch64": "asimd"}


def trim(folder: Path) -> int:
    """Remove what is unused from a folder of installed wheels; the bytes saved."""
    before = size_of(folder)
    _remove({*_unused(folder), *_services(folder)})
    return before - size_of(folder)


def _remove(paths: set[Path]) -> None:
    for path in sorted(paths):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():  # it may have been in a folder that has gone
            path.unlink()


def keep_recognizer(folder: Path, recognizer: str) -> None:
    """Leave only one recognizer in a task root; ``auto`` leaves all that are there."""
    if recognizer == "auto":
        return
    if recognizer != DLIB:
        _remove({path for pattern in DLIB_ONLY for path in folder.glob(pattern)})
    _keep(folder, lambda network, _: network in DETECTOR or network.startswith(KERNELS) or network == recognizer)


def keep_machine(folder: Path, machine: str) -> None:
    """Leave only what a machine (``x86_64``, ``aarch64``) under Linux can load."""
    kernels = f"{KERNELS}linux-{machine}"
    ready = SAID[machine] in _manifest(folder)["made_with"].get("processor", "").split()

    def wanted(network: str, name: str) -> bool:
        return (network == kernels or not network.startswith(KERNELS)) and (ready or not name.endswith(PREPARED))

    _keep(folder, wanted)


def _keep(folder: Path, wanted: Callable[[str, str], bool]) -> None:
    """Leave only the networks' files that are wanted, by network and name, in the models folder and its manifest."""
    models, value = folder / "models", _manifest(folder)
    for network, files in list(value["networks"].items()):
        for name in [name for name in files if not wanted(network, name)]:
            del files[name]
            (models / name).unlink()
        if not files:
            del value["networks"][network]
    (models / MANIFEST).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def _manifest(folder: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((folder / "models" / MANIFEST).read_text(encoding="utf-8"))
    return value


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files under a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _unused(folder: Path) -> Iterator[Path]:
    for pattern in UNUSED:
        yield from folder.glob(pattern)


def _services(folder: Path) -> Iterator[Path]:
    for service in folder.glob("botocore/data/*/"):
        if service.is_dir() and service.name not in SERVICES:
            yield service


if __name__ == "__main__":
    root = Path(sys.argv[1])
    saved = trim(root)
    keep_recognizer(root, sys.argv[2])
    keep_machine(root, platform.machine())
    sys.stdout.write(f"Taken out, because the functions never use it: {saved / 2**20:.0f} MiB\n")
