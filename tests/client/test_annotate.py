import pytest
from PIL import Image

from src.client.annotate import annotate
from src.client.ledger import Ledger
from src.client.originals import inside, picture_of
from src.pipeline.contracts import FaceResult, Response, Status
from src.pipeline.drawing import KNOWN
from src.pipeline.errors import OutputError, UsageError
from src.pipeline.settings import Settings

SETTINGS = Settings()


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "frames"
    (made / "cam 1").mkdir(parents=True)
    for name in ("a.jpg", "cam 1/b.png", "c.jpg"):
        Image.new("RGB", (200, 150), (90, 90, 90)).save(made / name)
    (made / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    return made


@pytest.fixture
def ledger(tmp_path, folder):
    made = Ledger(tmp_path / "r.sqlite")
    made.add(["a.jpg", "cam 1/b.png", "c.jpg", "broken.jpg", "gone.jpg", "../outside.jpg"])
    face = FaceResult("Ada", 0.3, (50.0, 50.0, 120.0, 140.0), 0.99)
    for frame, status in zip(made.frames(), (Status.RECOGNIZED, Status.RECOGNIZED, Status.NO_FACE), strict=False):
        faces = (face,) if status is Status.RECOGNIZED else ()
        made.answered(Response(frame.request_id, "run", "?", status, faces, "dlib"))
    yield made
    made.close()


def test_frames_are_written_with_their_boxes_and_what_cannot_be_read_is_counted(ledger, folder, tmp_path):
    target = tmp_path / "annotated"
    assert annotate(ledger, folder, target, SETTINGS) == (3, 3)
    written = sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())
    assert written == ["a.jpg", "c.jpg", "cam 1/b.png.jpg"]
    for name, framed in (("a.jpg", True), ("cam 1/b.png.jpg", True), ("c.jpg", False)):
        with Image.open(target / name) as picture:
            assert (picture.format, picture.size) == ("JPEG", (200, 150))
            near = [abs(a - b) for a, b in zip(picture.getpixel((51, 100)), KNOWN, strict=True)]
            assert (max(near) < 40) is framed


def test_a_target_that_is_a_file_is_one_clear_error(ledger, folder, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match=r"taken.* cannot be written"):
        annotate(ledger, folder, tmp_path / "taken", SETTINGS)


def test_the_frames_themselves_are_never_replaced(ledger, folder):
    before = (folder / "a.jpg").read_bytes()
    with pytest.raises(UsageError, match="holds the frames themselves"):
        annotate(ledger, folder, folder / "cam 1" / "..", SETTINGS)
    assert (folder / "a.jpg").read_bytes() == before


@pytest.mark.parametrize("name", ["../x.jpg", "/etc/hostname", "a/../../x.jpg", "a\0b.jpg"])
def test_no_name_leads_out_of_the_folder(name, folder):
    assert inside(folder, name) is None
    assert picture_of(folder, name, SETTINGS) is None


def test_a_name_that_no_file_system_takes_is_no_picture(folder):
    assert picture_of(folder, "x" * 5000, SETTINGS) is None
    assert picture_of(folder, "\ud800.jpg", SETTINGS) is None
