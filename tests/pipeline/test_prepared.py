"""Networks that were prepared for this kind of processor: the same answers, and elsewhere they are not taken."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from src.pipeline import runtime
from src.pipeline.detector import BATCHES, NETWORKS, Detector, prepared_batch
from src.pipeline.errors import ModelError
from src.pipeline.manifest import PREPARED, PROCESSOR, Manifest
from src.pipeline.runtime import OpenVinoSession, kind_of_processor
from src.pipeline.settings import Settings

SHAPES = {"pnet": (13, 6, 6), "rnet": (3, 24, 24), "onet": (3, 48, 48), "sheet": (13, 112, 132)}


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Callable[[Settings], set[str]]:
    """The networks that were taken as they were prepared."""

    def load(settings: Settings) -> set[str]:
        taken = set()

        class Watched(OpenVinoSession):
            def __init__(self, path: Path, *args: int, prepared: Path | None = None, **rest: object) -> None:
                super().__init__(path, *args, prepared=prepared, **rest)  # type: ignore[arg-type]
                taken.update({prepared.stem} if prepared else ())

        monkeypatch.setattr("src.pipeline.detector.OpenVinoSession", Watched)
        Detector.load(settings)
        return taken

    return load


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("threads", [1, 2])
def test_the_answers_are_the_same(name: str, threads: int) -> None:
    path, batch = Settings.load({}).models_dir / f"{name}.xml", prepared_batch(name)
    data = np.random.default_rng(5).uniform(-1, 1, (batch, *SHAPES[name])).astype(np.float32)
    precision = NETWORKS[name]
    compiled = OpenVinoSession(path, threads, precision=precision, batch=batch)
    prepared = OpenVinoSession(path, threads, precision=precision, batch=batch, prepared=path.with_suffix(PREPARED))
    for ours, wanted in zip(prepared.run(data), compiled.run(data), strict=True):
        np.testing.assert_array_equal(ours, wanted)


def test_they_are_taken_where_they_fit(settings: Settings, loaded: Callable[[Settings], set[str]]) -> None:
    assert loaded(settings) == set(NETWORKS)
    assert loaded(replace(settings, threads=2)) == set(BATCHES)  # the screen looks at as many sheets as threads


def test_a_file_of_another_network(settings: Settings) -> None:
    folder = settings.models_dir
    for name, another in (("pnet", "rnet"), ("rnet", "onet"), ("onet", "sheet"), ("sheet", "pnet")):
        network, prepared = folder / f"{name}.xml", folder / f"{another}{PREPARED}"
        with pytest.raises(ModelError, match=f"{another}{PREPARED} is not for batches of {prepared_batch(name)}"):
            OpenVinoSession(network, 1, batch=prepared_batch(name), prepared=prepared)


def test_another_processor_compiles(settings: Settings, loaded: Callable[[Settings], set[str]]) -> None:
    path = settings.models_dir / "manifest.json"
    value = json.loads(path.read_text())
    for other in ({PROCESSOR: value["made_with"][PROCESSOR] + " avx4096"}, {PROCESSOR: ""}, {}):
        value["made_with"] = {key: known for key, known in value["made_with"].items() if key != PROCESSOR} | other
        path.write_text(json.dumps(value))
        assert loaded(settings) == set()


def test_a_system_that_does_not_say_what_its_processor_can(
    settings: Settings, loaded: Callable[[Settings], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Manifest.load(settings.models_dir).made_with[PROCESSOR] == kind_of_processor()
    monkeypatch.setattr(runtime, "CPU_FACTS", settings.models_dir / "none")
    assert kind_of_processor() is None
    assert loaded(settings) == set()
