"""What notebooks/setup.ipynb calls: each does one thing with some resources and answers with a small table."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.core.getipython import get_ipython
from PIL import Image

from src.aws import blueprint
from src.aws.account import Account
from src.aws.deploy import deployment_of, down, prepared
from src.aws.local import EmbeddedStack
from src.aws.packages import package_for
from src.aws.packages.package import Package
from src.aws.resource import Facts, Resource, describe, ensure
from src.pipeline.contracts import FaceResult
from src.pipeline.deployment import Deployment
from src.pipeline.drawing import drawn, face_labels
from src.pipeline.errors import FacelaneError, UsageError
from src.pipeline.images import decode_picture
from src.pipeline.settings import Settings

LONGEST_CELL = 100


class Place:
    """Where the notebook deploys: an embedded stack of its own, or the account that this machine's AWS keys open.

    Raises UsageError when the record of deployments (``settings.deployment_file``) tells of another one.
    """

    def __init__(self, settings: Settings, *, embedded: bool) -> None:
        _check_record(settings, embedded=embedded)
        self._stack = EmbeddedStack() if embedded else None
        self._file = settings.deployment_file
        if self._stack is not None:
            settings = self._stack.__enter__().settings(settings)
        try:
            self.aws, planned = prepared(settings)
            self.package: Package = package_for(self.aws)
        except BaseException:
            self.close()
            raise
        known = {(resource.kind, resource.name) for resource in planned}
        repository = blueprint.repository(self.aws)  # made in the notebook also where no image is pushed to it
        self.resources: list[Resource] = planned
        if (repository.kind, repository.name) not in known:
            self.resources = [planned[0], repository, *planned[1:]]

    @property
    def settings(self) -> Settings:
        return self.aws.settings

    def record(self) -> Deployment:
        """Write down what is deployed: ``python -m src.client`` finds it there."""
        deployment = deployment_of(self.aws)
        deployment.save(self._file)
        return deployment

    def remove_everything(self) -> list[str]:
        """Remove all resources of this deployment, and its record; what is left, each with the reason."""
        left = down(self.settings, print)
        if not left:
            self._file.unlink(missing_ok=True)
        return left

    def close(self) -> None:
        """End the embedded stack where there is one; a second time does nothing."""
        if self._stack is not None:
            self._stack.stop()


def plain_errors() -> None:
    """From now on an error of Facelane's is its one line in the notebook, without a traceback; it still stops a run."""
    shell: Any = get_ipython()
    if shell is not None:
        shell.set_custom_exc((FacelaneError,), _say_error)


def _say_error(shell: Any, kind: type[BaseException], error: BaseException, trace: Any, tb_offset: Any = None) -> None:
    print(error, file=sys.stderr)


def create(aws: Account, *resources: Resource) -> pd.DataFrame:
    """Make each, or bring it to what it should be: what was done, and what it is now."""
    return _table(aws, {resource: ensure(aws, resource) for resource in resources}, "done")


def show(aws: Account, *resources: Resource) -> pd.DataFrame:
    """Whether each is there, and what it is; nothing is touched."""
    states = {r: "missing" if describe(aws, r) is None else "there" for r in resources}
    return _table(aws, states, "state")


def listing(aws: Account, resources: Iterable[Resource]) -> pd.DataFrame:
    """Kind, name and whether it is there, of any resources together."""
    rows = [(r.kind, r.name, "missing" if describe(aws, r) is None else "there") for r in resources]
    return pd.DataFrame(rows, columns=["kind", "name", "state"])


def named(frame: Path, faces: Iterable[Mapping[str, Any]], settings: Settings) -> Image.Image:
    """A frame with the boxes and names of a record's faces. Raises InvalidFrame when it cannot be read."""
    picture, _ = decode_picture(frame.read_bytes(), settings)
    return drawn(picture, face_labels(map(FaceResult.from_json, faces)))


def _table(aws: Account, states: Mapping[Resource, str], column: str) -> pd.DataFrame:
    rows = [{"name": r.name, column: state, **_cells(describe(aws, r) or {})} for r, state in states.items()]
    kinds = ", ".join(dict.fromkeys(resource.kind for resource in states))
    return pd.DataFrame(rows).fillna("").set_index("name").rename_axis(kinds)


def _cells(facts: Facts) -> dict[str, str]:
    return {name: text(value) for name, value in facts.items()}


def text(value: Any) -> str:
    """A fact as the words of one cell."""
    words = _words(value)
    return words if len(words) <= LONGEST_CELL else words[: LONGEST_CELL - 1] + "…"


def _words(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    if isinstance(value, dict) and "Statement" in value:  # a policy: what it allows
        actions = [action for s in value["Statement"] for action in _listed(s["Action"])]
        return ", ".join(dict.fromkeys(actions))
    if isinstance(value, dict) and "rules" in value:
        return ", ".join(str(rule.get("description", rule)) for rule in value["rules"])
    if isinstance(value, dict):
        return ", ".join(f"{key}={_words(inner)}" for key, inner in value.items())
    return str(value)


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _check_record(settings: Settings, *, embedded: bool) -> None:
    recorded = Deployment.load(settings.deployment_file)
    if recorded is None:
        return
    here = (recorded.prefix, recorded.region, recorded.embedded)
    if embedded or here != (settings.prefix, settings.region, False):
        where = "an embedded stack" if recorded.embedded else f"{recorded.region}, account {recorded.account}"
        raise UsageError(
            f"{settings.deployment_file} tells of {recorded.prefix} in {where}, which is still there. Remove it "
            "first (python -m src.aws down, or Ctrl-C in python -m src.aws local), or set FACELANE_DEPLOYMENT_FILE "
            "to another file."
        )
