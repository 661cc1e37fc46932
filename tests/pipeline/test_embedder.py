"""Embeddings as torch makes them, from a checkpoint in the format of facenet-pytorch's release."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from facenet_pytorch import fixed_image_standardization

from src.pipeline.embedder import Embedder
from src.pipeline.errors import ModelError
from src.pipeline.export.convert import convert
from src.pipeline.export.networks import resnet
from src.pipeline.manifest import Manifest, file_entry
from src.pipeline.settings import Settings
from tests.random_weights import MODEL, random_checkpoint


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_checkpoint(tmp_path_factory.mktemp("checkpoint") / "vggface2.pt")


@pytest.fixture(scope="module")
def settings(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("models")
    convert(resnet(MODEL, checkpoint), (3, 160, 160), folder / f"{MODEL}.xml")
    Manifest({MODEL: file_entry(folder, f"{MODEL}.xml", f"{MODEL}.bin")}, {}).save(folder)
    return replace(Settings.load({}, threads=1), models_dir=folder)


@pytest.fixture
def crops() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (35, 160, 160, 3), np.uint8)


def test_embeddings_are_torchs(checkpoint: Path, settings: Settings, crops: np.ndarray) -> None:
    network = resnet(MODEL, checkpoint)
    found = Embedder.load(settings, MODEL).embed(crops)
    with torch.no_grad():
        data = fixed_image_standardization(torch.tensor(crops).permute(0, 3, 1, 2).float())
        wanted = network(data).numpy()
    assert found.shape == (35, 512)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert (found * wanted).sum(axis=1).min() >= 0.9999


def test_a_face_has_the_same_embedding_in_any_batch(settings: Settings, crops: np.ndarray) -> None:
    embedder = Embedder.load(settings, MODEL)
    together = embedder.embed(crops)
    alone = np.concatenate([embedder.embed(crops[:1]), embedder.embed(crops[-1:])])
    np.testing.assert_allclose(alone, together[[0, -1]], atol=1e-4)
    assert embedder.embed(crops[:0]).shape == (0, 512)


def test_half_the_precision_is_a_setting(settings: Settings, crops: np.ndarray) -> None:
    """Where the processor has no bf16 it is fp32 all the same; either way it is nearly the same embedding."""
    exact = Embedder.load(settings, MODEL).embed(crops)
    half = Embedder.load(replace(settings, embed_precision="bf16"), MODEL).embed(crops)
    assert (exact * half).sum(axis=1).min() >= 0.999


def test_a_checkpoint_of_another_network(tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    torch.save(torch.nn.Linear(2, 2).state_dict(), path)
    with pytest.raises(ModelError, match=r"other\.pt is not a checkpoint of facenet-vggface2"):
        resnet(MODEL, path)
    path.write_bytes(b"no checkpoint at all")
    with pytest.raises(ModelError, match=r"other\.pt is not a checkpoint"):
        resnet(MODEL, path)


def test_a_checkpoint_cannot_run_code(tmp_path: Path) -> None:
    class Bad:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (exec, (f"open({str(tmp_path / 'ran')!r}, 'w')",))

    path = tmp_path / "bad.pt"
    torch.save(Bad(), path)
    with pytest.raises(ModelError, match=r"bad\.pt is not a checkpoint"):
        resnet(MODEL, path)
    assert not (tmp_path / "ran").exists()
