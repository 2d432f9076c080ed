"""Optimizer steps in mixed precision, on a CPU, with gradients worked out by hand."""
import logging

import pytest
import torch
from mmcv.runner import LogBuffer, OptimizerHook

from mmseg.core import AutocastOptimizerHook, build_optimizer_hook
from mmseg.core.hook import optimizer as module
from mmseg.ops import RowWinogradConv2d, winograd
from mmseg.utils.errors import InputError


class Model(torch.nn.Module):
    """loss = weight * x, so that the gradient of the weight is x."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(1.))
        self.autocast_dtype = None


class Runner:
    """As much of mmcv's runner as an optimizer hook looks at."""

    def __init__(self, hook, max_iters=4, meta=None):
        self.model, self.meta, self.max_iters = Model(), meta, max_iters
        self._max_iters, self.iter = max_iters, 0
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1.)
        self.log_buffer, self.logger = LogBuffer(), logging.getLogger('test')
        self.hook = hook
        hook.before_run(self)

    def step(self, x):
        self.outputs = dict(loss=self.model.weight * x, num_samples=1)
        self.hook.after_train_iter(self)
        self.iter += 1
        return self.model.weight.item()


@pytest.fixture
def keep_float16(monkeypatch):
    """Let a CPU take float16, whose scaler it otherwise does without."""
    monkeypatch.setattr(module, '_fitting_dtype', lambda device, dtype: dtype)


@pytest.mark.parametrize('dtype', ['float16', 'bfloat16'])
def test_a_cpu_takes_bfloat16_without_a_scale(dtype):
    runner = Runner(AutocastOptimizerHook(dtype=dtype))
    assert runner.model.autocast_dtype is torch.bfloat16
    assert runner.hook.loss_scaler is None
    assert runner.step(0.25) == 0.75
    assert runner.step(0.25) == 0.5  # gradients of the step before are gone
    assert runner.model.weight.dtype is torch.float32


def test_on_a_cpu_large_convolutions_take_fewer_multiplications(monkeypatch):
    monkeypatch.setattr(winograd, 'may_take_fewer', lambda layer: layer.kernel_size == (3, 3))
    monkeypatch.setattr(torch.cpu, '_is_amx_tile_supported', lambda: False, raising=False)
    runner = Runner(AutocastOptimizerHook(dtype='bfloat16'))
    runner.model.convs = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3), torch.nn.Conv2d(1, 1, 1))
    runner.hook.before_run(runner)
    assert [type(conv) for conv in runner.model.convs] == [RowWinogradConv2d, torch.nn.Conv2d]


def test_a_gpu_takes_what_was_asked_for():
    gpu = torch.device('cuda', 0)
    assert module._fitting_dtype(gpu, torch.float16) is torch.float16
    assert module._fitting_dtype(gpu, torch.bfloat16) is torch.bfloat16


def test_gradients_are_clipped_and_their_size_logged():
    runner = Runner(AutocastOptimizerHook(grad_clip=dict(max_norm=0.5)))
    assert runner.step(4.) == pytest.approx(0.5, abs=1e-5)
    assert runner.log_buffer.val_history['grad_norm'] == [4.]


def test_gathered_iterations_are_averaged():
    runner = Runner(AutocastOptimizerHook(cumulative_iters=2), max_iters=3)
    assert [runner.step(x) for x in (0.25, 0.5, 0.125)] == [1., 0.625, 0.5]


def test_a_run_that_goes_on_between_two_steps_keeps_what_was_gathered():
    hook = AutocastOptimizerHook(cumulative_iters=2)
    runner = Runner(hook)
    runner.iter = 3
    runner.model.weight.grad = torch.tensor(0.25)  # of iteration 2, out of the checkpoint
    hook.before_run(runner)
    assert runner.step(0.5) == 0.5  # 1 - 0.25 - 0.5 / 2


def test_clipping_waits_for_the_whole_gradient():
    runner = Runner(AutocastOptimizerHook(cumulative_iters=2, grad_clip=dict(max_norm=1.)))
    runner.step(8.)
    assert runner.step(-8.) == 1.  # the two cancel out
    assert runner.log_buffer.val_history['grad_norm'] == [0.]


def test_float16_scales_the_loss_and_takes_the_scale_off(keep_float16):
    runner = Runner(AutocastOptimizerHook(loss_scale=8., grad_clip=dict(max_norm=10.)))
    assert runner.model.autocast_dtype is torch.float16
    assert runner.hook.loss_scaler.get_scale() == 8.
    assert runner.step(0.25) == 0.75
    assert runner.log_buffer.val_history['grad_norm'] == [0.25]
    assert runner.hook.loss_scaler.get_scale() == 8.


