"""Corrections: the record, its indexes, its history, the gallery, and the client's files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from src.aws.people.correct import correct
from src.aws.people.enrolling import enroll_folder
from src.aws.people.listing import listing
from src.aws.people.office import Office
from src.aws.people.relabel import merge, rename
from src.client.ledger import Ledger
from src.client.outputs import write_all
from src.client.refresh import refresh
from src.client.run import run_file
from src.pipeline.contracts import Response
from src.pipeline.errors import UsageError
from src.pipeline.stores.results import response_of
from tests.conftest import GALLERY
from tests.people.conftest import seen


def people_in(office: Office) -> dict[str, list[str]]:
    found = {name: [i["request_id"] for i in office.table.by_person(name)] for name in (*listing(office), "unknown")}
    return {name: ids for name, ids in found.items() if ids}


def test_the_record_its_indexes_and_its_history_follow(office: Office) -> None:
    enroll_folder(office, GALLERY)
    seen(office, "hopper_with_a_stranger.jpg", "r1")  # the stranger's face is the larger one
    done = correct(office, "r1", 0, "Marie Curie")
    assert (done.before, done.version) == ("unknown", None)
    item = office.table.get("r1")
    assert item is not None
    assert [face["name"] for face in item["faces"]] == ["Marie Curie", "Grace Hopper"]
    assert (item["result"], item["status"]) == ("Marie Curie", "recognized")
    assert [i["result"] for i in office.table.by_run("run")] == ["Marie Curie"]
    assert [i["item"] for i in office.table.by_person("Marie Curie")] == ["face#000"]
    assert people_in(office) == {"Grace Hopper": ["r1"]}

    correct(office, "r1", 0, "unknown")
    correct(office, "r1", 1, "unknown")
    item = office.table.get("r1")
    assert item is not None
    assert (item["result"], item["status"]) == ("unknown", "unknown")
    assert [(c["face"], c["from"], c["to"]) for c in item["corrections"]] == [
        (0, "unknown", "Marie Curie"), (0, "Marie Curie", "unknown"), (1, "Grace Hopper", "unknown"),
    ]  # fmt: skip
    assert len(office.table.faces("r1")[0]["corrections"]) == 2
    assert not office.table.record(response_of(item), keep_days=1)  # a late delivery does not undo it


def test_learn_and_unlearn(office: Office) -> None:
    seen(office, "stranger.jpg", "r1")
    learned = correct(office, "r1", 0, "Marie Curie", learn=True)
    assert learned.version is not None
    assert seen(office, "stranger_mirrored.jpg", "r2").result == "Marie Curie"
    unlearned = correct(office, "r1", 0, "Ada")
    assert unlearned.version is not None and unlearned.version.change.startswith("unlearn face 0 of request r1")
    assert listing(office) == {}


def test_rename_and_merge_reach_the_records(office: Office) -> None:
    object.__setattr__(office.settings, "gallery_check_s", 0.0)
    enroll_folder(office, GALLERY)
    seen(office, "obama_and_biden.jpg", "r1")
    seen(office, "biden_dark.jpg", "r2")
    office.people.set_info({"Joe Biden": {"state": "Delaware"}})
    assert rename(office, "Joe Biden", "Joseph Biden").faces == 2
    assert people_in(office) == {"Barack Obama": ["r1"], "Joseph Biden": ["r1", "r2"]}
    assert office.people.all_info() == {"Joseph Biden": {"state": "Delaware"}}
    assert merge(office, "Joseph Biden", "Barack Obama").faces == 2
    assert [i["request_id"] for i in office.table.by_person("Barack Obama")].count("r1") == 2


def test_the_clients_files_follow(office: Office, tmp_path: Path) -> None:
    ledger = Ledger(run_file(tmp_path, "run"))
    ledger.remember(run_id="run")
    ledger.add(["stranger.jpg"])
    (frame,) = ledger.frames()
    answer = seen(office, "stranger.jpg", frame.request_id)
    ledger.answered(Response.from_json(answer.to_json() | {"timings": {"end_to_end_s": 1.5}}))
    write_all(ledger, tmp_path, kind="aws", facts={"run_id": "run", "exec_type": "aws"})
    ledger.close()

    done = correct(office, frame.request_id, 0, "Marie Curie")
    assert refresh(tmp_path, {frame.request_id: response_of(done.frame)}) == 1
    (record,) = json.loads((tmp_path / "detections_aws.json").read_text())
    assert (record["result"], record["status"], record["timings"]) == (
        "Marie Curie", "recognized", {"end_to_end_s": 1.5},
    )  # fmt: skip
    assert json.loads((tmp_path / "summary.json").read_text())["status"]["recognized"] == 1
    assert refresh(tmp_path, {"another": response_of(done.frame)}) == 0


def test_what_cannot_be_corrected(office: Office) -> None:
    seen(office, "stranger.jpg", "r1")
    seen(office, "no_face_coffee.jpg", "r2")
    for request_id, face, name, learn, says in (
        ("r1", 1, "A", False, "There is no face 1 in r1 .stranger.jpg.: it has only 0"),
        ("r1", -1, "A", False, "There is no face -1"),
        ("r2", 0, "A", False, "it has none"),
        ("r3", 0, "A", False, "No frame with the request id 'r3'"),
        ("r1", 0, "a/b", False, "has a slash"),
        ("r1", 0, "unknown", True, "leave --learn out"),
    ):
        with pytest.raises(UsageError, match=says):
            correct(office, request_id, face, name, learn=learn)
    office.objects.erase("frames/")
    with pytest.raises(UsageError, match="not in the bucket, which keeps frames for 7 days"):
        correct(office, "r1", 0, "A", learn=True)
    assert people_in(office) == {"unknown": ["r1"]}
