"""HRNet: branches of several resolutions and what they tell each other."""
import copy

import pytest
import torch
from torch import nn

from mmseg.models.backbones import HRNet
from mmseg.models.backbones.hrnet import HRModule
from mmseg.models.utils import BasicBlock
from mmseg.utils.errors import InputError


def extra(width=4, block='BASIC'):
    """Two modules of one block for each branch."""
    stages = {f'stage{n}': dict(num_modules=2, num_branches=n, block=block, num_blocks=(1, ) * n,
                                num_channels=tuple(width * 2**i for i in range(n)))
              for n in (2, 3, 4)}
    return dict(stages, stage1=dict(num_modules=1, num_branches=1, block='BOTTLENECK',
                                    num_blocks=(1, ), num_channels=(8, )))


@pytest.mark.parametrize('options, size, shapes, means, deviations', [
    (dict(extra=extra()), (64, 64), [(4, 16, 16), (8, 8, 8), (16, 4, 4), (32, 2, 2)],
     (1.41428, .78627, .33622, .13908), (1.38741, .76817, .34152, .11886)),
    (dict(extra=extra()), (45, 71), [(4, 12, 18), (8, 6, 9), (16, 3, 5), (32, 2, 3)],
     (1.40517, .73959, .34193, .13436), (1.37422, .73623, .33324, .10720)),
    (dict(extra=extra(2, 'BOTTLENECK'), multiscale_output=False), (64, 64), [(8, 16, 16)],
     (.65982, ), (.71569, )),
])
def test_features_are_those_of_the_reference(options, size, shapes, means, deviations, gives):
    gives(HRNet(**options), size, shapes, means, deviations)


def test_names_of_the_weights():
    names = set(HRNet(extra()).state_dict())
    assert {'conv1.weight', 'bn1.weight', 'conv2.weight', 'bn2.bias', 'layer1.0.conv3.weight',
            'layer1.0.downsample.0.weight', 'transition1.0.0.weight', 'transition1.1.0.1.bias',
            'transition3.3.0.0.weight', 'stage2.0.branches.1.0.conv1.weight',
            'stage4.1.fuse_layers.0.3.0.weight', 'stage4.1.fuse_layers.3.0.2.1.bias'} <= names
    # A branch that keeps its width goes on as it is.
    assert not any(name.startswith('transition2.0') for name in names)


def test_module_adds_what_the_other_branch_sees():
    module = HRModule(2, BasicBlock, (1, 1), (1, 1), (1, 1)).eval()
    for name, value in module.named_parameters():
        nn.init.zeros_(value)
        if 'fuse_layers' in name and name.endswith('0.weight'):
            value.data[..., value.shape[2] // 2, value.shape[3] // 2] = 1
        elif 'fuse_layers' in name and name.endswith('1.weight'):
            nn.init.ones_(value)
    # Every block is its shortcut; the ways only resize.
    fine = torch.arange(16.).view(1, 1, 4, 4)
    coarse = torch.tensor([[[[100., 100.], [100., 100.]]]])
    fused = module([fine, coarse])
    torch.testing.assert_close(fused[0], fine + 100, rtol=1e-4, atol=0)
    torch.testing.assert_close(fused[1], coarse + fine[..., ::2, ::2], rtol=1e-4, atol=0)


@pytest.mark.parametrize('stages, kept', [
    (0, {'layer1', 'transition1', 'stage2', 'transition2', 'stage3', 'transition3', 'stage4'}),
    (2, {'stage3', 'transition3', 'stage4'}),
    (4, set()),
])
def test_frozen_stages_do_not_learn(stages, kept, trained):
    assert trained(HRNet(extra(), frozen_stages=stages)) == kept


def test_blocks_start_as_their_shortcuts():
    net = HRNet(extra(), zero_init_residual=True)
    net.init_weights()
    assert not net.stage3[0].branches[0][0].bn2.weight.any()
    assert not net.layer1[0].bn3.weight.any()
    assert net.layer1[0].bn2.weight.all()


def test_checkpointing_gives_the_same_gradients(gradients):
    plain, saving = (gradients(HRNet(extra(), with_cp=with_cp)) for with_cp in (False, True))
    torch.testing.assert_close(saving, plain)


def _without(name):
    def change(stages):
        del stages[name]
    return change


@pytest.mark.parametrize('change, message', [
    (_without('stage4'), "extra lacks 'stage4'"),
    (lambda e: e['stage2'].pop('num_blocks'), "extra.stage2 lacks 'num_blocks'"),
    (lambda e: e['stage3'].update(block='BASICS'), "did you mean 'BASIC'"),
    (lambda e: e['stage3'].update(num_channels=(4, 8)),
     r'extra.stage3.num_channels=\(4, 8\) needs one value for each of its num_branches=3'),
])
def test_stages_that_do_not_fit(change, message):
    stages = copy.deepcopy(extra())
    change(stages)
    with pytest.raises(InputError, match=message):
        HRNet(stages)


def test_frozen_stage_that_is_not_there():
    with pytest.raises(InputError, match='frozen_stages has 5, but HRNet takes -1 to 4'):
        HRNet(extra(), frozen_stages=5)
