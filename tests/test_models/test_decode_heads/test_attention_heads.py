"""All heads with attention: numbers of the reference, losses, gradients, traces of any size."""
import pytest
import torch

from mmseg.models.builder import build_head

COMMON = dict(channels=8, num_classes=3, norm_cfg=dict(type='BN'))
ONE = dict(in_channels=8, **COMMON)
TWO = dict(in_channels=[6, 8], in_index=[1, 2], **COMMON)
TRAIN = dict(num_points=20, oversample_ratio=3, importance_sample_ratio=.75)
TEST = dict(subdivision_steps=1, subdivision_num_points=50, scale_factor=2)

# Logits (their mean and those of a pixel) and losses of MMSegmentation 0.30.0 under the same
# weights and inputs.
ROWS = [
    (dict(type='NLHead', **ONE), .05741, (.11631, -.06802, -.06939), dict(loss_ce=.9261)),
    (dict(type='NLHead', mode='concatenation', reduction=4, **ONE), .05718,
     (.1153, -.06844, -.06881), dict(loss_ce=.9284)),
    (dict(type='DNLHead', **ONE), .05739, (.11532, -.06828, -.06866), dict(loss_ce=.9267)),
    (dict(type='DNLHead', mode='dot_product', reduction=1, **ONE), .05615,
     (.11172, -.0698, -.06662), dict(loss_ce=.9256)),
    (dict(type='GCHead', **ONE), .06448, (.13709, -.06089, -.08287), dict(loss_ce=.9271)),
    (dict(type='GCHead', pooling_type='avg', fusion_types=('channel_add', 'channel_mul'), **ONE),
     .06361, (.13495, -.0609, -.08074), dict(loss_ce=.932)),
    (dict(type='CCHead', **ONE), .05749, (.11581, -.06811, -.06898), dict(loss_ce=.926)),
    (dict(type='DAHead', pam_channels=4, **ONE), .1264, (.17148, .0439, -.01001),
     {'pam_cam.loss_ce': .9291, 'pam.loss_ce': .9248, 'cam.loss_ce': .9261}),
    (dict(type='APCHead', pool_scales=(1, 2), **ONE), -.12601, (-.18375, -.32407, -.03137),
     dict(loss_ce=.9206)),
    (dict(type='DMHead', filter_sizes=(2, 3), fusion=True, **ONE), -.11884,
     (-.18128, -.32482, -.0346), dict(loss_ce=.9225)),
    (dict(type='EMAHead', ema_channels=6, num_bases=4, num_stages=3, **ONE), .05973,
     (.08191, -.07518, -.04232), dict(loss_ce=.9319)),
    (dict(type='EncHead', num_codes=4, add_lateral=True, **TWO), -.2009,
     (-.11852, -.16275, .06849), dict(loss_ce=.9366, loss_se=.166)),
    (dict(type='ANNHead', project_channels=4, **TWO), -.0245, (.01043, -.10893, -.00537),
     dict(loss_ce=.9543)),
    (dict(type='ISAHead', isa_channels=4, down_factor=(4, 3), **ONE), -.10232,
     (.00138, -.22549, -.11561), dict(loss_ce=1.0019)),
    (dict(type='PSAHead', mask_size=(5, 3), **ONE), -.11894, (-.06073, -.14547, .02839),
     dict(loss_ce=.9217)),
    (dict(type='PSAHead', mask_size=(3, 2), psa_type='collect', compact=True, **ONE), -.11893,
     (-.05921, -.14474, .02761), dict(loss_ce=.9233)),
    (dict(type='OCRHead', ocr_channels=4, in_channels=[4, 8], in_index=[0, 2],
          input_transform='resize_concat', **COMMON), -.05637, (-.77021, -.58623, .2868),
     dict(loss_ce=1.0256)),
    (dict(type='PointHead', in_channels=[4], in_index=[0], channels=8, num_classes=3), -.00819,
     (.51751, -.47005, .40319), dict(pointloss_ce=.7877)),
]
IDS = [f'{i}-{row[0]["type"]}' for i, row in enumerate(ROWS)]
CASCADED = ('OCRHead', 'PointHead')


