"""Exported files on another device than the one where they were traced."""
from __future__ import annotations

import torch


def move_constants(traced: torch.jit.ScriptModule, device: torch.device | str) -> None:
    """Let the graph create its own tensors, such as positions, on ``device``.

    ``torch.jit.load`` moves the weights; a device that was written into the graph when it was
    traced stays, and tensors of two devices do not go together.
    """
    target = str(torch.device(device))
    for part in traced.modules():
        graph = getattr(part, 'graph', None)
        if graph is None:
            continue
        for node in graph.findAllNodes('prim::Constant'):
            if node.output().type().kind() == 'DeviceObjType' and node.hasAttribute('value'):
                node.s_('value', target)
