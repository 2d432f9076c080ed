"""The page on the costs of the networks in ``configs/``."""
import copy
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import mmcv

_OTHER_CLASSES = ('ClsHead', 'STDCHead')  # of pages, and edges
_HEAD = """# What the networks cost

For one image of 512 × 512 pixels and 19 classes (layout networks: 5 classes and 2 page types).
Where several configs hold the same network for other data, one of them is listed.

- **Parameters** include auxiliary heads, which only training uses.
- **FLOPs** are counted as MMSegmentation 0.x does: a multiplication together with its addition is
  one. Convolutions and matrix products count, attention included; norms, activations, pooling and
  resizing do not (a few per mille; in the lightest networks a few percent).
{timed}
`python tools/model_zoo.py --time --out docs/model_zoo.md` writes this page; `tools/get_flops.py`
and `tools/benchmark.py` measure any config, at any size, and on a GPU.

"""
_TIMED = """\
- **Seconds** are those of a test of one page, the quickest of up to four after one that is not
  counted, in float32 on one thread of an x86-64 server CPU; they compare networks, not machines.
- **Memory** is the peak of the whole process, in GiB, weights and libraries included; the least of
  the table, {least:.2f}, is mostly libraries.
"""
_UNTIMED = """
Times and memory have not been measured yet.
"""


def with_classes(cfg: mmcv.Config, count: int = 19) -> mmcv.Config:
    """A copy of ``cfg`` with ``count`` classes where it has those of a public data set.

    Mixed precision is left out, so that all networks are measured alike.
    """
    cfg = copy.deepcopy(cfg)
    cfg.pop('fp16', None)
    _set_classes(cfg.get('model'), count)
    return cfg


def _set_classes(part: Any, count: int) -> None:
    """Change ``num_classes`` in place, at any depth."""
    if isinstance(part, (list, tuple)):
        for item in part:
            _set_classes(item, count)
    elif isinstance(part, Mapping):
        if part.get('num_classes') in (2, 19, 150) and part.get('type') not in _OTHER_CLASSES:
            part['num_classes'] = count  # type: ignore[index]
        for item in part.values():
            _set_classes(item, count)


def one_of_each(costs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Of configs with the same costs the first, in the order of paths; ``_base_`` comes last.

    Args:
        costs: Path of a config → its ``parameters`` and ``multiply_adds``.
    """
    seen: dict[tuple, str] = {}
    for config in sorted(costs, key=lambda name: ('/_base_/' in name, name)):
        seen.setdefault((costs[config]['parameters'], costs[config]['multiply_adds']), config)
    return list(seen.values())


def page(networks: Mapping[str, Mapping[str, Any]]) -> str:
    """The page in Markdown, with columns for time and memory where any were measured.

    Args:
        networks: Path of a config, from the project's folder → its ``parameters``,
            ``multiply_adds`` and perhaps ``seconds`` and ``memory`` (bytes).
    """
    memory = [cost['memory'] / 2**30 for cost in networks.values() if 'memory' in cost]
    columns = ['network', 'parameters (M)', 'FLOPs (G)']
    if memory:
        columns += ['seconds', 'memory (GiB)']
    lines = [columns, ['---'] + ['---:'] * (len(columns) - 1)]
    for config, cost in networks.items():
        row = [f'[{PurePosixPath(config).stem}](../{config})', f"{cost['parameters'] / 1e6:.1f}",
               f"{cost['multiply_adds'] / 1e9:.1f}"]
        if memory:
            row += ([f"{cost['seconds']:.2f}", f"{cost['memory'] / 2**30:.2f}"]
                    if 'memory' in cost else ['–', '–'])
        lines.append(row)
    table = '\n'.join(f'| {" | ".join(line)} |' for line in lines)
    note = _TIMED.format(least=min(memory)) if memory else _UNTIMED
    return _HEAD.format(timed=note) + table + '\n'
