"""Exports every network there is, and the kernels, and writes the manifest that names them."""

from __future__ import annotations

import contextlib
import io
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from src.pipeline.detector import NETWORKS, prepared_batch
from src.pipeline.errors import ModelError, StorageUnavailable
from src.pipeline.export.compiled import save_kernels
from src.pipeline.export.convert import convert
from src.pipeline.export.networks import PRETRAINED, mtcnn, resnet
from src.pipeline.export.screen import save_screen
from src.pipeline.kernels import BLOCKS
from src.pipeline.manifest import PREPARED, PROCESSOR, Manifest, file_entry
from src.pipeline.models import recognizer
from src.pipeline.runtime import kind_of_processor, prepared_network
from src.pipeline.settings import Settings
from src.pipeline.sheets import PIXELS

STAGES = {"pnet": (PIXELS + 1, BLOCKS, BLOCKS), "rnet": (3, 24, 24), "onet": (3, 48, 48)}
CONNECT_S = 10


def export_all(settings: Settings, checkpoints: Mapping[str, Path], say: Callable[[str], None]) -> Manifest:
    """Export the detector, and each facenet recognizer whose weights are given or can be fetched.

    Raises ModelError when the folder cannot be written, or a network or the kernels cannot be made.
    """
    folder, networks = settings.models_dir, {}
    _check_writable(folder)
    for name, network in mtcnn().items():
        worst = convert(network, STAGES[name], folder / f"{name}.xml")
        say(f"{name}: exported, within {worst:.1e} of torch")
    save_screen(folder / "sheet.xml")
    for name, precision in NETWORKS.items():
        path, prepared = folder / f"{name}.xml", folder / f"{name}{PREPARED}"
        prepared.write_bytes(prepared_network(path, precision=precision, batch=prepared_batch(name)))
        networks[name] = file_entry(folder, path.name, f"{name}.bin", prepared.name)
    say(f"{', '.join(NETWORKS)}: prepared for this kind of processor")
    networks |= (kernels := save_kernels(folder))
    say(f"{', '.join(kernels)}: compiled")
    for model in PRETRAINED:
        try:
            with _short_timeout(), contextlib.redirect_stderr(io.StringIO()):
                network = resnet(model, checkpoints.get(model))
        except StorageUnavailable as error:
            say(f"{model}: left out. {error}")
            continue
        side = recognizer(model).crop_px
        worst = convert(network, (3, side, side), folder / f"{model}.xml")
        say(f"{model}: exported, within {worst:.1e} of torch")
        networks[model] = file_entry(folder, f"{model}.xml", f"{model}.bin")
    made_with = {name: version(name) for name in ("torch", "facenet-pytorch", "openvino", "ziglang")}
    made_with[PROCESSOR] = kind_of_processor() or ""
    manifest = Manifest(networks, made_with)
    manifest.save(folder)
    return manifest


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ModelError(f"{folder} cannot be written: {error.strerror}") from error


@contextlib.contextmanager
def _short_timeout() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(CONNECT_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
