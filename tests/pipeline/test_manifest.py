"""A model file that is not the one that was exported is never served."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from src.pipeline.detector import Detector
from src.pipeline.embedder import Embedder
from src.pipeline.errors import ModelError
from src.pipeline.kernels import kernels_name
from src.pipeline.manifest import Manifest
from src.pipeline.settings import Settings

KERNELS = next(iter(Manifest.load(Settings.load({}).models_dir).networks[kernels_name()]))


def test_what_was_exported_is_served(settings: Settings) -> None:
    Detector.load(settings)


@pytest.mark.parametrize("name", ["pnet.xml", "pnet.bin", "sheet.bin", "rnet.bin", "onet.xml", "onet.blob", KERNELS])
def test_a_file_that_is_missing_cut_short_or_another(name: str, settings: Settings) -> None:
    path = settings.models_dir / name
    whole = path.read_bytes()
    for content in (whole[:-1], whole[: len(whole) // 2], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        path.write_bytes(content)
        with pytest.raises(ModelError, match=f"{name} is not the file that was exported"):
            Detector.load(settings)
    path.unlink()
    with pytest.raises(ModelError, match=name):
        Detector.load(settings)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"networks": {}}',
        '{"networks": [], "made_with": {}}',
        "null",
        '{"networks": null, "made_with": {}}',
    ],
)
def test_a_manifest_that_is_no_manifest(content: str, settings: Settings) -> None:
    (settings.models_dir / "manifest.json").write_text(content)
    with pytest.raises(ModelError, match=r"python -m src\.pipeline\.export"):
        Detector.load(settings)


@pytest.mark.parametrize(
    "part",
    [{"made_with": []}, {"made_with": None}, {"networks": [KERNELS]}]
    + [{"networks": {kernels_name(): files}} for files in (None, [], {})],
)
def test_a_manifest_of_other_types(part: dict[str, object], settings: Settings) -> None:
    path = settings.models_dir / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | part))
    with pytest.raises(ModelError, match=r"python -m src\.pipeline\.export"):
        Detector.load(settings)


def test_a_manifest_without_a_network(settings: Settings) -> None:
    path = settings.models_dir / "manifest.json"
    value = json.loads(path.read_text())
    del value["networks"]["onet"]
    path.write_text(json.dumps(value))
    with pytest.raises(ModelError, match="lists no onet"):
        Detector.load(settings)


def test_no_models_at_all(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"manifest\.json does not exist\. Export the models: make models"):
        Embedder.load(replace(Settings.load({}), models_dir=tmp_path), "facenet-vggface2")


def test_a_network_of_another_kind_under_the_right_hash(settings: Settings) -> None:
    """A file that the manifest vouches for and the runtime cannot read: an error too, no crash."""
    from src.pipeline.manifest import file_entry

    folder = settings.models_dir
    value = json.loads((folder / "manifest.json").read_text())
    for name, files in (("pnet.xml", ("pnet.xml", "pnet.bin")), ("pnet.blob", ("pnet.xml", "pnet.bin", "pnet.blob"))):
        before = (folder / name).read_bytes()
        (folder / name).write_text("<net>")
        value["networks"]["pnet"] = file_entry(folder, *files)
        (folder / "manifest.json").write_text(json.dumps(value))
        with pytest.raises(ModelError, match=rf"{name} cannot be loaded"):
            Detector.load(settings)
        (folder / name).write_bytes(before)
