"""The notebook from top to bottom on an embedded stack of its own: what it made, found, drew and left behind."""

from __future__ import annotations

import base64
import io
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import psutil
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from PIL import Image

from src.pipeline.drawing import KNOWN
from src.pipeline.settings import PROJECT_ROOT

NOTEBOOK = PROJECT_ROOT / "notebooks" / "setup.ipynb"
EXPECTED: dict[str, Any] = json.loads((PROJECT_ROOT / "tests" / "data" / "expected.json").read_text())
EXPECTED_PEOPLE = sorted(folder.name for folder in (PROJECT_ROOT / "gallery").iterdir() if folder.is_dir())
MARK = "FACELANE_NOTEBOOK_TEST"
# Cells of the test's own, each after the cell that is named: they say as JSON what the notebook's variables hold.
PROBES = {
    "record": """
print(json.dumps({"states": dict(zip(listing(aws, place.resources)["name"], listing(aws, place.resources)["state"])),
                  "recorded": json.loads(Path(os.environ["FACELANE_DEPLOYMENT_FILE"]).read_text()),
                  "tables": {"queues": create(aws, *blueprint.queues(aws)).to_dict("index"),
                             "roles": show(aws, *blueprint.roles(aws)).to_dict("index")},
                  "second plan": {str(a.resource.name): a.verb for a in planned(settings)[1]}}))
""",
    "results": """print(json.dumps({"records": records, "summary": summary}))""",
    "by-person": """
print(json.dumps({"by request": by_request.to_dict("records"), "by run": by_run.to_dict("records"),
                  "by person": by_person.to_dict("records"), "person": person, "chosen": request_id}))
""",
    "timeline": """
print(json.dumps({"starts": starts.to_dict("index"), "spent": spent.to_dict("index"), "begun": begun.to_dict(),
                  "recorded": recorded.to_dict()}))
""",
    "calibrate": """print(json.dumps({"threshold": calibrated.calibration.threshold}))""",
    "correct": """
print(json.dumps({"enrolled": people.listing(office), "before": corrected.before,
                  "found": [item["person"] for item in table.by_person("A visitor")]}))
""",
    "forget": """
print(json.dumps({"enrolled": people.listing(office), "receipt": receipt.to_json(),
                  "found": [item["person"] for item in table.by_person("A visitor")]}))
""",
    "remove": """
left_over = {
    "buckets": [b["Name"] for b in aws.client("s3").list_buckets()["Buckets"]],
    "repositories": [r["repositoryName"] for r in aws.client("ecr").describe_repositories()["repositories"]],
    "queues": aws.client("sqs").list_queues().get("QueueUrls", []),
    "tables": aws.client("dynamodb").list_tables()["TableNames"],
    "log groups": [g["logGroupName"] for g in aws.client("logs").describe_log_groups()["logGroups"]],
    "roles": [r["RoleName"] for r in aws.client("iam").list_roles()["Roles"] if "service-role" not in r["Path"]],
    "functions": [f["FunctionName"] for f in aws.client("lambda").list_functions()["Functions"]],
    "mappings": [m["UUID"] for m in aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]],
    "topics": [t["TopicArn"] for t in aws.client("sns").list_topics()["Topics"]],
    "alarms": [a["AlarmName"] for a in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]],
}
print(json.dumps({"left": left, "left over": left_over}))
""",
}


@dataclass(frozen=True)
class Run:
    """A notebook that was executed; said: what the test's cells printed, by the cell that they follow."""

    notebook: NotebookNode
    said: dict[str, Any]
    record: Path


def load() -> NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def insert_after(notebook: NotebookNode, cell_id: str, source: str) -> None:
    (place,) = [number for number, cell in enumerate(notebook.cells) if cell.id == cell_id]
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(source, id=f"{cell_id}-probe"))


