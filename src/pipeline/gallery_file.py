"""The arrays of an uncompressed NumPy archive as views of its bytes: nothing is unpickled, and nothing is copied."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from mmap import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOCAL_HEADER = 30  # bytes of a zip entry before its name, whose length and its extra field's are the last four
LONGEST_HEADER = 1024


def write_arrays(arrays: dict[str, NDArray[Any]]) -> bytes:
    """An ``.npz`` file. With a name of ten letters the first array's data begins at a multiple of 64 bytes, as
    matrix products want it (30 of the entry's header, 14 of its name, 20 of its extra field, 128 of NumPy's)."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def read_arrays(data: mmap) -> dict[str, NDArray[Any]]:
    """The arrays by name, read-only, on the memory of ``data``. Raises ValueError and what zipfile and NumPy raise."""
    found = {}
    with zipfile.ZipFile(data) as archive:  # type: ignore[call-overload]  # it is read and sought in like a file
        for entry in archive.infolist():
            found[entry.filename.removesuffix(".npy")] = _array(memoryview(data), entry)
    return found


def _array(data: memoryview, entry: zipfile.ZipInfo) -> NDArray[Any]:
    if entry.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{entry.filename} is compressed")
    lengths = data[entry.header_offset + 26 : entry.header_offset + LOCAL_HEADER]
    begin = entry.header_offset + LOCAL_HEADER + sum(int.from_bytes(lengths[at : at + 2], "little") for at in (0, 2))
    body = data[begin : begin + entry.file_size]
    if len(body) != entry.file_size or zlib.crc32(body) != entry.CRC:
        raise ValueError(f"{entry.filename} is damaged")
    header = io.BytesIO(body[:LONGEST_HEADER])
    if np.lib.format.read_magic(header) != (1, 0):
        raise ValueError(f"{entry.filename} is not of NumPy's format 1.0")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(header)
    if fortran or dtype.hasobject:
        raise ValueError(f"{entry.filename} is not a plain array")
    return np.frombuffer(body, dtype, math.prod(shape), header.tell()).reshape(shape)
