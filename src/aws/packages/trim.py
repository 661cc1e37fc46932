"""Takes out of installed wheels what the functions never use. The image's build runs it alone: standard library only.

``python trim.py FOLDER`` prints what was saved.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

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
    "numpy/f2py", "numpy/_core/include", "numpy/**/*.a", "**/tests", "bin", "**/__pycache__", "**/*.pyi",
)  # fmt: skip


def trim(folder: Path) -> int:
    """Remove what is unused from a folder of installed wheels; the bytes saved."""
    before = size_of(folder)
    for path in sorted({*_unused(folder), *_services(folder)}):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():  # it may have been in a folder that has gone
            path.unlink()
    return before - size_of(folder)


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
    saved = trim(Path(sys.argv[1]))
    sys.stdout.write(f"Taken out, because the functions never use it: {saved / 2**20:.0f} MiB\n")
