"""The same with facenet-pytorch, as its documentation shows it."""

import sys

import torch
from facenet_pytorch import MTCNN
from PIL import Image

from benchmarks.memory import peak_mb

torch.set_num_threads(int(sys.argv[1]))
detector = MTCNN(keep_all=True, device="cpu")
for path in sys.argv[2:]:
    boxes, _, _ = detector.detect(Image.open(path).convert("RGB"), landmarks=True)
    print(0 if boxes is None else len(boxes), flush=True)

print(peak_mb())
