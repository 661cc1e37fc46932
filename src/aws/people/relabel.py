"""Another name for a person, in the roll."""

from __future__ import annotations

from src.aws.people.office import Office
from src.aws.people.rolls import Version
from src.pipeline.errors import UsageError
from src.pipeline.person_names import person_name


def rename(office: Office, old: str, new: str) -> Version:
    """Raises UsageError when nobody is called ``old``, or somebody is called ``new`` already."""
    old, new = known(office, old), person_name(new)
    if new in office.rolls.current().people:
        raise UsageError(f"{new} is enrolled already. To make one person of the two: people merge {old!r} {new!r}")
    return office.rolls.change(f"rename {old} to {new}", lambda roll: roll.rename(old, new))


def merge(office: Office, source: str, target: str) -> Version:
    """All photos of one person to another, who is the same one. Raises UsageError when one is not enrolled."""
    source, target = known(office, source), known(office, target)
    if source == target:
        raise UsageError(f"{source} cannot be merged with {target}: that is one name.")
    return office.rolls.change(f"merge {source} into {target}", lambda roll: roll.rename(source, target))


def known(office: Office, name: str) -> str:
    """The name as it is enrolled. Raises UsageError when nobody is enrolled so."""
    name = person_name(name)
    people = office.rolls.current().people
    if name not in people:
        near = [other for other in people if other.casefold() == name.casefold()]
        hint = f" Did you mean {near[0]!r}?" if near else " See: python -m src.aws people list"
        raise UsageError(f"Nobody called {name!r} is enrolled with {office.model}.{hint}")
    return name