def features(waves, height, width, count=2):
    """Feature maps of three strides, of which the coarse ones have ``height`` and ``width``."""
    return [waves(count, 4, 2 * height, 2 * width), waves(count, 6, height, width),
            waves(count, 8, height, width)]


def inputs_of(cfg, waves, *size):
    """What the head takes: feature maps, and in a cascade the coarse logits."""
    maps = features(waves, *size)
    if cfg['type'] not in CASCADED:
        return [maps]
    return [maps, waves(len(maps[0]), 3, *maps[0].shape[2:])]


@pytest.fixture
def label():
    """Labels 0, 1, 2 in turn below two rows that do not count."""
    label = torch.arange(240).view(2, 1, 12, 10) % 3
    label[:, :, :2] = 255
    return label


@pytest.mark.parametrize('cfg, mean, pixel, losses', ROWS, ids=IDS)
def test_logits_are_those_of_the_reference(cfg, mean, pixel, losses, filled, waves):
    head = filled(build_head(cfg))
    with torch.no_grad():
        logits = head.forward_test(*inputs_of(cfg, waves, 6, 5), None, TEST)
    assert logits.mean().item() == pytest.approx(mean, abs=2e-5)
    assert logits[0, :, 1, 2].tolist() == pytest.approx(pixel, abs=2e-5)


@pytest.mark.parametrize('cfg, mean, pixel, losses', ROWS, ids=IDS)
def test_losses_are_those_of_the_reference(cfg, mean, pixel, losses, filled, waves, label):
    head = filled(build_head(cfg)).train()
    for module in head.modules():
        if isinstance(module, (torch.nn.Dropout, torch.nn.Dropout2d)):
            module.p = 0
    torch.manual_seed(0)  # for the points of PointHead
    got = head.forward_train(*inputs_of(cfg, waves, 6, 5), [{}, {}], label, TRAIN)
    got_losses = {name: value.item() for name, value in got.items() if 'loss' in name}
    assert got_losses == pytest.approx(losses, abs=2e-4)
    assert {name.rsplit('.')[-1] for name in set(got) - set(losses)} <= {'acc_seg', 'acc_point'}


@pytest.mark.parametrize('cfg, mean, pixel, losses', ROWS, ids=IDS)
def test_every_weight_learns(cfg, mean, pixel, losses, filled, waves, label):
    head = filled(build_head(cfg)).train()
    got = head.forward_train(*inputs_of(cfg, waves, 6, 5), [{}, {}], label, TRAIN)
    sum(value for name, value in got.items() if 'loss' in name).backward()
    missing = [name for name, weight in head.named_parameters() if weight.requires_grad
               and (weight.grad is None or not weight.grad.isfinite().all())]
    assert missing == []


class _Test(torch.nn.Module):
    """The head as a segmentor runs it in a test."""

    def __init__(self, head):
        super().__init__()
        self.head = head

    def forward(self, *inputs):
        return self.head.forward_test(*inputs, None, TEST)


@pytest.mark.parametrize('cfg, mean, pixel, losses', [row for row in ROWS
                                                      if not row[0].get('compact')])
@pytest.mark.filterwarnings('ignore::torch.jit.TracerWarning')
def test_traced_head_takes_any_size(cfg, mean, pixel, losses, filled, waves):
    head = _Test(filled(build_head(cfg))).requires_grad_(False)
    traced = torch.jit.trace(head, tuple(inputs_of(cfg, waves, 6, 5)), check_trace=False)
    for size in ((9, 7), (5, 8), (2, 3)):
        for count in (1, 3):
            inputs = inputs_of(cfg, waves, *size, count)
            torch.testing.assert_close(traced(*inputs), head(*inputs))
