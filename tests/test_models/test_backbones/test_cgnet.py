"""CGNet."""
import pytest
import torch

from mmseg.models.backbones import CGNet
from mmseg.models.backbones.cgnet import GlobalContextExtractor
from mmseg.utils.errors import InputError

SMALL = dict(num_channels=(8, 16, 24))


@pytest.mark.parametrize('options, size, shapes, means, deviations', [
    (dict(num_blocks=(3, 4)), (64, 64), [(11, 32, 32), (35, 16, 16), (48, 8, 8)],
     (.01031, -.00928, -.14607), (.06214, .25013, .09774)),
    (dict(num_blocks=(2, 2), dilations=(3, 2), reductions=(4, 4)), (45, 71),
     [(11, 23, 36), (35, 12, 18), (48, 6, 9)], (.01078, -.00833, -.14257),
     (.08279, .24563, .11362)),
])
def test_features_are_those_of_the_reference(options, size, shapes, means, deviations, gives):
    gives(CGNet(**options, **SMALL), size, shapes, means, deviations)


def test_gates_come_of_the_averages():
    context = GlobalContextExtractor(2, reduction=2)
    for name, value in (('fc.0.weight', [[1., 1.]]), ('fc.0.bias', [0.]),
                        ('fc.2.weight', [[1.], [-1.]]), ('fc.2.bias', [0., 0.])):
        context.get_parameter(name).data = torch.tensor(value)
    x = torch.stack([torch.full((2, 2), 1.), torch.full((2, 2), 2.)])[None]
    gates = torch.sigmoid(torch.tensor([3., -3.]))  # of the sum of the averages, 1 + 2
    torch.testing.assert_close(context(x), x * gates.view(1, 2, 1, 1))


def test_slopes_start_at_zero():
    net = CGNet(num_blocks=(1, 1), **SMALL)
    net.init_weights()
    assert not net.norm_prelu_0[1].weight.any() and not net.stem[0].activate.weight.any()
    assert net.stem[0].activate.weight.shape == (8, )


def test_checkpointing_gives_the_same_gradients(gradients):
    plain, saving = (gradients(CGNet(num_blocks=(2, 2), with_cp=with_cp, **SMALL))
                     for with_cp in (False, True))
    torch.testing.assert_close(saving, plain)


@pytest.mark.parametrize('options, message', [
    (dict(num_blocks=(3, 4, 5)), r'num_blocks=\(3, 4, 5\); expected a list of 2 values'),
    (dict(reductions=(32, 16)), 'reductions with 32 where a level has 16 channels'),
])
def test_settings_that_do_not_fit(options, message):
    with pytest.raises(InputError, match=message):
        CGNet(**options, **SMALL)
