"""The versions of the roll in the bucket. The newest one's gallery is the file that the functions look at.

``gallery/<model>.npz`` is the gallery in use, with its version's number in its metadata. Each version is kept as
``gallery/versions/<model>/000007.npz`` (its gallery) and ``.json`` (what it was enrolled from, when, by what change).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime

from src.aws.people.roll import Entry, Roll, entries_from_json, entries_to_json, parsed
from src.pipeline.contracts import GALLERY
from src.pipeline.errors import Conflict, NotFound, UsageError
from src.pipeline.gallery import Gallery
from src.pipeline.serving_gallery import gallery_key
from src.pipeline.stores import ObjectStore

KEPT = 20  # versions; each is as large as the gallery
TRIES = 5
DRAFT = "draft"


@dataclass(frozen=True)
class Version:
    """number counts from 1; change: what was done, in words; made_at: ISO 8601, UTC."""

    number: int
    made_at: str
    change: str
    people: int
    faces: int

    @classmethod
    def of(cls, number: int, change: str, roll: Roll) -> Version:
        return cls(number, datetime.now(UTC).isoformat(), change, len(roll.people), len(roll))


class Rolls:
    """All versions of one model's roll in one bucket."""

    def __init__(self, objects: ObjectStore, model: str) -> None:
        self._objects = objects
        self.model = model
        self.folder = f"{GALLERY}versions/{model}/"

    def current(self) -> Roll:
        """The roll in use; an empty one where nobody is enrolled."""
        return self._now()[0]

    def number(self) -> int | None:
        """The version in use; None where there is no gallery, or one that was put there by other means."""
        try:
            text = self._objects.head(gallery_key(self.model))["Metadata"].get("version", "")
        except NotFound:
            return None
        return int(text) if text.isdigit() else None

    def change(self, what: str, edit: Callable[[Roll], Roll]) -> Version:
        """Make a new version by editing the one in use, and put it in use. The functions see it within seconds.

        edit: called again on the newer roll where somebody else was faster. Raises Conflict when it always was so.
        """
        for _ in range(TRIES):
            roll, etag = self._now()
            after = edit(roll)
            version = Version.of(max([0, *self._numbers("npz")]) + 1, what, after)
            name, data = name_of(version.number), after.gallery.to_bytes()
            try:
                self._objects.put_if(f"{self.folder}{name}.npz", data, None)
            except Conflict:
                continue  # the number was taken just now
            self._objects.put(f"{self.folder}{name}.json", self._book(version, after))
            try:
                self._objects.put_if(gallery_key(self.model), data, etag, version=str(version.number))
            except Conflict:
                self.drop(name)
                continue
            for old in self._numbers("json")[:-KEPT]:
                self.drop(name_of(old))
            return version
        raise Conflict("The gallery is being changed by somebody else all the time. Try again later.")

    def versions(self) -> list[Version]:
        """What is kept, the newest first."""
        return [self._read_book(name_of(number))[0] for number in reversed(self._numbers("json"))]

    def at(self, number: int) -> Roll:
        """The roll as it was. Raises UsageError when that version is not kept."""
        kept = self._numbers("json")
        if number not in kept:
            there = ", ".join(map(str, kept)) or "none"
            raise UsageError(f"There is no version {number} of the gallery of {self.model}; kept are: {there}.")
        return self._read(name_of(number))[1]

    def rollback(self, number: int) -> Version:
        """Put an earlier version in use again, as a new version: nothing is lost by it."""
        earlier = self.at(number)
        return self.change(f"rollback to version {number}", lambda _: earlier)

    def draft(self) -> Roll:
        """What an enrollment that was broken off had done so far."""
        there = self._objects.is_there(f"{self.folder}{DRAFT}.json")
        return self._read(DRAFT)[1] if there else Roll.empty(self.model)

    def save_draft(self, roll: Roll) -> None:
        self.write(DRAFT, Version.of(0, DRAFT, roll), roll)

    def write(self, name: str, version: Version, roll: Roll) -> None:
        """Write a version in place. The list comes last: what it lists is there."""
        self._objects.put(f"{self.folder}{name}.npz", roll.gallery.to_bytes())
        self._objects.put(f"{self.folder}{name}.json", self._book(version, roll))

    def drop(self, name: str = DRAFT) -> None:
        self._objects.erase(f"{self.folder}{name}.")

    def drop_halves(self) -> None:
        """Remove galleries without a list: a change that was killed leaves one."""
        names = {key.removeprefix(self.folder) for key in self._objects.keys(self.folder)}
        for name in sorted(names):
            if name.endswith(".npz") and name.removesuffix(".npz") + ".json" not in names:
                self.drop(name.removesuffix(".npz"))

    def everything(self) -> Iterator[tuple[str, Version, Roll]]:
        """(name, version, roll) of every version that is kept, and of the draft."""
        names = [key.removeprefix(self.folder) for key in self._objects.keys(self.folder)]
        for name in names:
            if name.endswith(".json"):
                yield (name.removesuffix(".json"), *self._read(name.removesuffix(".json")))

    def _now(self) -> tuple[Roll, str | None]:
        key = gallery_key(self.model)
        for _ in range(TRIES):
            number = self.number()
            try:
                data, etag = self._objects.get_if_changed(key, None) or (b"", "")
            except NotFound:
                return Roll.empty(self.model), None
            gallery = self._parsed(data, key)
            if number is None or not self._objects.is_there(f"{self.folder}{name_of(number)}.json"):
                return Roll.of(gallery), etag
            _, entries = self._read_book(name_of(number))
            if number == self.number():  # nobody put another one there between the two looks
                return Roll(gallery, entries), etag
        raise Conflict("The gallery is being changed by somebody else all the time. Try again later.")

    def _parsed(self, data: bytes, key: str) -> Gallery:
        return Gallery.from_bytes(data, model=self.model, source=f"s3://{self._objects.bucket}/{key}")

    def _read(self, name: str) -> tuple[Version, Roll]:
        version, entries = self._read_book(name)
        key = f"{self.folder}{name}.npz"
        return version, Roll(self._parsed(self._objects.get(key), key), entries)

    def _read_book(self, name: str) -> tuple[Version, tuple[Entry, ...]]:
        key = f"{self.folder}{name}.json"
        book = parsed(self._objects.get(key), key)
        version = Version(*(book.get(spec.name) for spec in fields(Version)))  # type: ignore[arg-type]
        return version, entries_from_json(book.get("entries"), key)

    def _book(self, version: Version, roll: Roll) -> bytes:
        book = asdict(version) | {"model": self.model, "entries": entries_to_json(roll.entries)}
        return json.dumps(book).encode()

    def _numbers(self, suffix: str) -> list[int]:
        names = (key.removeprefix(self.folder) for key in self._objects.keys(self.folder))
        stems = (name.removesuffix(f".{suffix}") for name in names if name.endswith(f".{suffix}"))
        return sorted(int(stem) for stem in stems if stem.isdigit())


def name_of(number: int) -> str:
    """A version's number as its files are called, so that they sort."""
    return f"{number:06d}"
