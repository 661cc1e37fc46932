"""One detection process of ours: ``python -m benchmarks.serve_ours THREADS FRAME…`` says when each is done.

Like the function, it loads its networks beside whatever else there is to begin with.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from src.pipeline.detector import Detector
from src.pipeline.settings import Settings

settings = Settings.load({}, threads=int(sys.argv[1]))
with ThreadPoolExecutor(1) as pool:
    loading = pool.submit(Detector.load, settings)
    from benchmarks.memory import peak_mb
    from src.pipeline.images import decode_frame

    frames = (decode_frame(Path(path).read_bytes(), settings) for path in sys.argv[2:])
    first = next(frames)
    detector = loading.result()
print(len(detector.detect(first)), flush=True)
for frame in frames:
    print(len(detector.detect(frame)), flush=True)
print(peak_mb())
