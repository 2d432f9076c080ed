"""Export of the networks of ``configs/`` to ONNX, and the page about the results."""
from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import mmcv
import torch
from mmcv.cnn.utils import revert_sync_batchnorm
from torch import nn

from ..models import build_segmentor
from ..utils.errors import InputError
from .graph import Graph, PageScorer
from .info import describe_trace
from .onnx import OPSET, export_onnx, save_onnx, verify_onnx

# Largest difference of a logit, as a share of their spread, up to which a file counts as right.
TOLERANCE = 1e-3
SIZE = (128, 160)
_HEAD = """# Networks as ONNX

Each network of `configs/` was written as ONNX (opset {opset}, torch {torch}) with random weights
and a page of {height} × {width} pixels, and ONNX Runtime was compared with the model.

- **Any size**: the file takes any number of pages of any size; compared on two pages of another
    size, too. **Fixed**: it takes the example's size alone. **No**: the cell gives the reason.
- **Difference** is the largest of a logit, as a share of the standard deviation of all logits;
  above {tolerance:g} a file does not count as right.

{count}

`python tools/onnx_zoo.py --out docs/onnx.md` writes this page; `tools/pytorch2onnx.py --verify`
measures any config with its weights.

"""


@torch.no_grad()
def try_onnx(config: mmcv.Config, size: tuple[int, int] = SIZE) -> dict[str, Any]:
    """Return the result of exporting the network of ``config`` to ONNX.

    Args:
        config: A loaded config; its network gets random weights.
        size: (height, width) in pixels of the page to export with.

    Returns:
        ``pages`` (``'any size'``, ``'fixed'`` or ``'no'``), ``difference`` relative to the spread
        of the logits, ``bytes`` of the file; ``reason`` where it takes less than any size.
    """
    torch.manual_seed(0)
    model = revert_sync_batchnorm(build_segmentor(mmcv.ConfigDict(config.model, pretrained=None)))
    for weight in model.parameters():
        if weight.ndim > 1 and not weight.any():  # would hide what comes of it
            nn.init.normal_(weight, std=0.02)
    page, graph = torch.randn(1, 3, *size), Graph(output='logits')
    answer = PageScorer(model.eval(), graph)(page)
    spread = (answer if isinstance(answer, torch.Tensor) else answer[0]).std().item()
    found: dict[str, Any] = {'pages': 'no'}
    for any_size in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'model.onnx')
            try:
                save_onnx(export_onnx(model, page, graph, any_size), path,
                          describe_trace(model, None, graph))
                differences = verify_onnx(model, path, page, graph, any_size)
            except InputError as error:
                found['reason'] = str(error)
                continue
            difference = max(differences.values()) / spread
            if not difference <= TOLERANCE:
                found['reason'] = f'differs by {difference:.2g} of the spread of its logits'
                continue
            return {**found, 'pages': 'any size' if any_size else 'fixed',
                    'difference': difference, 'bytes': os.path.getsize(path)}
    return found


def onnx_page(networks: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page in Markdown.

    Args:
        networks: Path of a config, from the project's folder → what :func:`try_onnx` gave.
    """
    kinds = [found['pages'] for found in networks.values()]
    count = (f'Of {len(kinds)} networks {kinds.count("any size")} take any size, '
             f'{kinds.count("fixed")} a fixed one, {kinds.count("no")} cannot be written.')
    lines = ['| network | ONNX | difference | file (MB) |', '| --- | --- | ---: | ---: |']
    for config, found in networks.items():
        measured = ['–', '–']
        if 'difference' in found:
            measured = [f"{found['difference']:.0e}", f"{found['bytes'] / 1e6:.0f}"]
        kind = ': '.join(filter(None, (found['pages'], found.get('reason'))))
        name = PurePosixPath(config).stem
        lines.append(f'| [{name}](../{config}) | {kind} | {measured[0]} | {measured[1]} |')
    head = _HEAD.format(opset=OPSET, torch=torch.__version__.partition('+')[0], height=SIZE[0],
                        width=SIZE[1], tolerance=TOLERANCE, count=count)
    return head + '\n'.join(lines) + '\n'


def networks_of(page: Path) -> list[str]:
    """Return the configs that a page of networks (``docs/model_zoo.md``) links to, one of each."""
    links = (line.partition('](../')[2].partition(')')[0]
             for line in page.read_text(encoding='utf-8').splitlines() if line.startswith('| ['))
    return [link for link in links if link.startswith('configs/')]
