"""P-Net as a screen: the same network cut down to "how much of a face", shaped for fast processors.

Its output is (1, 1, h, w), the logarithm of face to no face. Ten channels become sixteen, six of them always zero: a
register's width, and a seventh faster.
"""

from __future__ import annotations

from pathlib import Path

import openvino
import torch
from facenet_pytorch.models.mtcnn import PNet

from src.pipeline.export.convert import traced

WIDTH = 16


class Screen(torch.nn.Module):
    """P-Net without box offsets, and without the softmax."""

    def __init__(self, net: PNet) -> None:
        super().__init__()
        self.steps = torch.nn.Sequential(
            torch.nn.Conv2d(3, WIDTH, 3), torch.nn.PReLU(WIDTH), net.pool1,
            torch.nn.Conv2d(WIDTH, 16, 3), net.prelu2, net.conv3, net.prelu3, torch.nn.Conv2d(32, 1, 1),
        )  # fmt: skip
        narrow, weights = net.conv1.out_channels, self.state_dict()
        for name in ("0.weight", "0.bias", "1.weight", "3.weight"):
            weights[f"steps.{name}"].zero_()
        weights["steps.0.weight"][:narrow], weights["steps.0.bias"][:narrow] = net.conv1.weight, net.conv1.bias
        weights["steps.1.weight"][:narrow], weights["steps.3.weight"][:, :narrow] = net.prelu1.weight, net.conv2.weight
        weights["steps.3.bias"].copy_(net.conv2.bias)
        weights["steps.7.weight"].copy_(net.conv4_1.weight[1:] - net.conv4_1.weight[:1])
        weights["steps.7.bias"].copy_(net.conv4_1.bias[1:] - net.conv4_1.bias[:1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.steps(x)
        return logits


def save_screen(path: Path) -> None:
    """Write the screen network."""
    model = traced(Screen(PNet()).eval(), (1, 3, -1, -1), (1, 3, 60, 80))
    openvino.save_model(model, path, compress_to_fp16=False)
