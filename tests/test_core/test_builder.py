"""Optimizers from configs."""
import pytest
import torch

from mmseg.core import OPTIMIZER_BUILDERS, build_optimizer, build_optimizer_constructor


def test_parameter_groups_follow_paramwise_cfg():
    model = torch.nn.ModuleDict(dict(body=torch.nn.Linear(1, 1, bias=False),
                                     head=torch.nn.Linear(1, 1, bias=False)))
    cfg = dict(type='SGD', lr=0.1, paramwise_cfg=dict(custom_keys=dict(head=dict(lr_mult=10.))))
    optimizer = build_optimizer(model, cfg)
    assert isinstance(optimizer, torch.optim.SGD)
    assert [group['lr'] for group in optimizer.param_groups] == [0.1, 1.0]
    assert 'paramwise_cfg' in cfg  # the config is left as it was


def test_a_constructor_of_ones_own():
    @OPTIMIZER_BUILDERS.register_module(force=True)
    class Frozen:
        def __init__(self, optimizer_cfg, paramwise_cfg):
            self.lr = optimizer_cfg['lr']

        def __call__(self, model):
            return self.lr

    try:
        assert build_optimizer(torch.nn.Linear(1, 1),
                               dict(type='SGD', lr=0.5, constructor='Frozen')) == 0.5
    finally:
        OPTIMIZER_BUILDERS.module_dict.pop('Frozen')


def test_an_unknown_constructor():
    with pytest.raises(KeyError, match='DefaultOptimizerConstruct'):
        build_optimizer_constructor(dict(type='DefaultOptimizerConstruct', optimizer_cfg={}))
