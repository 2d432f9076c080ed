"""High-resolution networks (Wang et al., "Deep High-Resolution Representation Learning for Visual
Recognition", TPAMI 2020)."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import torch
from mmcv.cnn import build_conv_layer, build_norm_layer
from mmcv.runner import BaseModule, ModuleList, Sequential
from torch import Tensor, nn

from ...ops import Upsample, resize
from ...utils.errors import InputError, nearest
from ..builder import BACKBONES
from ..utils import BasicBlock, Bottleneck, ResidualBlock, ResLayer
from .base_backbone import BaseBackbone

BLOCKS: dict[str, type[ResidualBlock]] = {'BASIC': BasicBlock, 'BOTTLENECK': Bottleneck}
STAGE_KEYS = ('num_modules', 'num_branches', 'block', 'num_blocks', 'num_channels')


def _conv_norm(source: int, target: int, kernel_size: int, conv_cfg: dict | None, norm_cfg: dict,
               stride: int = 1, relu: bool = True) -> list[nn.Module]:
    """A bias-free convolution, its norm and, where wanted, the ReLU behind it."""
    layers = [build_conv_layer(conv_cfg, source, target, kernel_size, stride=stride,
                               padding=kernel_size // 2, bias=False),
              build_norm_layer(norm_cfg, target)[1]]
    return layers + [nn.ReLU(inplace=True)] if relu else layers


def _zero_init(block: type[ResidualBlock], wanted: bool) -> dict | None:
    """Config that starts the last norm of each block at zero, so that it passes its input on."""
    last_norm = 'norm3' if issubclass(block, Bottleneck) else 'norm2'
    return dict(type='Constant', val=0, override=dict(name=last_norm)) if wanted else None


class HRModule(BaseModule):
    """Branches of several resolutions side by side, then each takes from all the others.

    Wang et al., section 3.3. Branch ``i`` works at ``1 / 2**i`` of the first one's resolution.

    Args:
        num_branches: Number of branches.
        blocks: Class of the residual blocks.
        num_blocks: Blocks of every branch.
        in_channels: Channels that arrive at every branch.
        num_channels: Channels of the blocks of every branch.
        multiscale_output: Whether all branches are returned, or only the first.
        with_cp: Whether blocks are recomputed in the backward pass, to save memory.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        block_init_cfg: Initialisation of each block.
        init_cfg: Initialisation config.
        align_corners: See :class:`HRNet`.
    """

    def __init__(self, num_branches: int, blocks: type[ResidualBlock], num_blocks: Sequence[int],
                 in_channels: Sequence[int], num_channels: Sequence[int],
                 multiscale_output: bool = True, with_cp: bool = False,
                 conv_cfg: dict | None = None, norm_cfg: dict | None = None,
                 block_init_cfg: dict | None = None, init_cfg: dict | None = None,
                 align_corners: bool = False) -> None:
        super().__init__(init_cfg)
        norm_cfg = norm_cfg or dict(type='BN')
        self.align_corners = align_corners
        self.num_branches, self.multiscale_output = num_branches, multiscale_output
        # mmcv's list, which hands the initialisation on to the blocks.
        self.branches = ModuleList(
            ResLayer(blocks, source, channels, depth, conv_cfg=conv_cfg, norm_cfg=norm_cfg,
                     with_cp=with_cp, init_cfg=block_init_cfg)
            for source, channels, depth in zip(in_channels, num_channels, num_blocks, strict=True))
        self.in_channels = [channels * blocks.expansion for channels in num_channels]
        self.fuse_layers = self._make_fuse_layers(conv_cfg, norm_cfg) if num_branches > 1 else None
        self.relu = nn.ReLU(inplace=False)

    def _make_fuse_layers(self, conv_cfg: dict | None, norm_cfg: dict) -> nn.ModuleList:
        """``[target][source]``: what brings a branch to another one's channels and resolution."""
        targets = range(self.num_branches if self.multiscale_output else 1)
        return nn.ModuleList(
            nn.ModuleList(self._make_way(source, target, conv_cfg, norm_cfg)
                          for source in range(self.num_branches)) for target in targets)

    def _make_way(self, source: int, target: int, conv_cfg: dict | None,
                  norm_cfg: dict) -> nn.Module | None:
        """Up: project and interpolate; down: a 3x3 convolution of stride 2 for every halving."""
        here, there = self.in_channels[source], self.in_channels[target]
        if source == target:
            return None
        if source > target:
            return nn.Sequential(
                *_conv_norm(here, there, 1, conv_cfg, norm_cfg, relu=False),
                Upsample(scale_factor=2**(source - target), mode='bilinear',
                         align_corners=self.align_corners))
        # Only the last of the convolutions changes the channels, and no ReLU follows it.
        halvings = [nn.Sequential(*_conv_norm(here, here, 3, conv_cfg, norm_cfg, stride=2))
                    for _ in range(target - source - 1)]
        last = nn.Sequential(*_conv_norm(here, there, 3, conv_cfg, norm_cfg, stride=2, relu=False))
        return nn.Sequential(*halvings, last)

    def _carry(self, way: nn.Module | None, x: Tensor, size: torch.Size) -> Tensor:
        """``x`` as its target branch of ``size`` takes it."""
        if way is None:
            return x
        x = way(x)
        # Halving rounds odd sizes up, so that doubling again may give a pixel too many.
        if torch.jit.is_tracing() or x.shape[2:] != size:
            x = resize(x, size=size, mode='bilinear', align_corners=self.align_corners)
        return x

    def forward(self, x: Sequence[Tensor]) -> list[Tensor]:
        """A map ``(N, C, h, w)`` of each branch, for one of each branch."""
        x = [branch(part) for branch, part in zip(self.branches, x, strict=True)]
        if self.fuse_layers is None:
            return x
        return [
            self.relu(sum(self._carry(way, part, target.shape[2:])
                          for way, part in zip(ways, x, strict=True)))
            for ways, target in zip(self.fuse_layers, x)
        ]


