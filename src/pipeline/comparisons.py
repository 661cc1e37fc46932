"""How far enrolled photos are from their own person and from everybody else: what a threshold is measured on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST = 20_000_000  # comparisons; beyond it a fixed choice of the photos is looked up
AT_ONCE = 256
STRANGER = -1


@dataclass(frozen=True)
class Comparisons:
    """Each photo looked up among all others, as the gallery does it: the nearest photo of a person counts.

    genuine: (G,) float32, to the own person's other photos.
    impostor: (I,) float32, to every other person.
    genuine_gaps: (G',) float32, how much farther the nearest other person is than the own.
    stranger_gaps: (S,) float32, from the first to the second person when one's own is left out.
    people, photos: how many were compared. nearest: the two people most alike, as indices, and their
        distance; None where there are not two.
    """

    genuine: NDArray[np.float32]
    impostor: NDArray[np.float32]
    genuine_gaps: NDArray[np.float32]
    stranger_gaps: NDArray[np.float32]
    people: int
    photos: int
    nearest: tuple[int, int, float] | None


def compare(embeddings: NDArray[np.float32], person: NDArray[np.int32]) -> Comparisons:
    """(M, D) embeddings, and (M,) whose they are: people count from 0; STRANGER is nobody, and is only looked up."""
    known = np.flatnonzero(person != STRANGER)
    known = known[np.argsort(person[known], kind="stable")]
    people, starts = np.unique(person[known], return_index=True)
    squares = np.einsum("md,md->m", embeddings, embeddings)
    genuine, impostor, genuine_gaps, stranger_gaps = [], [], [], []
    nearest: tuple[int, int, float] | None = None
    if len(people):
        rows = _chosen(len(embeddings), len(people))
        for at in range(0, len(rows), AT_ONCE):
            chunk = rows[at : at + AT_ONCE]
            ranks = squares[chunk, None] - 2 * embeddings[chunk] @ embeddings[known].T + squares[None, known]
            ranks[chunk[:, None] == known[None]] = np.inf  # a photo is not compared with itself
            each = np.sqrt(np.maximum(np.minimum.reduceat(ranks, starts, axis=1), 0)).astype(np.float32)
            own = person[chunk, None] == people[None]
            others = np.where(own, np.float32(np.inf), each)
            impostor.append(each[~own])
            to_own = each[own]  # of those that are somebody, in the order of chunk
            ordered = np.sort(others, axis=1)
            mine = np.isfinite(to_own)
            somebody = own.any(axis=1)
            genuine.append(to_own[mine])
            genuine_gaps.append((ordered[somebody, 0] - to_own)[mine])
            if len(people) > 2:
                stranger_gaps.append(ordered[:, 1] - ordered[:, 0])
            others[~somebody] = np.inf
            row, column = np.unravel_index(others.argmin(), others.shape)
            apart = float(others[row, column])
            if np.isfinite(apart) and (nearest is None or apart < nearest[2]):
                nearest = (int(person[chunk[row]]), int(people[column]), apart)
    return Comparisons(
        _joined(genuine), _joined(impostor), _joined(genuine_gaps), _joined(stranger_gaps),
        len(people), len(known), nearest,
    )  # fmt: skip


def _chosen(photos: int, people: int) -> NDArray[np.int64]:
    wanted = max(1, min(photos, MOST // people))
    return np.sort(np.random.default_rng(0).choice(photos, wanted, replace=False))


def _joined(parts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The finite ones of all."""
    joined = np.concatenate([np.zeros(0, np.float32), *parts])
    finite: NDArray[np.float32] = joined[np.isfinite(joined)]
    return finite
