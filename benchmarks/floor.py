"""What the detector's networks must compute for a frame, beside what the processor can."""

from __future__ import annotations

import time

import numpy as np
import openvino
import openvino.opset13 as opset

from src.pipeline.pyramid import scales
from src.pipeline.settings import Settings

# Multiplications per position of each convolution: inputs × outputs × kernel, and how many positions per pixel.
PNET = ((3 * 10 * 9, 1), (10 * 16 * 9, 1 / 4), (16 * 32 * 9, 1 / 4), (32 * 6, 1 / 4))
RNET = 3 * 28 * 9 * 22**2 + 28 * 48 * 9 * 9**2 + 48 * 64 * 4 * 3**2 + 576 * 128 + 128 * 6
ONET = 3 * 32 * 9 * 46**2 + 32 * 64 * 9 * 21**2 + 64 * 64 * 9 * 8**2 + 64 * 128 * 4 * 3**2 + 1152 * 256 + 256 * 16


def operations(settings: Settings, height: int, width: int, rnet: int, onet: int) -> float:
    """Floating-point operations (two per multiplication) for a frame with so many candidates per stage."""
    sizes = scales(height, width, settings.min_face_size, settings.pyramid_factor)
    pixels = sum(int(height * s + 1) * int(width * s + 1) for s in sizes)
    return 2 * (pixels * sum(cost * share for cost, share in PNET) + rnet * RNET + onet * ONET)


def peak(size: int = 512, repeats: int = 30) -> float:
    """fp32 operations per second of a matrix product on one core, the best of some: the processor's practical peak.

    The serving runtime's own product: numpy's library leaves half of a new processor's registers unused.
    """
    values = np.random.default_rng(0).standard_normal((size, size), np.float32)
    given = opset.parameter([size, size], np.float32)
    product = openvino.Model([opset.matmul(given, opset.constant(values), False, False)], [given])
    config = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    request = openvino.compile_model(product, "CPU", config).create_infer_request()
    request.infer([values])
    best = float("inf")
    for _ in range(repeats):
        begin = time.perf_counter()
        request.infer()
        best = min(best, time.perf_counter() - begin)
    return 2 * size**3 / best
