"""``python -m src.aws people`` as a user runs it, while functions serve the gallery."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from src.aws.__main__ import main as aws_main
from src.aws.deploy import down, up
from src.aws.local import EmbeddedStack
from src.aws.people.office import Office
from src.client.ledger import Ledger
from src.pipeline.contracts import FaceResult, Response, Status
from src.pipeline.deployment import Deployment
from src.pipeline.settings import PROJECT_ROOT, Settings
from src.pipeline.stores import Connection, ResultTable
from tests.aws.test_commands import environment
from tests.conftest import GALLERY, SAMPLES

Done = subprocess.CompletedProcess[str]


class Machine:
    """A deployment's command line."""

    def __init__(self, record: Path, folder: Path, settings: Settings) -> None:
        self.record, self.folder, self.up_settings = record, folder, settings
        deployment = Deployment.load(record)
        assert deployment is not None
        self.settings = deployment.settings(Settings.load({}))

    def run(self, module: str, *flags: str) -> Done:
        return subprocess.run(
            [sys.executable, "-m", module, *flags],
            cwd=PROJECT_ROOT, env=environment(self.record), capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def people(self, *flags: str, code: int = 0) -> str:
        done = self.run("src.aws", "people", *flags)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr

    def client(self, *frames: str) -> tuple[dict[str, dict[str, object]], Done]:
        """The records of some of the samples by name, and the client's run."""
        source, out = self.folder / "input", self.folder / "out"
        shutil.rmtree(source, ignore_errors=True)
        source.mkdir()
        for frame in frames:
            shutil.copy(SAMPLES / frame, source / frame)
        done = self.run("src.client", "--input", str(source), "--out", str(out))
        return {r["filename"]: r for r in json.loads((out / "detections_aws.json").read_text())}, done


@pytest.fixture(scope="module")
def machine(embedded: EmbeddedStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("people")
    record = folder / "deployment.json"
    flags = {"prefix": "people", "recognizer": "dlib", "deployment_file": record}
    # The next command may come sooner than the two seconds after which a function looks for a newer gallery.
    settings = embedded.settings(Settings.load({}, gallery_check_s=0.1, **flags))
    up(settings).save(record)
    yield Machine(record, folder, settings)
    assert down(settings) == []


def test_the_life_of_a_person(machine: Machine) -> None:
    records, done = machine.client("obama_speech.jpg")
    assert records["obama_speech.jpg"]["result"] == "unknown"
    assert done.stderr.count("Nobody is enrolled: every face is unknown") == 1
    assert "Nobody is enrolled with dlib" in machine.run("src.aws", "people", "list").stderr

    said = machine.people("enroll", str(GALLERY))
    assert said.endswith("4 people, 4 photos, recognizer dlib\n4 added, 0 enrolled already, 0 refused; version 1\n")
    records, _ = machine.client("obama_speech.jpg", "stranger.jpg")
    assert {name: record["result"] for name, record in records.items()} == {
        "obama_speech.jpg": "Barack Obama", "stranger.jpg": "unknown",
    }  # fmt: skip

    request_id = str(records["stranger.jpg"]["request_id"])
    machine.people("enroll", "--request-id", request_id, "--face", "0", "--name", "Marie Curie")
    assert f"request {request_id} face 0" in machine.people("show", "Marie Curie", "--save", str(machine.folder / "s"))
    assert len(list((machine.folder / "s").glob("*.jpg"))) == 1
    records, _ = machine.client("stranger_mirrored.jpg")
    assert records["stranger_mirrored.jpg"]["result"] == "Marie Curie"

    assert machine.people("rename", "Marie Curie", "Maria Skłodowska") == (
        "rename Marie Curie to Maria Skłodowska; version 3, 1 recorded face\n"
    )
    assert machine.people("list").splitlines()[3:] == ["     1  Joe Biden", "     1  Maria Skłodowska"]
    assert machine.people("rollback", "1") == "rollback to version 1; version 4: 4 people, 4 photos\n"
    assert [line[:6] for line in machine.people("versions").splitlines()] == [
        "*    4", "     3", "     2", "     1",
    ]  # fmt: skip
    records, _ = machine.client("stranger_mirrored.jpg")
    assert records["stranger_mirrored.jpg"]["result"] == "unknown"


def test_attributes_and_corrections(machine: Machine) -> None:
    machine.people("enroll", str(GALLERY))
    info, out = machine.folder / "people.csv", str(machine.folder / "out")
    info.write_text("name,programme,year\nBarack Obama,Law,1991\n", encoding="utf-8")
    assert machine.people("info", "set", str(info)) == "Attributes set of 1 person.\n"
    assert machine.people("info", "show") == "Barack Obama: name=Barack Obama, programme=Law, year=1991\n"
    records, done = machine.client("obama_speech.jpg", "stranger.jpg")
    (face,) = records["obama_speech.jpg"]["faces"]  # type: ignore[misc]
    assert face["attributes"] == {"name": "Barack Obama", "programme": "Law", "year": "1991"}
    assert "Barack Obama (programme Law, year 1991)" in done.stdout

    flags = ("--request-id", str(records["stranger.jpg"]["request_id"]), "--out", out)
    said = machine.people("correct", *flags, "--name", "Marie Curie", "--learn")
    assert said.startswith("stranger.jpg, face 0: unknown → Marie Curie; gallery version ")
    files = json.loads((machine.folder / "out" / "detections_aws.json").read_text())
    assert {r["filename"]: r["result"] for r in files} == {
        "obama_speech.jpg": "Barack Obama", "stranger.jpg": "Marie Curie",
    }  # fmt: skip
    records, _ = machine.client("stranger_mirrored.jpg")
    assert records["stranger_mirrored.jpg"]["result"] == "Marie Curie"
    assert "2 recorded faces" in machine.people("rename", "Marie Curie", "Maria Skłodowska", "--out", out)
    files = json.loads((machine.folder / "out" / "detections_aws.json").read_text())
    assert [r["result"] for r in files] == ["Maria Skłodowska"]


def test_a_person_is_forgotten_while_frames_are_in_flight(machine: Machine) -> None:
    machine.people("enroll", str(GALLERY))
    source, out, receipt = machine.folder / "flight", machine.folder / "flight-out", machine.folder / "receipt.json"
    source.mkdir()
    for number in range(12):
        shutil.copy(SAMPLES / ("obama_small.jpg", "biden_small.jpg")[number % 2], source / f"{number}.jpg")
    flags = ("--input", str(source), "--out", str(out), "--timeout", "60")
    client = subprocess.Popen(
        [sys.executable, "-m", "src.client", *flags],
        cwd=PROJECT_ROOT, env=environment(machine.record), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    settings = machine.settings
    table = ResultTable(Connection(settings), settings.need("table"))
    until = time.monotonic() + 60
    while not list(table.by_person("Barack Obama")) and time.monotonic() < until:
        time.sleep(0.05)
    said = machine.people("forget", "Barack Obama", "--out", str(out), "--receipt", str(receipt))
    assert "A second search through every store found nothing of it." in said
    assert client.wait(120) in (0, 1)

    answers = {r["filename"]: r["status"] for r in json.loads((out / "detections_aws.json").read_text())}
    assert len(answers) == 12 and "missing" not in answers.values()
    assert all(answers[f"{number}.jpg"] == "recognized" for number in range(1, 12, 2))
    pages = Connection(settings).client("dynamodb").get_paginator("scan").paginate(TableName=settings.need("table"))
    assert "Barack Obama" not in json.dumps([page["Items"] for page in pages], default=str)
    assert json.loads(receipt.read_text())["verified_gone"] is True


def test_the_pictures_that_the_client_made_go_as_well(machine: Machine) -> None:
    machine.people("enroll", str(GALLERY))
    out, source = machine.folder / "made-out", machine.folder / "made"
    source.mkdir()
    for name in ("biden_small.jpg", "hopper_grey_tilted.jpg", "no_face_coffee.jpg"):
        shutil.copy(SAMPLES / name, source)
    assert machine.run("src.client", "--input", str(source), "--out", str(out), "--annotate").returncode == 0
    assert machine.run("src.client", "report", "--out", str(out)).returncode == 0
    (run_file,) = (out / "runs").glob("*.sqlite")
    captured = run_file.with_suffix("")  # where the frames of a video wait and stay
    shutil.copytree(source, captured)
    shutil.copy(SAMPLES / "stranger.jpg", captured)  # captured, and never sent

    flags = ("people", "forget", "Joe Biden", "--out", str(out), "--receipt", str(out / "receipt.json"))
    done = machine.run("src.aws", *flags)
    assert done.returncode == 0, done.stderr
    removed = ", ".join(done.stdout.splitlines()[0].split(", ")[-3:])
    assert removed == ("1 captured frame on this machine, 1 annotated frame on this machine, 1 report on this machine.")
    assert ", 1 enrolled face, " in done.stdout
    left = sorted(str(path.relative_to(out)) for path in out.rglob("*.*") if path.suffix in (".jpg", ".html"))
    run = f"runs/{run_file.stem}"
    assert left == [
        "annotated/hopper_grey_tilted.jpg", "annotated/no_face_coffee.jpg",
        f"{run}/hopper_grey_tilted.jpg", f"{run}/no_face_coffee.jpg", f"{run}/stranger.jpg",
    ]  # fmt: skip
    may_show = [
        f"{source}: your own files, 1 of them sent as frames that are removed now",
        f"{captured}: captured frames, 1 of them without an answer",
    ]
    assert done.stderr.splitlines() == [f"Left alone, may show what was to be forgotten: {line}" for line in may_show]
    assert json.loads((out / "receipt.json").read_text())["may_still_show"] == may_show
    # Another machine's files follow when the command is run there; whoever is nowhere is still an error.
    other = machine.folder / "other-out"
    other_run = Ledger(other / "runs" / "other.sqlite")
    other_run.remember(run_id="other", folder=str(source))
    face = FaceResult("Joe Biden", 0.3, (0.0, 0.0, 9.0, 9.0), 0.9)
    there = other_run.add_one("a.jpg")
    other_run.answered(Response(there.request_id, "other", "a.jpg", Status.RECOGNIZED, (face,)))
    other_run.close()
    said = machine.people("forget", "Joe Biden", "--out", str(other))
    assert said.splitlines()[0] == "Joe Biden: removed 1 answer in the run files on this machine."
    assert not any(b"Joe Biden" in path.read_bytes() for path in (other / "runs").iterdir())
    assert "Nobody called 'Joe Biden'" in machine.people("forget", "Joe Biden", "--out", str(other), code=2)
    # What is forgotten is not sent again.
    resumed = machine.run("src.client", "--resume", str(run_file), "--out", str(out))
    assert "Every frame of this run is answered" in resumed.stderr
    assert "biden_small.jpg: failed: The frame was removed" in resumed.stderr


def test_strangers_are_known_again_where_that_is_wanted(machine: Machine) -> None:
    out = str(machine.folder / "out")
    # Whom other tests have learned from frames is a stranger again.
    Office(machine.settings).rolls.change("start anew", lambda roll: roll.keep(lambda entry: not entry.request_id))
    records, _ = machine.client("stranger.jpg")
    assert "stranger" not in records["stranger.jpg"]["faces"][0]  # type: ignore[index]
    up(replace(machine.up_settings, strangers=True))
    for seen_before in (False, True):
        records, done = machine.client("stranger.jpg")
        (face,) = records["stranger.jpg"]["faces"]  # type: ignore[misc]
        assert (face["name"], face["stranger"], face["seen_before"]) == ("unknown", "stranger-1", seen_before)
    assert "unknown (stranger-1, seen before)" in done.stdout
    assert machine.people("strangers").startswith("stranger-1     seen 2 times, from ")
    assert machine.people("strangers", "stranger-1").count("  request ") == 2
    said = machine.people("strangers", "stranger-1", "--promote", "Marie Curie", "--out", out)
    assert "2 recorded faces" in said
    records, _ = machine.client("stranger_mirrored.jpg")
    assert records["stranger_mirrored.jpg"]["result"] == "Marie Curie"


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("enroll",), "Give either a folder or a photo, or --request-id ID with --face N."),
        (("enroll", "nowhere"), "There is no folder or photo nowhere."),
        (("enroll", "gallery", "--name", "A"), "leave --name out"),
        (("enroll", "input_folder/stranger.jpg"), "--name is missing"),
        (("enroll", "input_folder/stranger.jpg", "--name", "a/b"), "has a slash in it"),
        (("enroll", "src"), "There are no photos in src"),
        (("enroll", "--request-id", "nobody", "--face", "0", "--name", "A"), "No frame with the request id 'nobody'"),
        (("correct", "--request-id", "nobody", "--name", "A"), "No frame with the request id 'nobody'"),
        (("info", "set"), "Give people info set CSV"),
        (("forget",), "Give the NAME of a person, or --run RUN"),
        (("forget", "--run", "none"), "No run 'none' is recorded"),
        (("forget", "--stranger", "12"), "'12' is not the id of a stranger"),
        (("strangers", "stranger-9"), "No stranger-9 is remembered"),
        (("show", "Nobody"), "Nobody called 'Nobody' is enrolled"),
    ],
)
def test_mistakes_are_one_line(
    machine: Machine,
    flags: tuple[str, ...],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(PROJECT_ROOT)
    monkeypatch.setenv("FACELANE_DEPLOYMENT_FILE", str(machine.record))
    assert aws_main(["people", *flags]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert len(said.splitlines()) == 1
