"""Batch norms fused for inference on a CPU, only where scores stay the same."""
import pytest
import torch
from torch import nn

from mmseg.apis import CheckpointPredictor, init_segmentor
from mmseg.export import cpu_inference, winograd
from mmseg.export.winograd import WinogradConv2d
from mmseg.utils.config import load_config


def norms(model: nn.Module) -> int:
    """Number of batch norms; that of the auxiliary head is not used for scores."""
    return sum(isinstance(layer, nn.BatchNorm2d) for layer in model.modules())


@pytest.fixture
def config(config_file):
    return load_config(str(config_file))


@pytest.fixture
def model(config):
    torch.manual_seed(0)
    return init_segmentor(config, device='cpu')


def test_norms_are_fused_and_scores_stay(model, config):
    page = torch.randn(2, 3, 96, 80)
    with torch.no_grad():
        before = model.page_scores(page)
        faster = cpu_inference.for_cpu(model, config)
        after = faster.page_scores(page)
    assert norms(model) > 20 and norms(faster) == 1
    assert after.seg.numpy() == pytest.approx(before.seg.numpy(), abs=1e-5)
    assert after.cls.numpy() == pytest.approx(before.cls.numpy(), abs=1e-5)
    weight = next(layer.weight for layer in faster.modules() if isinstance(layer, nn.Conv2d)
                  and layer.kernel_size == (3, 3) and layer.in_channels > 1)
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert not weight.is_contiguous()


def test_a_config_can_keep_the_layout(model, config):
    config.channels_last = False
    faster = cpu_inference.for_cpu(model, config)
    assert norms(faster) == 1
    assert all(layer.weight.is_contiguous() for layer in faster.modules()
               if isinstance(layer, nn.Conv2d))


def test_the_model_stays_where_scores_would_change(model, config, monkeypatch):
    monkeypatch.setattr(cpu_inference, 'TOLERANCE', 0.)
    assert cpu_inference.for_cpu(model, config) is model


def replaced(model: nn.Module) -> int:
    """Number of convolutions with fewer multiplications."""
    return sum(isinstance(layer, WinogradConv2d) for layer in model.modules())


@pytest.fixture
def few_channels(monkeypatch):
    monkeypatch.setattr(winograd, 'is_faster', lambda layer: isinstance(layer, nn.Conv2d)
                        and (layer.kernel_size, layer.padding) == ((3, 3), (1, 1))
                        and (layer.stride, layer.groups) == ((1, 1), 1))


def test_convolutions_are_replaced_and_scores_stay(model, config, few_channels):
    page = torch.randn(2, 3, 96, 80)
    with torch.no_grad():
        before = model.page_scores(page)
        faster = cpu_inference.for_cpu(model, config)
        after = faster.page_scores(page)
    assert replaced(faster) > 5 and replaced(model) == 0
    assert after.seg.numpy() == pytest.approx(before.seg.numpy(), abs=1e-5)


def test_convolutions_are_replaced_in_bfloat16_too(model, config, few_channels):
    page = torch.randn(2, 3, 96, 80)
    with torch.no_grad():
        full = model.page_scores(page).seg
        model.autocast_dtype = torch.bfloat16
        rounded = model.page_scores(page).seg
        faster = cpu_inference.for_cpu(model, config)
        after = faster.page_scores(page).seg
    layers = [layer for layer in faster.modules() if isinstance(layer, WinogradConv2d)]
    assert len(layers) > 5 and {layer.kernel.dtype for layer in layers} == {torch.bfloat16}
    assert (after - full).abs().max() < 3 * (rounded - full).abs().max()
    model.autocast_dtype = torch.float16
    assert replaced(cpu_inference.for_cpu(model, config)) == 0


@pytest.mark.parametrize('dtype', [torch.bfloat16, None])
def test_convolutions_stay_where_scores_would_change(model, config, few_channels, monkeypatch,
                                                     dtype):
    model.autocast_dtype = dtype
    monkeypatch.setattr(WinogradConv2d, 'forward', lambda layer, x: torch.randn(
        len(x), layer.kernel.shape[2], *x.shape[2:]) * 100)
    faster = cpu_inference.for_cpu(model, config)
    assert (norms(faster), replaced(faster)) == (1, 0)


def test_norms_are_fused_in_mixed_precision_too(model, config, monkeypatch):
    page = torch.randn(1, 3, 96, 80)
    with torch.no_grad():
        full = model.page_scores(page).seg
        model.autocast_dtype = torch.bfloat16
        faster = cpu_inference.for_cpu(model, config)
        scores = faster.page_scores(page).seg
    assert (norms(faster), faster.autocast_dtype, model.autocast_dtype) == (
        1, torch.bfloat16, torch.bfloat16)
    assert not torch.equal(scores, full)  # of 8 bits of mantissa
    assert scores.numpy() == pytest.approx(full.numpy(), abs=0.02)
    # compared in float32, where fusing alone changes scores by less
    monkeypatch.setattr(cpu_inference, 'TOLERANCE', 0.)
    assert cpu_inference.for_cpu(model, config) is model
    assert model.autocast_dtype is torch.bfloat16


def test_predictors_do_so_unless_told_otherwise(config):
    assert norms(CheckpointPredictor(config, device='cpu').model) == 1
    assert norms(CheckpointPredictor(config, device='cpu', fast=False).model) > 20
