"""A torch module to a file of the serving runtime, checked against the module."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import torch
from openvino.tools.ovc import convert_model

from src.pipeline.errors import ModelError

TOLERANCE = 1e-3


def convert(network: torch.nn.Module, shape: Sequence[int], example: tuple[int, ...], path: Path) -> float:
    """Write the network with fp32 weights; the largest difference to torch on a random input.

    shape: of the input, -1 where it may vary. Raises ModelError when the two differ by more than TOLERANCE.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    openvino.save_model(traced(network, shape, example), path, compress_to_fp16=False)
    torch.manual_seed(0)
    data = torch.randn(example)
    with torch.no_grad():
        wanted = network(data)
    compiled = openvino.compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = compiled(data.numpy())
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    worst = max(float(np.abs(found[number] - part.numpy()).max()) for number, part in enumerate(wanted))
    if not worst <= TOLERANCE:
        raise ModelError(f"{path.name} differs from torch by {worst:.2g}; at most {TOLERANCE} is expected.")
    return worst


def traced(network: torch.nn.Module, shape: Sequence[int], example: tuple[int, ...]) -> Any:
    """The network as a model of the serving runtime."""
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch's, about the tracing that OpenVINO asks it for
        return convert_model(network, example_input=torch.randn(example), input=[list(shape)])