@BACKBONES.register_module()
class HRNet(BaseBackbone):
    """Feature maps of 1/4, 1/8, 1/16 and 1/32 of the image, which were side by side all the way.

    Args:
        extra: ``stage1`` to ``stage4``, each a dict with ``num_modules``, ``num_branches`` (in
            the paper 1 to 4, as the stage), ``block`` (``'BASIC'`` or ``'BOTTLENECK'``), and for
            every branch ``num_blocks`` and ``num_channels``.
        in_channels: Channels of the image.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        norm_eval: Whether batch norms keep their running statistics while training.
        with_cp: Whether blocks are recomputed in the backward pass, to save memory.
        frozen_stages: The stem (0) and the stages up to this one are not trained; -1 trains all.
        zero_init_residual: Whether a block starts as its shortcut only.
        multiscale_output: Whether all four feature maps are returned, or only the finest.
        pretrained: Where the weights come from; see :class:`BaseBackbone`.
        init_cfg: Initialisation config.
        align_corners: Whether resizing between the branches keeps the corner pixels in place, as
            in the authors' own code.

    Raises:
        InputError: ``extra`` lacks a stage or a key, or its numbers do not fit together.
    """

    def __init__(self,
                 extra: Mapping[str, dict],
                 in_channels: int = 3,
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = None,
                 norm_eval: bool = False,
                 with_cp: bool = False,
                 frozen_stages: int = -1,
                 zero_init_residual: bool = False,
                 multiscale_output: bool = True,
                 pretrained: str | None = None,
                 init_cfg: dict | list | None = None,
                 align_corners: bool = False) -> None:
        super().__init__(pretrained, init_cfg, norm_eval=norm_eval)
        _check_extra(extra)
        self.align_corners = align_corners
        self._check_indices('frozen_stages', [frozen_stages], -1, 4)
        self.extra, self.frozen_stages, self.with_cp = extra, frozen_stages, with_cp
        self.conv_cfg = conv_cfg
        self.norm_cfg = norm_cfg or dict(type='BN', requires_grad=True)
        self.zero_init_residual = zero_init_residual
        self._make_stem(in_channels)
        branches = self._make_first_stage(64)
        for number in (2, 3, 4):
            cfg = extra[f'stage{number}']
            block = BLOCKS[cfg['block']]
            new_channels = [channels * block.expansion for channels in cfg['num_channels']]
            transition = self._make_transition(branches, new_channels)
            setattr(self, f'transition{number - 1}', transition)
            stage, branches = self._make_stage(
                cfg, new_channels, multiscale_output or number < 4)
            setattr(self, f'stage{number}', stage)
        self._freeze()

    def _make_stem(self, in_channels: int) -> None:
        """Two 3x3 convolutions that bring the image to a quarter of its size."""
        for index, source in ((1, in_channels), (2, 64)):
            name, norm = build_norm_layer(self.norm_cfg, 64, postfix=index)
            conv = build_conv_layer(self.conv_cfg, source, 64, 3, stride=2, padding=1, bias=False)
            self.add_module(f'conv{index}', conv)
            self.add_module(name, norm)
            setattr(self, f'norm{index}_name', name)
        self.relu = nn.ReLU(inplace=True)

    @property
    def norm1(self) -> nn.Module:
        """Normalisation after the first convolution."""
        return getattr(self, self.norm1_name)

    @property
    def norm2(self) -> nn.Module:
        """Normalisation after the second convolution."""
        return getattr(self, self.norm2_name)

    def _make_first_stage(self, in_channels: int) -> list[int]:
        """Make ``layer1``, a plain residual stage; gives its output's channels."""
        cfg = self.extra['stage1']
        block, channels = BLOCKS[cfg['block']], cfg['num_channels'][0]
        self.layer1 = ResLayer(block, in_channels, channels, cfg['num_blocks'][0],
                               conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg,
                               with_cp=self.with_cp,
                               init_cfg=_zero_init(block, self.zero_init_residual))
        return [channels * block.expansion]

    def _make_transition(self, branches: Sequence[int],
                         new_channels: Sequence[int]) -> nn.ModuleList:
        """Convolutions to the next channels of each branch, and new branches from the coarsest.

        An entry is None where a branch does not change.
        """
        layers: list[nn.Module | None] = [
            None if channels == new else nn.Sequential(
                *_conv_norm(channels, new, 3, self.conv_cfg, self.norm_cfg))
            for channels, new in zip(branches, new_channels)
        ]
        coarsest = branches[-1]
        for branch in range(len(branches), len(new_channels)):
            steps = [coarsest] * (branch + 1 - len(branches)) + [new_channels[branch]]
            layers.append(nn.Sequential(*(
                nn.Sequential(*_conv_norm(*step, 3, self.conv_cfg, self.norm_cfg, stride=2))
                for step in pairwise(steps))))
        return nn.ModuleList(layers)

    def _make_stage(self, cfg: Mapping, in_channels: list[int],
                    multiscale_output: bool) -> tuple[nn.Module, list[int]]:
        """A stage and its branches' channels; only its last module may drop the coarser ones."""
        block, modules = BLOCKS[cfg['block']], []
        for index in range(cfg['num_modules']):
            modules.append(HRModule(
                cfg['num_branches'], block, cfg['num_blocks'], in_channels, cfg['num_channels'],
                multiscale_output or index < cfg['num_modules'] - 1, self.with_cp, self.conv_cfg,
                self.norm_cfg, _zero_init(block, self.zero_init_residual),
                align_corners=self.align_corners))
            in_channels = modules[-1].in_channels
        return Sequential(*modules), in_channels

    def _frozen_modules(self) -> Iterable[nn.Module]:
        if self.frozen_stages < 0:
            return []
        names = ['conv1', self.norm1_name, 'conv2', self.norm2_name]
        for number in range(1, self.frozen_stages + 1):
            names.append('layer1' if number == 1 else f'stage{number}')
            names += [f'transition{number}'] if number < 4 else []
        return [getattr(self, name) for name in names]

    @staticmethod
    def _cross(transition: nn.ModuleList, branches: Sequence[Tensor]) -> list[Tensor]:
        """The branches as the next stage takes them; what is new comes of the last one."""
        known = len(branches)
        changed = [branches[min(i, known - 1)] for i in range(len(transition))]
        return [x if layer is None else layer(x)
                for layer, x in zip(transition, changed, strict=True)]

    def forward(self, x: Tensor) -> list[Tensor]:
        """Maps ``(N, C, H / s, W / s)`` with s of 4, 8, 16 and 32."""
        x = self.relu(self.norm1(self.conv1(x)))
        x = self.relu(self.norm2(self.conv2(x)))
        branches = [self.layer1(x)]
        for number in (2, 3, 4):
            branches = self._cross(getattr(self, f'transition{number - 1}'), branches)
            branches = getattr(self, f'stage{number}')(branches)
        return branches


def _check_extra(extra: Mapping[str, dict]) -> None:
    """Raise InputError where the description of the stages does not hold together."""
    for number in range(1, 5):
        name = f'stage{number}'
        if name not in extra:
            raise InputError(f"HRNet's extra lacks '{name}'; it needs stage1 to stage4, got "
                             f'{sorted(extra)}')
        stage = extra[name]
        missing = [key for key in STAGE_KEYS if key not in stage]
        if missing:
            raise InputError(f"HRNet's extra.{name} lacks '{missing[0]}'; it needs "
                             f'{", ".join(STAGE_KEYS)}')
        if stage['block'] not in BLOCKS:
            raise InputError(f"HRNet's extra.{name}.block is {stage['block']!r}; expected one of "
                             f'{sorted(BLOCKS)}{nearest(stage["block"], BLOCKS)}')
        for key in ('num_blocks', 'num_channels'):
            if len(stage[key]) != stage['num_branches']:
                raise InputError(f"HRNet's extra.{name}.{key}={tuple(stage[key])} needs one value "
                                 f'for each of its num_branches={stage["num_branches"]} branches')
