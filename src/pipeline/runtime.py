"""The serving runtimes behind one small protocol: OpenVINO for exported networks, dlib for its own."""

from __future__ import annotations

import importlib.util
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from src.pipeline.errors import ModelError

Array = NDArray[np.float32]
DLIB_PACKAGE, DLIB_FILE = "face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat"


class Session(Protocol):
    """A loaded network."""

    def run(self, data: Array) -> list[Array]:
        """The network's outputs for one batch; float32 in, float32 out."""
        ...


class OpenVinoSession:
    """One exported network on the CPU, in fp32. Used by one thread at a time."""

    def __init__(self, path: Path, threads: int) -> None:
        config = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
            **({"INFERENCE_NUM_THREADS": threads} if threads else {}),
        }
        try:
            self._request = _core().compile_model(str(path), "CPU", config).create_infer_request()
        except RuntimeError as error:
            raise ModelError(f"{path} cannot be loaded: {error}") from error

    def run(self, data: Array) -> list[Array]:
        found = self._request.infer([data], share_inputs=True)
        return [found[number] for number in range(len(found))]


class DlibSession:
    """dlib's face recognition ResNet: (N, 150, 150, 3) uint8 RGB in, (N, 128) float32 out."""

    def __init__(self) -> None:
        import _dlib_pybind11 as dlib

        path = dlib_weights()
        try:
            self._network = dlib.face_recognition_model_v1(str(path))
        except RuntimeError as error:
            raise ModelError(f"{path} cannot be loaded: {error}") from error

    def embed(self, crops: NDArray[np.uint8]) -> Array:
        found = [self._network.compute_face_descriptor(np.ascontiguousarray(crop)) for crop in crops]
        return np.array(found, np.float32).reshape(len(crops), 128)


def dlib_weights() -> Path:
    """dlib's weights in the package that carries them, which is found without importing it.

    Raises ModelError when it is not installed.
    """
    spec = importlib.util.find_spec(DLIB_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(f"The dlib recognizer needs the package {DLIB_PACKAGE}; install requirements.txt.")
    return Path(spec.origin).parent / DLIB_FILE


def threads_of(wanted: int) -> int:
    """Threads per network: what is wanted, or what the machine gives this process."""
    return wanted or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else wanted or os.cpu_count() or 1


@lru_cache(1)
def _core() -> Any:
    import openvino

    return openvino.Core()
