"""A torch module to a file of the serving runtime, checked against the module."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import openvino.opset1 as first_opset
import torch
from openvino.tools.ovc import convert_model

from src.pipeline.errors import ModelError

TOLERANCE = 1e-3


def convert(network: torch.nn.Module, sample: tuple[int, ...], path: Path) -> float:
    """Write the network with fp32 weights; the largest difference to torch on a random input.

    sample: the shape of one input; how many there are together may vary. Raises ModelError when the two differ by more
    than TOLERANCE.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    example = (2, *sample)
    openvino.save_model(traced(network, (-1, *sample), example), path, compress_to_fp16=False)
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
        model = convert_model(network, example_input=torch.randn(example), input=[list(shape)])
    _without_indices(model)
    return model


def _without_indices(model: openvino.Model) -> None:
    """Pooling that does not also say where each maximum was: nobody asks, and it costs time."""
    for step in model.get_ordered_ops():
        if step.get_type_name() == "MaxPool":
            how = step.get_attributes()
            rounding = "floor" if how["rounding_type"] == "floor" else "ceil"  # torch's kind of it needs the indices
            sides = (how[name] for name in ("strides", "pads_begin", "pads_end", "kernel"))
            pool = first_opset.max_pool(step.input_value(0), *sides, rounding)
            for reader in step.output(0).get_target_inputs():
                reader.replace_source_output(pool.output(0))
    model.validate_nodes_and_infer_types()