def test_an_overflow_leaves_the_step_out_and_lowers_a_dynamic_scale(keep_float16):
    options = dict(init_scale=8., backoff_factor=0.5)
    runner = Runner(AutocastOptimizerHook(loss_scale=options, grad_clip=dict(max_norm=1.)))
    assert runner.step(float('inf')) == 1.
    assert runner.hook.loss_scaler.get_scale() == 4.
    assert 'grad_norm' not in runner.log_buffer.val_history
    assert runner.step(0.25) == 0.75


def test_an_overflow_leaves_a_fixed_scale(keep_float16):
    runner = Runner(AutocastOptimizerHook(loss_scale=8))
    assert runner.step(float('inf')) == 1.
    assert runner.hook.loss_scaler.get_scale() == 8.


def test_the_scale_survives_a_resume(keep_float16, tmp_path):
    options = dict(init_scale=8., growth_interval=2)
    runner = Runner(AutocastOptimizerHook(loss_scale=options))
    runner.step(float('inf'))
    runner.step(0.25)
    torch.save(runner.meta, tmp_path / 'meta.pth')
    meta = torch.load(tmp_path / 'meta.pth', weights_only=True)
    resumed = Runner(AutocastOptimizerHook(loss_scale=options), meta=meta)
    assert resumed.hook.loss_scaler.get_scale() == 4.
    resumed.step(0.25)  # the second good step in a row doubles the scale
    assert resumed.hook.loss_scaler.get_scale() == 8.


def test_a_model_that_will_not_follow_is_warned_about(caplog):
    hook = AutocastOptimizerHook()
    runner = Runner(hook)
    del runner.model.autocast_dtype
    with caplog.at_level(logging.WARNING, logger='test'):
        hook.before_run(runner)
    assert 'Model has no attribute autocast_dtype' in caplog.text


@pytest.mark.parametrize('config, fp16, scale, gathered', [
    (None, {}, {}, 1),
    (dict(grad_clip=None), dict(loss_scale=512.), {'init_scale': 512.}, 1),
    (dict(type='GradientCumulativeOptimizerHook', cumulative_iters=3), dict(dtype='bfloat16'),
     {}, 3),
    # what 0.x configs write
    (dict(type='Fp16OptimizerHook', loss_scale=256., distributed=False), None,
     {'init_scale': 256.}, 1),
    (dict(type='Fp16OptimizerHook'), {}, {'init_scale': 512.}, 1),
    (dict(type='Fp16OptimizerHook', loss_scale='dynamic'), {}, {}, 1),
    (dict(type='GradientCumulativeFp16OptimizerHook', cumulative_iters=2), None,
     {'init_scale': 512.}, 2)])
def test_hooks_in_mixed_precision(config, fp16, scale, gathered):
    hook = build_optimizer_hook(config, fp16)
    assert type(hook) is AutocastOptimizerHook
    assert hook._scaler_args == scale
    assert hook.cumulative_iters == gathered


def test_hooks_in_32_bits_are_mmcvs():
    assert type(build_optimizer_hook(None)) is OptimizerHook
    hook = build_optimizer_hook(dict(grad_clip=dict(max_norm=1.)))
    assert type(hook) is OptimizerHook and hook.grad_clip == dict(max_norm=1.)
    assert build_optimizer_hook(hook, None) is hook


def test_building_does_not_change_the_config():
    config = dict(type='Fp16OptimizerHook', loss_scale=256.)
    build_optimizer_hook(config, None)
    assert config == dict(type='Fp16OptimizerHook', loss_scale=256.)


@pytest.mark.parametrize('options, message', [
    (dict(dtype='bfloat'), "did you mean 'bfloat16'"),
    (dict(loss_scale='dynamical'), "'dynamic', a number or a dict"),
    (dict(loss_scale=dict(init_scal=1)), "did you mean 'init_scale'"),
    (dict(cumulative_iters=0), 'whole number from 1 on'),
    (dict(los_scale=1), "did you mean 'loss_scale'")])
def test_wrong_options_are_named(options, message):
    with pytest.raises(InputError, match=message):
        build_optimizer_hook(None, options)


def test_a_hook_of_ones_own_cannot_follow_fp16():
    with pytest.raises(InputError, match="'MyHook'"):
        build_optimizer_hook(dict(type='MyHook'), {})
