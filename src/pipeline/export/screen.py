"""P-Net shaped for fast processors: as a screen of whole sheets, and exactly where a face may be.

Its input are blocks of 2 × 2 px, (N, 13, H, W): of each the three channels' top left, top right, bottom left and bottom
right ones, and last ``OUTSIDE`` where a block is half outside of its picture, else 0.

The first convolution and its pooling become four convolutions of twelve channels and their maximum: three channels are
too few for a processor. Ten channels become sixteen, a register's width, six of them always zero. PReLU is written
out: as one step the runtime puts it into the convolution, where it takes as long as the convolution itself.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import openvino
import torch
from facenet_pytorch.models.mtcnn import PNet

from src.pipeline.export.convert import traced
from src.pipeline.sheets import HEIGHT, PIXELS, WIDTH

REGISTER = 16


class _Blocks(torch.nn.Module):
    """P-Net up to its last layers."""

    def __init__(self, net: PNet) -> None:
        super().__init__()
        self.quarters = torch.nn.ModuleList(_quarter(net.conv1, down, right) for down, right in product((0, 1), (0, 1)))
        self.conv2, self.conv3, self.prelus = torch.nn.Conv2d(REGISTER, 16, 3), net.conv3, torch.nn.ParameterList()
        for prelu, width in ((net.prelu1, REGISTER), (net.prelu2, 16), (net.prelu3, 32)):
            self.prelus.append(torch.zeros(1, width, 1, 1))
            self.prelus[-1][0, : len(prelu.weight), 0, 0] = prelu.weight
        weights = self.conv2.state_dict()
        weights["weight"].zero_()
        weights["weight"][:, : net.conv1.out_channels] = net.conv2.weight
        weights["bias"].copy_(net.conv2.bias)

    def features(self, blocks: torch.Tensor) -> torch.Tensor:
        """(N, 32, H - 5, W - 5)."""
        first, second, third = self.prelus
        outside = blocks[:, PIXELS:]
        a, b, c, d = (_prelu(quarter, first) for quarter in self.convolved(blocks[:, :PIXELS]))
        right, below = outside[:, :, :-1, 1:], outside[:, :, 1:, :-1]
        x = torch.maximum(torch.maximum(a, b + right), torch.maximum(c, d + right) + below)
        return _prelu(self.conv3(_prelu(self.conv2(x), second)), third)

    def convolved(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(quarter(pixels) for quarter in self.quarters)


class Screen(_Blocks):
    """(N, 1, H - 5, W - 5): how much of a face, as the logarithm of face to no face. Without box offsets."""

    def __init__(self, net: PNet) -> None:
        super().__init__(net)
        self.logit = torch.nn.Conv2d(32, 1, 1)
        weights = self.logit.state_dict()
        weights["weight"].copy_(net.conv4_1.weight[1:] - net.conv4_1.weight[:1])
        weights["bias"].copy_(net.conv4_1.bias[1:] - net.conv4_1.bias[:1])

    def forward(self, sheet: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.logit(self.features(sheet))
        return logits


class Exact(_Blocks):
    """P-Net's own (N, 4, H - 5, W - 5) offsets and (N, 2, H - 5, W - 5) probabilities. H and W are few: one convolution
    of all four quarters is faster."""

    def __init__(self, net: PNet) -> None:
        super().__init__(net)
        self.net = net
        self.all = torch.nn.Conv2d(PIXELS, 4 * REGISTER, 2)
        for name, values in self.all.state_dict().items():
            values.copy_(torch.cat([quarter.state_dict()[name] for quarter in self.quarters]))

    def forward(self, patches: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.features(patches)
        return self.net.conv4_2(x), self.net.softmax4_1(self.net.conv4_1(x))

    def convolved(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(self.all(pixels).split(REGISTER, dim=1))


def save_screen(path: Path) -> None:
    """Write the screen's network."""
    with torch.no_grad():
        shape = (1, PIXELS + 1, HEIGHT, WIDTH)
        openvino.save_model(traced(Screen(PNet()).eval(), shape, shape), path, compress_to_fp16=False)


def exact() -> torch.nn.Module:
    """P-Net on patches of blocks."""
    with torch.no_grad():
        return Exact(PNet().requires_grad_(False)).eval()


def _quarter(conv: torch.nn.Conv2d, down: int, right: int) -> torch.nn.Conv2d:
    """The convolution at every second place of a picture, in both directions, from so many px down and right."""
    made = torch.nn.Conv2d(PIXELS, REGISTER, 2)
    weights, narrow = made.state_dict(), conv.out_channels
    for values in weights.values():
        values.zero_()
    weights["bias"][:narrow] = conv.bias
    for y, x, channel in product(range(3), range(3), range(3)):
        (row, odd_row), (column, odd_column) = divmod(y + down, 2), divmod(x + right, 2)
        weights["weight"][:narrow, 4 * channel + 2 * odd_row + odd_column, row, column] = conv.weight[:, channel, y, x]
    return made


def _prelu(x: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
    return torch.relu(x) + slope * torch.minimum(x, torch.zeros(1))
