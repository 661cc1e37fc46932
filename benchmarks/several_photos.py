"""Which distance to a person who has several photos measures best: to the nearest, to their mean, of the best k?

``python -m benchmarks.several_photos --labels labels.csv --json FILE``. Some photos of each person are drawn as the
enrolled ones, again and again; all others, also made small, blurred and dark, are looked up. Rules are compared at
equal strictness: each with the threshold at which a share of the strangers is let in, by the genuine faces it loses.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.labelled import CHANGES, Photos, embed
from src.pipeline.settings import Settings

Floats = NDArray[np.float64]
DRAWS = 100
FARS = (0.01, 0.001)


def nearest(probes: Floats, enrolled: Floats) -> Floats:
    return _distances(probes, enrolled).min(axis=1)


def best_two(probes: Floats, enrolled: Floats) -> Floats:
    return np.sort(_distances(probes, enrolled), axis=1)[:, :2].mean(axis=1)


def best_three(probes: Floats, enrolled: Floats) -> Floats:
    return np.sort(_distances(probes, enrolled), axis=1)[:, :3].mean(axis=1)


def mean_embedding(probes: Floats, enrolled: Floats) -> Floats:
    return _distances(probes, enrolled.mean(axis=0, keepdims=True))[:, 0]


def mean_distance(probes: Floats, enrolled: Floats) -> Floats:
    return _distances(probes, enrolled).mean(axis=1)


RULES = {rule.__name__: rule for rule in (nearest, best_two, best_three, mean_embedding, mean_distance)}


def _distances(probes: Floats, enrolled: Floats) -> Floats:
    distances: Floats = np.linalg.norm(probes[:, None] - enrolled[None], axis=2)
    return distances


def compare(photos: Photos, enrolled_each: int, seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    genuine: dict[str, list[Floats]] = {rule: [] for rule in RULES}
    impostor: dict[str, list[Floats]] = {rule: [] for rule in RULES}
    embeddings = photos.embeddings.astype(np.float64)
    for _ in range(DRAWS):
        for person in np.unique(photos.person):
            theirs = photos.person == person
            of_theirs = np.unique(photos.photo[theirs])
            drawn = random.choice(of_theirs, min(enrolled_each, len(of_theirs) - 1), replace=False)
            enrolled = np.isin(photos.photo, drawn)
            gallery = embeddings[enrolled & (photos.change == "as it is")]
            for name, rule in RULES.items():
                genuine[name].append(rule(embeddings[theirs & ~enrolled], gallery))
                impostor[name].append(rule(embeddings[~theirs], gallery))
    return {name: _figures(np.concatenate(genuine[name]), np.concatenate(impostor[name])) for name in RULES}


def _figures(genuine: Floats, impostor: Floats) -> dict[str, float]:
    spread = np.sqrt((genuine.var() + impostor.var()) / 2)
    lost = {f"lost_at_far_{far}": float((genuine > np.quantile(impostor, far)).mean()) for far in FARS}
    return {
        "apart_sd": float((impostor.mean() - genuine.mean()) / spread),
        "farthest_genuine": float(genuine.max()),
        "nearest_stranger": float(impostor.min()),
        **lost,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.several_photos", description=__doc__.splitlines()[0])
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--recognizer", default="auto")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures there")
    args = parser.parse_args()
    photos = embed(args.labels, Settings.load(recognizer=args.recognizer), CHANGES)
    figures = {
        "faces": len(photos.person),
        "missed": [photo for *_, photo in photos.missed],
        "enrolled_photos": {str(count): compare(photos, count, args.seed) for count in (2, 3, 5)},
    }
    text = json.dumps(figures, indent=2)
    print(text)
    if args.json:
        args.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
