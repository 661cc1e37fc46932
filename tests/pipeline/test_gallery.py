"""Matching, and the gallery's file."""

import io
from pathlib import Path

import numpy as np
import pytest

from src.pipeline.calibration import Calibration
from src.pipeline.errors import GalleryError
from src.pipeline.gallery import Gallery

RANDOM = np.random.default_rng(1)
SET = Calibration(0.45, 0.1, 0.001, 20, "measured", "here", 10, 30, 60, 270, notes=("Ünï",))


def gallery_of(people: int, photos: int, calibration: Calibration | None = None) -> Gallery:
    """Random directions, shuffled: a person's embeddings need not lie together."""
    embeddings = RANDOM.standard_normal((people * photos, 128)).astype(np.float32)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    person = RANDOM.permutation(np.repeat(np.arange(people, dtype=np.int32), photos))
    return Gallery("dlib", tuple(f"p{n}" for n in range(people)), person, embeddings, calibration)


def line_of(*places: float) -> np.ndarray:
    """Embeddings on one line: their distances are the differences of the places."""
    made = np.zeros((len(places), 128), np.float32)
    made[:, 0] = places
    return made


def test_the_same_as_looking_at_every_distance():
    gallery = gallery_of(40, 3)
    faces = RANDOM.standard_normal((150, 128)).astype(np.float32) / 11
    for face, match in zip(faces, gallery.match(faces, threshold=1.35), strict=True):
        distances = np.linalg.norm(gallery.embeddings - face, axis=1)
        each = [distances[gallery.person == person].min() for person in range(40)]
        first, second = np.argsort(each)[:2]
        assert match.distance == pytest.approx(each[first], abs=1e-5)
        assert match.runner_up == pytest.approx(each[second], abs=1e-5)
        assert match.name == (f"p{first}" if each[first] <= 1.35 else None)


def test_an_embedding_is_no_distance_from_itself():
    gallery = gallery_of(5, 2)
    for match, person in zip(gallery.match(gallery.embeddings), gallery.person, strict=True):
        assert (match.name, match.distance) == (gallery.people[person], 0.0)


def test_a_second_person_as_near_makes_a_face_unknown():
    gallery = Gallery("dlib", ("a", "b"), np.array([0, 0, 1], np.int32), line_of(0, 0.01, 0.3))
    face = line_of(0.13)
    assert gallery.match(face)[0].name == "a"
    match = gallery.match(face, margin=0.1)[0]
    assert match.name is None and match.distance == pytest.approx(0.12) and match.runner_up == pytest.approx(0.17)
    # Two photos of one person are not a first and a second person.
    assert gallery.match(line_of(0), margin=0.1)[0].name == "a"
    alone = Gallery("dlib", ("a",), np.zeros(2, np.int32), line_of(0, 0.01), SET)
    assert (alone.match(line_of(0))[0].name, alone.match(line_of(0))[0].runner_up) == ("a", None)


def test_threshold_and_margin_are_the_gallerys_unless_others_are_asked_for():
    plain, calibrated = gallery_of(3, 1), gallery_of(3, 1, SET)
    assert (plain.threshold, plain.margin) == (0.5, 0)
    assert (calibrated.threshold, calibrated.margin) == (0.45, 0.1)
    one = Gallery("dlib", ("a",), np.zeros(1, np.int32), line_of(0), SET)
    assert [one.match(line_of(0.47), threshold=t)[0].name for t in (None, 0.48)] == [None, "a"]


def test_nobody_enrolled_and_no_faces():
    (match,) = Gallery.empty("dlib").match(line_of(0))
    assert (match.name, match.distance) == (None, None)
    assert gallery_of(2, 1).match(line_of()) == []


def test_a_file_holds_all_of_it_and_is_not_copied(tmp_path: Path):
    for gallery in (gallery_of(7, 2, SET), Gallery.empty("dlib")):
        data = gallery.to_bytes()
        path = tmp_path / "it.npz"
        path.write_bytes(data)
        for read in (
            Gallery.from_bytes(data, model="dlib", source="it"),
            Gallery.open(path, model="dlib"),
        ):
            assert (read.model, read.people, read.calibration) == (gallery.model, gallery.people, gallery.calibration)
            np.testing.assert_array_equal(read.person, gallery.person)
            np.testing.assert_array_equal(read.embeddings, gallery.embeddings)
            assert not read.embeddings.flags.owndata and read.embeddings.ctypes.data % 64 == 0
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:  # it is an ordinary NumPy archive
            np.testing.assert_array_equal(archive["embeddings"], gallery.embeddings)


def test_every_shorter_file_and_every_damage_is_noticed():
    data = gallery_of(3, 1, SET).to_bytes()
    for length in range(0, len(data), 7):
        with pytest.raises(GalleryError, match=r"^it is not a gallery, or is cut short"):
            Gallery.from_bytes(data[:length], model="dlib", source="it")
    flipped = bytearray(data)
    flipped[600] ^= 1  # in the embeddings
    with pytest.raises(GalleryError, match="damaged"):
        Gallery.from_bytes(bytes(flipped), model="dlib", source="it")


def test_of_another_model_or_format_or_nothing(tmp_path: Path):
    with pytest.raises(GalleryError, match="was enrolled with facenet-vggface2, but dlib is in use"):
        Gallery.from_bytes(Gallery.empty("facenet-vggface2").to_bytes(), model="dlib", source="it")
    file = io.BytesIO()
    np.savez(file, model=np.array("dlib"), format=np.array(1))
    with pytest.raises(GalleryError, match="has gallery format 1; this version reads 2"):
        Gallery.from_bytes(file.getvalue(), model="dlib", source="it")
    empty = tmp_path / "empty.npz"
    empty.touch()
    with pytest.raises(GalleryError, match=r"empty\.npz cannot be read"):
        Gallery.open(empty, model="dlib")
    with pytest.raises(GalleryError, match=r"absent\.npz cannot be read: No such file"):
        Gallery.open(tmp_path / "absent.npz", model="dlib")


@pytest.mark.parametrize(
    ("people", "person", "embeddings", "says"),
    [
        (("a",), [1], line_of(0), "people it does not list"),
        (("a",), [0, 0], line_of(0), "needs float32"),
        (("a",), [0], line_of(0).astype(np.float64), "needs float32"),
        (("a",), [0], line_of(np.nan), "not all finite"),
    ],
)
def test_fields_that_do_not_fit(people, person, embeddings, says):
    with pytest.raises(GalleryError, match=says):
        Gallery("dlib", people, np.array(person, np.int32), embeddings)
