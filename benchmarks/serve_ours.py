"""One detection process of ours: ``python -m benchmarks.serve_ours THREADS FRAME…`` says when each is done."""

import sys
from pathlib import Path

from benchmarks.memory import peak_mb
from src.pipeline.detector import Detector
from src.pipeline.images import decode_frame
from src.pipeline.settings import Settings

settings = Settings.load({}, threads=int(sys.argv[1]))
detector = Detector.load(settings)
for path in sys.argv[2:]:
    print(len(detector.detect(decode_frame(Path(path).read_bytes(), settings))), flush=True)

print(peak_mb())