def execute(notebook: NotebookNode, folder: Path, cwd: Path, **env: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FACELANE_"))}
    ours = {
        "FACELANE_DEPLOYMENT_FILE": str(folder / "deployment.json"),
        "FACELANE_RECOGNIZER": "dlib",
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "IPYTHONDIR": str(folder / "ipython"),
        MARK: str(folder),
    }
    client = NotebookClient(notebook, timeout=180, kernel_name="python3", resources={"metadata": {"path": str(cwd)}})
    client.execute(env=kept | ours | env)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("notebook")
    notebook = load()
    for cell_id, source in PROBES.items():
        insert_after(notebook, cell_id, source)
    insert_after(notebook, "settings", f"OUT = Path({str(folder / 'out')!r})")
    execute(notebook, folder, NOTEBOOK.parent)
    said = {cell_id: json.loads(printed(notebook, f"{cell_id}-probe")) for cell_id in PROBES}
    return Run(notebook, said, folder / "deployment.json")


def cell(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    (found,) = [cell for cell in notebook.cells if cell.id == cell_id]
    return found


def printed(notebook: NotebookNode, cell_id: str) -> str:
    return "".join(output.get("text", "") for output in cell(notebook, cell_id).outputs)


def test_every_resource_is_made_by_the_cell_that_says_so(run: Run) -> None:
    for cell_id, rows in {"bucket": 1, "repository": 1, "queues": 5, "table": 1, "log-groups": 2, "roles": 2,
                          "functions": 2, "url": 1, "triggers": 3, "alarms": 3}.items():  # fmt: skip
        shown = [o for o in cell(run.notebook, cell_id).outputs if "text/html" in o.get("data", {})]
        assert len(shown) == 1, cell_id
        assert shown[0]["data"]["text/html"].count("<td>created</td>") == rows, cell_id
    said = run.said["record"]
    assert len(said["states"]) >= 20
    assert set(said["states"].values()) == {"there"}
    assert set(said["second plan"].values()) == {"keep"}


def test_the_tables_tell_what_the_resources_are(run: Run) -> None:
    tables = run.said["record"]["tables"]
    queues = tables["queues"]
    assert {row["done"] for row in queues.values()} == {"kept"}
    assert queues["facelane-frame-queue"]["visibility s"] == "360"
    assert "facelane-frame-dlq" in queues["facelane-frame-queue"]["dead letters"]
    assert queues["facelane-frame-dlq"]["kept s"] == str(14 * 86_400)
    assert "s3:GetObject" in tables["roles"]["facelane-face-detection-role"]["policy"]


def test_the_image_is_skipped_and_it_says_so(run: Run) -> None:
    assert "Skipped building and pushing an image" in printed(run.notebook, "image")


def test_the_client_finds_the_record_and_names_everybody(run: Run) -> None:
    recorded = run.said["record"]["recorded"]
    assert (recorded["prefix"], recorded["embedded"], recorded["recognizer"]) == ("facelane", True, "dlib")
    assert "Nothing is deployed" not in printed(run.notebook, "client")
    records = run.said["results"]["records"]
    said = {r["filename"]: {"status": r["status"], "names": [f["name"] for f in r["faces"]]} for r in records}
    assert said == EXPECTED
    assert run.said["results"]["summary"]["missing"] == 0


def test_three_queries_agree(run: Run) -> None:
    records = {record["request_id"]: record for record in run.said["results"]["records"]}
    said = run.said["by-person"]
    chosen = records[said["chosen"]]
    assert [row["person"] for row in said["by request"]] == [face["name"] for face in chosen["faces"]]
    assert len(chosen["faces"]) == max(len(record["faces"]) for record in records.values())
    assert {row["request_id"]: row["status"] for row in said["by run"]} == {i: r["status"] for i, r in records.items()}
    seen = {i for i, record in records.items() if said["person"] in [face["name"] for face in record["faces"]]}
    assert {row["request_id"] for row in said["by person"]} == seen
    assert said["chosen"] in seen


def test_the_timeline_puts_every_frame_between_its_upload_and_its_record(run: Run) -> None:
    said = run.said["timeline"]
    assert said["starts"].keys() == EXPECTED.keys()
    first = min(said["begun"].values())
    for filename, starts in said["starts"].items():
        spent = said["spent"][filename]
        assert all(seconds >= 0 for seconds in spent.values())
        assert list(starts.values()) == sorted(starts.values())
        assert starts["upload_s"] == pytest.approx(said["begun"][filename] - first, abs=1e-6)
        end = starts["batch_s"] + spent["batch_s"]
        assert end == pytest.approx(said["recorded"][filename] - first, abs=0.2), filename


@pytest.mark.parametrize("cell_id", ["stages", "latency", "timeline", "pictures"])
def test_plots_are_drawn(cell_id: str, run: Run) -> None:
    drawn = [o["data"]["image/png"] for o in cell(run.notebook, cell_id).outputs if "image/png" in o.get("data", {})]
    assert len(drawn) == 1
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(drawn[0]))).convert("RGB"))
    assert min(pixels.shape[:2]) > 200
    colours = np.unique(pixels.reshape(-1, 3), axis=0)
    assert len(colours) > 50
    if cell_id == "pictures":
        green = (np.abs(pixels.astype(int) - KNOWN) <= 8).all(axis=2).sum()
        assert green > 1000, "boxes of named people"


def test_nothing_is_left(run: Run) -> None:
    said = run.said["remove"]
    assert said["left"] == []
    assert said["left over"] == {kind: [] for kind in said["left over"]}
    assert not run.record.exists()
    mine = [p.pid for p in psutil.process_iter() if environment_of(p).get(MARK) == str(run.record.parent)]
    assert mine == []


def environment_of(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except psutil.Error:
        return {}


def test_a_person_is_corrected_learned_and_forgotten(run: Run) -> None:
    known = run.said["correct"]
    assert known["before"] == "unknown"
    assert known["enrolled"]["A visitor"] == 1
    assert len(known["enrolled"]) == len(EXPECTED_PEOPLE) + 1
    assert known["found"] == ["A visitor"]
    gone = run.said["forget"]
    assert sorted(gone["enrolled"]) == EXPECTED_PEOPLE
    assert gone["found"] == []
    assert gone["receipt"]["verified_gone"]
    assert len(gone["receipt"]["frames"]) == 1


def test_the_threshold_is_calibrated_and_drawn(run: Run) -> None:
    assert 0 < run.said["calibrate"]["threshold"] < 1
    assert any("image/png" in output.get("data", {}) for output in cell(run.notebook, "calibrate").outputs)
    assert "<figure" in cell(run.notebook, "portrait").outputs[0]["data"]["text/html"]


def test_a_mistake_in_the_settings_is_one_line_and_stops_the_run(tmp_path: Path) -> None:
    notebook = load()
    insert_after(notebook, "settings", "PREFIX = 'Bad_Prefix'")
    with pytest.raises(CellExecutionError):
        execute(notebook, tmp_path, PROJECT_ROOT)
    said = printed(notebook, "place").strip()
    assert said.startswith("prefix is 'Bad_Prefix'")
    assert len(said.splitlines()) == 1
    assert cell(notebook, "bucket").get("execution_count") is None


def test_it_is_committed_without_outputs_and_for_any_kernel() -> None:
    notebook = load()
    nbformat.validate(notebook)
    for code in (cell for cell in notebook.cells if cell.cell_type == "code"):
        assert code.outputs == [], code.id
        assert code.execution_count is None, code.id
        assert code.metadata == {}, code.id
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert notebook.metadata == {"kernelspec": kernel, "language_info": {"name": "python"}}
    assert sys.prefix not in NOTEBOOK.read_text()
