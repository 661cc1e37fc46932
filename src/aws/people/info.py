"""Attributes of people from a CSV file: which student, which department. Results carry them beside the name."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from src.aws.people.office import Office
from src.pipeline.errors import UsageError
from src.pipeline.person_names import person_name

LARGEST_BYTES = 8 * 1024  # of one person; results travel in messages
Attributes = dict[str, str]


@dataclass(frozen=True)
class InfoSet:
    """set: the people that have attributes now. not_enrolled: those among them that nobody can be recognised as yet."""

    set: tuple[str, ...]
    not_enrolled: tuple[str, ...]


def set_info(office: Office, path: Path) -> InfoSet:
    """Columns ``id`` or ``name`` and any others; an ``id`` that is enrolled as a person's name is that person.

    Raises UsageError naming the file and the line for what cannot be read; then nothing is changed.
    """
    enrolled = set(office.rolls.current().people)
    people = read(path, enrolled)
    office.people.set_info(people)
    return InfoSet(tuple(people), tuple(name for name in people if name not in enrolled))


def read(path: Path, enrolled: set[str]) -> dict[str, Attributes]:
    """Person → attributes. Raises UsageError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            columns = [column.strip() for column in rows.fieldnames or []]
            if not {"id", "name"} & set(columns):
                raise UsageError(f"{path} has neither a column id nor a column name; it has: {', '.join(columns)}.")
            if len(set(columns)) != len(columns) or "" in columns:
                raise UsageError(f"{path}: each column needs a name of its own; they are: {', '.join(columns)}.")
            rows.fieldnames = columns
            found: dict[str, Attributes] = {}
            for row in rows:
                name, attributes = _person(row, enrolled, f"{path}, line {rows.line_num}:")
                if name in found:
                    raise UsageError(f"{path}, line {rows.line_num}: {name!r} was there before.")
                found[name] = attributes
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text.") from None
    except csv.Error as error:
        raise UsageError(f"{path} is not a CSV file: {error}.") from None
    return found


def _person(row: dict[str | None, str | list[str] | None], enrolled: set[str], where: str) -> tuple[str, Attributes]:
    if None in row or None in row.values():
        raise UsageError(f"{where} it has not as many fields as there are columns.")
    attributes = {str(column): str(value).strip() for column, value in row.items()}
    given = [attributes[column] for column in ("id", "name") if attributes.get(column)]
    if not given:
        raise UsageError(f"{where} it says neither id nor name.")
    names = [person_name(text, where) for text in given]
    if sum(len(key.encode()) + len(value.encode()) for key, value in attributes.items()) > LARGEST_BYTES:
        raise UsageError(f"{where} its fields are larger than {LARGEST_BYTES} bytes together.")
    return next((name for name in names if name in enrolled), names[-1]), attributes
