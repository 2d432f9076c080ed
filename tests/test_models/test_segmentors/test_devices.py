"""Networks on another device than the CPU, without one: tensors that have a device and no numbers.

torch's fake tensors refuse an operation on tensors of two devices, as a GPU would; convolutions are
not looked at. The backward pass needs a GPU, and so does what depends on numbers: losses that sort
or choose pixels, and labels.
"""
from contextlib import contextmanager

import mmcv
import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from mmseg.models import build_segmentor
from mmseg.utils.config import load_config

# A training step of fake tensors ended the process with torch 2.6 and 2.8.
pytestmark = pytest.mark.skipif(
    tuple(map(int, torch.__version__.split('.')[:2])) < (2, 11), reason='needs torch 2.11')

GPU = torch.device('cuda', 0)
NETWORKS = ['deeplabv3plus_tiny_demo', 'deeplabv3plus_r18-d16_dcn_512x512_20k_layout',
            'segformer_mit-b0_512x512_20k_layout', 'aspp_unet_lite0_lines_512x512_20k_layout']
MORE = ['ocrnet_hr18_512x512_20k_layout', 'setr_vit-base_pup_512x512_20k_layout',
        'upernet_mpvit_tiny_512x512_20k_layout', 'upernet_vit-b16_ln_mln_512x512_20k_layout',
        'upernet_swin_tiny_patch4_window7_512x512_20k_layout']


def network(name):
    """The network of a layout config, with a loss that depends on no numbers."""
    config = load_config(f'layout/{name}').model
    config.update(pretrained=None)
    for head in (config.decode_head, config.get('auxiliary_head')):
        for part in head if isinstance(head, list) else [head] if head else []:
            part.update(sampler=None, loss_decode=dict(type='CrossEntropyLoss'))
    return build_segmentor(mmcv.ConfigDict(config))


@contextmanager
def on_fake_gpu(model):
    """Within it the parameters and buffers of ``model`` are on a GPU that is not there."""
    with FakeTensorMode():
        for module in model.modules():
            for name, value in module._parameters.items():
                if value is not None:
                    fake = torch.empty(value.shape, dtype=value.dtype, device=GPU)
                    module._parameters[name] = nn.Parameter(fake, value.requires_grad)
            for name, value in module._buffers.items():
                if value is not None:
                    module._buffers[name] = torch.empty(value.shape, dtype=value.dtype, device=GPU)
        yield


def metas(size, flip=False, scale=1.):
    return [dict(ori_shape=(100, 120, 3), img_shape=(*size, 3), pad_shape=(*size, 3), flip=flip,
                 flip_direction='horizontal', scale_factor=1., view_scale=scale, cls_label=1,
                 filename='a.png')] * 2


def check_training(name):
    model = network(name)
    with on_fake_gpu(model):
        losses = model.forward_train(torch.empty(2, 3, 128, 128, device=GPU), metas((128, 128)),
                                     gt_semantic_seg=torch.zeros(2, 1, 128, 128, dtype=torch.long,
                                                                 device=GPU))
        total = sum(value.mean() for key, value in losses.items() if 'loss' in key)
        assert total.device == GPU and total.requires_grad


def check_views(name, **settings):
    """Scores of two views, the second flipped and smaller."""
    model = network(name).eval()
    model.test_cfg = mmcv.ConfigDict(settings)
    with on_fake_gpu(model), torch.no_grad():
        sizes = (128, 128), (96, 96)
        scores = model.test_scores([torch.empty(2, 3, *size, device=GPU) for size in sizes],
                                   [metas(sizes[0]), metas(sizes[1], True, .75)])
        assert scores.seg.shape[2:] == (100, 120)
        assert {part.device for part in scores if part is not None} == {GPU}


@pytest.mark.parametrize('settings', [
    dict(mode='whole'), dict(mode='whole', layers={4: [1.]}),
    dict(mode='slide', crop_size=(96, 96), stride=(64, 64))], ids=['whole', 'layers', 'slide'])
def test_views_stay_on_the_device(settings):
    check_views('deeplabv3plus_tiny_demo', **settings)


def test_training_stays_on_the_device():
    check_training('deeplabv3plus_tiny_demo')


def test_a_tensor_on_the_cpu_is_found():
    model = network('deeplabv3plus_tiny_demo')
    model.backbone.register_forward_hook(
        lambda module, inputs, features: [part + torch.ones(part.shape) for part in features])
    with on_fake_gpu(model), pytest.raises(RuntimeError, match='same device|two different devices'):
        model.extract_feat(torch.empty(2, 3, 64, 64, device=GPU))


@pytest.mark.slow
@pytest.mark.parametrize('name', [*NETWORKS[1:], *MORE])
def test_networks_stay_on_the_device(name):
    check_views(name, mode='whole')
    if 'lines' not in name:  # targets of lines come from a pipeline
        check_training(name)


@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
@pytest.mark.parametrize('name', NETWORKS)
def test_scores_on_a_gpu_are_those_on_the_cpu(name):
    torch.manual_seed(0)
    model = network(name).eval()
    img = torch.rand(2, 3, 128, 128)
    with torch.no_grad():
        expected = model.test_scores([img], [metas((128, 128))]).seg
        found = model.to(GPU).test_scores([img.to(GPU)], [metas((128, 128))]).seg
    assert found.device == GPU
    assert float((found.cpu() - expected).abs().max()) < 1e-3
