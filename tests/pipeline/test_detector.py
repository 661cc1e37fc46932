"""Our detector beside facenet-pytorch's, on real photos of many sizes, and on shapes that no camera makes."""

import resource
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from src.pipeline import pyramid
from src.pipeline.area import SummedArea
from src.pipeline.detector import Detector
from src.pipeline.settings import PROJECT_ROOT, Settings
from tests.parity import Parity, reference_detector, reference_faces

SAMPLES = sorted(
    path
    for folder in ("input_folder", "gallery")
    for path in (PROJECT_ROOT / folder).rglob("*")
    if path.suffix in {".jpg", ".png", ".jpeg"}
)
Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load(Settings.load({}, threads=1))


def opened(path, height: int = 0) -> Picture:
    image = Image.open(path).convert("RGB")
    return np.asarray(image.resize((max(1, round(image.width * height / image.height)), height)) if height else image)


def crowd() -> Picture:
    """1920 × 1080: all samples side by side, small."""
    page = Image.new("RGB", (1920, 1080), (90, 110, 130))
    for number, path in enumerate(SAMPLES):
        photo = Image.open(path).convert("RGB")
        photo.thumbnail((300, 260))
        page.paste(photo, (number % 6 * 315 + 7 * (number % 3), number // 6 * 265 % 1000))
    return np.asarray(page)


def assert_same(parity: Parity) -> None:
    figures = parity.figures()
    assert figures["faces_reference"] > 0
    assert figures["faces_matched"] == figures["faces_reference"]
    assert figures["faces_extra"] == 0
    assert figures["mean_iou"] >= 0.99
    assert figures["max_landmark_px"] <= 1.5


@pytest.mark.parametrize("height", [0, 240, 719])
def test_the_faces_are_the_references(height: int, detector: Detector) -> None:
    parity = Parity()
    for path in SAMPLES:
        image = opened(path, height)
        parity.add(detector.detect(image), reference_faces(image))
    assert_same(parity)


def test_a_crowd_at_1080p(detector: Detector) -> None:
    image, parity = crowd(), Parity()
    parity.add(detector.detect(image), reference_faces(image))
    assert parity.faces_reference >= 15
    assert_same(parity)


@pytest.mark.parametrize("size", [(61, 83), (97, 64), (120, 41), (433, 301), (640, 213)])
def test_every_cell_that_the_reference_passes_is_looked_at(size: tuple[int, int], detector: Detector) -> None:
    """P-Net's own candidates, cell by cell, also at odd ends and where a size is looked at in pieces."""
    import torch
    from facenet_pytorch.models.utils.detect_face import imresample

    photo = Image.open(SAMPLES[0]).convert("RGB")
    image = np.asarray(photo.resize(size))
    height, width = image.shape[:2]
    wanted = []
    for scale in pyramid.scales(height, width, min_face_size=20, factor=0.709):
        data = torch.tensor(image).permute(2, 0, 1)[None].float()
        level = imresample(data, (int(height * scale + 1), int(width * scale + 1)))
        with torch.no_grad():
            _, probabilities = reference_detector().pnet((level - 127.5) * 0.0078125)
        rows, columns = torch.nonzero(probabilities[0, 1] >= 0.6, as_tuple=True)
        lefts, tops = (((2 * places.float() + 1) / scale).floor().tolist() for places in (columns, rows))
        wanted += [(round(scale, 4), left, top) for left, top in zip(lefts, tops, strict=True)]
    found = [
        (round(float(box[9]), 4), box[0], box[1])
        for boxes in detector.proposer.looked_at(SummedArea(image, detector.kernels))
        for box in boxes
    ]
    assert sorted(found) == sorted(wanted)
    assert wanted


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 12_000), (12_000, 1), (19, 19), (20, 20), (12_000, 40), (40, 12_000), (21, 9_999)]
)
def test_odd_shapes_have_no_faces(shape: tuple[int, int], detector: Detector) -> None:
    rng = np.random.default_rng(0)
    assert len(detector.detect(rng.integers(0, 255, (*shape, 3), np.uint8))) == 0


def test_a_face_in_a_long_panorama(detector: Detector) -> None:
    face = Image.open(PROJECT_ROOT / "gallery" / "Grace Hopper" / "portrait.jpg").convert("RGB")
    face.thumbnail((400, 400))
    strip = np.full((face.height, 12_000, 3), 128, np.uint8)
    strip[:, 7_001 : 7_001 + face.width] = np.asarray(face)
    found = detector.detect(strip)
    assert len(found) == 1
    assert 7_000 < found.boxes[0, 0] < found.boxes[0, 2] < 7_001 + face.width


def test_the_smallest_face_is_a_setting() -> None:
    image = opened(SAMPLES[0], 480)
    all_faces = Detector.load(Settings.load({}, threads=1)).detect(image)
    large = Detector.load(Settings.load({}, threads=1, min_face_size=400)).detect(image)
    assert len(all_faces) >= 1
    assert len(large) == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's memory")
def test_a_frame_takes_its_memory_from_the_last_one(detector: Detector) -> None:
    """New pages from the system cost a frame more than its candidates do."""
    frame = np.asarray(Image.open(SAMPLES[0]).convert("RGB").resize((1280, 720)))
    for _ in range(3):
        detector.detect(frame)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    detector.detect(frame)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 300
