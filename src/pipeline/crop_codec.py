"""Face crops as text in a message, or as bytes in the bucket: the same pixels out as in."""

from __future__ import annotations

import base64
import binascii
import io
import zlib

import numpy as np
from numpy.typing import NDArray

from src.pipeline.errors import ContractError

Crops = NDArray[np.uint8]


def pack(crops: Crops) -> bytes:
    """(N, S, S, 3) uint8 RGB to bytes: a NumPy array file (no pickle), deflated.

    Level 1: the higher levels save a few percent and cost several times the time.
    """
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(crops), allow_pickle=False)
    return zlib.compress(file.getvalue(), 1)


def unpack(data: bytes, *, side: int, faces: int) -> Crops:
    """Bytes of ``pack`` to (faces, side, side, 3) uint8 RGB. Raises ContractError when they are anything else."""
    limit = faces * side * side * 3 + 1024
    try:
        inflater = zlib.decompressobj()
        file = io.BytesIO(inflater.decompress(data, limit))
        crops: Crops = np.lib.format.read_array(file, allow_pickle=False)  # np.load would also open a zip archive
    except Exception as error:  # NumPy's reader raises whatever a damaged header leads it to, down to SyntaxError
        raise ContractError(f"The crops cannot be read: {error}.") from None
    if crops.dtype != np.uint8 or crops.shape != (faces, side, side, 3):
        raise ContractError(
            f"The crops are {crops.dtype} {crops.shape}; expected uint8 {(faces, side, side, 3)}. "
            "Are both functions set to the same recognizer?"
        )
    return crops


def to_text(data: bytes) -> str:
    """Bytes as base64."""
    return base64.b64encode(data).decode("ascii")


def from_text(text: str) -> bytes:
    """Base64 to bytes. Raises ContractError when it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ContractError(f"The crops are not base64: {error}.") from None
