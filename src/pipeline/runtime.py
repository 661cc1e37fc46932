"""The serving runtimes behind one small protocol: OpenVINO for exported networks, dlib for its own."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import threading
from functools import lru_cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from src.pipeline.errors import ModelError
from src.pipeline.manifest import AGAIN

Array = NDArray[np.float32]
PACKAGE, COMPILED = "openvino", "openvino._pyopenvino"
CPU_FACTS = Path("/proc/cpuinfo")  # only Linux has it
INSTRUCTIONS = ("sse4", "avx", "amx", "fma", "f16c", "asimd", "sve", "sme", "bf16", "i8mm")  # that kernels are made of
_STARTING = threading.Lock()  # networks are loaded in threads
DLIB_PACKAGE, DLIB_FILE = "face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat"


class Session(Protocol):
    """A loaded network."""

    def run(self, data: Array) -> list[Array]:
        """The network's float32 outputs for one batch; they are good until the next run."""
        ...


class OpenVinoSession:
    """One exported network on the CPU. Used by one thread at a time.

    precision: ``f32``, or ``bf16`` for half the time where the processor has it (elsewhere it is ``f32`` all the same).
    batch: run this many at a time, the last ones filled up. The runtime builds its kernels anew for each new shape,
    which takes longer than what is filled in.
    prepared: the same network from ``prepared_network`` for that precision and batch, on such a processor.
    """

    def __init__(
        self,
        path: Path,
        threads: int,
        *,
        precision: str = "f32",
        batch: int | None = None,
        prepared: Path | None = None,
    ) -> None:
        self._batch = batch
        try:
            if prepared:
                content = _native().Tensor(np.fromfile(prepared, np.uint8))
                compiled = _core().import_model(content, "CPU", _config(threads, precision))
                size = compiled.inputs[0].partial_shape[0]
                if not size.is_static or size.get_length() != batch:
                    raise ModelError(f"{prepared} is not for batches of {batch}. {AGAIN}")
            else:
                compiled = _compiled(path, threads, precision, batch)
            self._request, self._count = compiled.create_infer_request(), len(compiled.outputs)
        except RuntimeError as error:
            raise ModelError(f"{prepared or path} cannot be loaded: {error}") from error

    def run(self, data: Array) -> list[Array]:
        batch = self._batch
        if batch is None or len(data) == batch:
            return self._outputs(data)
        parts = [self._filled(data[first : first + batch], batch) for first in range(0, len(data), batch)]
        return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]

    def _filled(self, part: Array, batch: int) -> list[Array]:
        count = len(part)
        if count < batch:
            part = np.concatenate([part, np.zeros((batch - count, *part.shape[1:]), np.float32)])
        return [output[:count].copy() for output in self._outputs(part)]

    def _outputs(self, data: Array) -> list[Array]:
        tensor = _native().Tensor(np.ascontiguousarray(data), shared_memory=True)
        self._request.infer(tensor, share_outputs=True, decode_strings=False)
        return [self._request.get_output_tensor(number).data for number in range(self._count)]


def prepared_network(path: Path, *, precision: str, batch: int) -> bytes:
    """A network as the runtime serves it on processors of this kind: it loads in a fifth of the time."""
    content: bytes = _compiled(path, 1, precision, batch).export_model().getvalue()
    return content


def kind_of_processor() -> str | None:
    """What a prepared network is good for: this runtime, and these instructions. None where they are not known."""
    try:
        with CPU_FACTS.open(encoding="utf-8") as file:
            text = file.read(8192)  # of the first one; there may be hundreds
    except OSError:
        return None
    said = {words for line in text.splitlines() if line.startswith(("flags", "Features")) for words in line.split()}
    instructions = sorted(word for word in said if word.startswith(INSTRUCTIONS))
    core = _core()
    runtime = core.get_versions("CPU")["CPU"].build_number
    return " ".join([runtime, *sorted(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")), *instructions])


def _config(threads: int, precision: str) -> dict[str, Any]:
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": precision,
        "ENABLE_CPU_PINNING": False,  # several processes would all pin themselves to the first core
        **({"INFERENCE_NUM_THREADS": threads} if threads else {}),
    }


def _compiled(path: Path, threads: int, precision: str, batch: int | None) -> Any:
    model: Any = str(path)
    if batch:
        model = _core().read_model(model)
        model.reshape([batch, *list(model.input().partial_shape)[1:]])
    return _core().compile_model(model, "CPU", _config(threads, precision))


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


def _core() -> Any:
    with _STARTING:
        return _started()


@lru_cache(1)
def _started() -> Any:
    return _native().Core()


@lru_cache(1)
def _native() -> Any:
    """The runtime's compiled module without the package around it.

    The package imports sixteen sets of operators to build networks with, and a converter whose client reports usage
    over the network, if it can: 100 ms of a cold start for what serving never needs.
    """
    if PACKAGE in sys.modules or sys.platform == "win32":  # there the package finds the libraries
        return importlib.import_module(COMPILED)
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.submodule_search_locations is None:
        raise ModelError(f"The networks need the package {PACKAGE}; install requirements.txt.")
    # Under its own name, so that the package still finds it if it is imported later, and without a stand-in for the
    # package, which another thread could take for the real one.
    found = PathFinder.find_spec(COMPILED, list(spec.submodule_search_locations))
    if found is None or found.loader is None:
        raise ModelError(f"The package {PACKAGE} is incomplete; install requirements.txt again.")
    module = importlib.util.module_from_spec(found)
    sys.modules[COMPILED] = module
    try:
        found.loader.exec_module(module)
    except BaseException:
        del sys.modules[COMPILED]
        raise
    return module
