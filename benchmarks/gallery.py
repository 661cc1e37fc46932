"""How fast a large gallery loads and names faces, on one thread.

``python -m benchmarks.gallery --embeddings 100000 --json FILE``. The embeddings are random directions, five of each
person; the faces looked up are some of them, a little turned. ``matches`` counts those that get their own name.
Each case runs in a process of its own; the best of some repeats counts, for other work on the machine only adds to it.
fp16 is what half precision in the file would give, and cost.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MODELS = ("dlib", "facenet-vggface2")
REPEATS = 15


def measure(model: str, count: int, folder: Path, loading: str) -> dict[str, Any]:
    import numpy as np

    from src.pipeline.gallery import Gallery
    from src.pipeline.models import recognizer

    path = folder / f"{model}.npz"
    random = np.random.default_rng(0)
    if not path.exists():
        embeddings = random.standard_normal((count, recognizer(model).dim), np.float32)
        embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
        people = tuple(f"person {number}" for number in range(-(-count // 5)))
        gallery = Gallery(model, people, np.arange(count, dtype=np.int32) // 5, embeddings)
        path.write_bytes(gallery.to_bytes())
        np.save(folder / f"{model}.fp16.npy", embeddings.astype(np.float16))
        return {"MB": round(path.stat().st_size / 1e6, 1), "people": len(people)}
    begin = time.perf_counter()
    if loading == "fp16":
        half = np.load(folder / f"{model}.fp16.npy")
        vectors = half.astype(np.float32)
        loaded = time.perf_counter() - begin
        with path.open("rb"):
            exact = Gallery.open(path, model=model).embeddings
        moved = float(np.linalg.norm(vectors - exact, axis=1).max())
        return {"load_s": round(loaded, 3), "MB": round(half.nbytes / 1e6, 1), "distances_move_by_up_to": moved}
    if loading == "mapped":
        gallery = Gallery.open(path, model=model)
    else:
        data = path.read_bytes()
        begin = time.perf_counter()
        gallery = Gallery.from_bytes(data, model=model, source=str(path))
    figures: dict[str, Any] = {"load_s": round(time.perf_counter() - begin, 3)}
    chosen = random.integers(0, count, 64)
    faces = gallery.embeddings[chosen] + random.standard_normal((64, gallery.embeddings.shape[1]), np.float32) * 0.005
    figures["first_face_ms"] = round(_ms(lambda: gallery.match(faces[:1]), 1), 2)
    for batch in (1, 10, 64):
        figures[f"per_face_ms_{batch}_at_once"] = round(
            _ms(lambda n=batch: gallery.match(faces[:n]), REPEATS) / batch, 2
        )
    names = [match.name for match in gallery.match(faces)]
    figures["matches"] = sum(n == gallery.people[gallery.person[c]] for n, c in zip(names, chosen, strict=True)) / 64
    return figures


def _ms(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - begin))
    return min(taken)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gallery", description=__doc__.splitlines()[0])
    parser.add_argument("--embeddings", type=int, default=100_000)
    parser.add_argument("--json", type=Path, help="write the figures there")
    args = parser.parse_args()
    for library in ("OPENBLAS", "MKL", "OMP"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
    figures: dict[str, Any] = {"embeddings": args.embeddings, "threads": 1}
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for model in MODELS:
            figures[model] = {}
            for loading in ("file", "mapped", "from bytes", "fp16"):
                with context.Pool(1) as pool:
                    figures[model][loading] = pool.apply(measure, (model, args.embeddings, Path(folder), loading))
    cases = [figures[model][loading] for model in MODELS for loading in ("mapped", "from bytes")]
    figures["ok"] = all(case["load_s"] < 1 and case["per_face_ms_1_at_once"] < 10 for case in cases)
    text = json.dumps(figures, indent=2)
    print(text)
    if args.json:
        args.json.write_text(text + "\n")
    return 0 if figures["ok"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
