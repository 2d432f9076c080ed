"""Statistics of batch norms that an epoch ends with."""
import logging
import time

import pytest
import torch

from mmseg.core.hook import PreciseBNHook
from mmseg.core.runner import EpochBasedRunner, IterBasedRunner
from mmseg.datasets import build_dataloader
from mmseg.utils.errors import InputError

# Batches of two: means 2, 6, 10 and variances (unbiased) 2, 2, 2.
VALUES = [1., 3., 5., 7., 9., 11.]


class Pages(torch.utils.data.Dataset):
    def __len__(self):
        return len(VALUES)

    def __getitem__(self, index):
        return torch.tensor([VALUES[int(index)]])


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(1, momentum=0.5)
        self.seen = []

    def train_step(self, data, optimizer):
        self.seen.append(data.flatten().tolist())
        return dict(loss=self.norm(data).sum(), log_vars={}, num_samples=2)


def train(tmp_path, monkeypatch, epochs=1, runner_type=EpochBasedRunner, shuffle=False, **options):
    monkeypatch.setattr(time, 'sleep', lambda seconds: None)  # mmcv waits between epochs
    model = Model()
    runner = runner_type(model, optimizer=torch.optim.SGD(model.parameters(), 0.),
                         work_dir=str(tmp_path), logger=logging.getLogger('test'), meta={},
                         **{'max_epochs' if runner_type is EpochBasedRunner else 'max_iters':
                            epochs})
    if options:
        runner.register_hook(PreciseBNHook(**options), priority='ABOVE_NORMAL')
    runner.run([build_dataloader(Pages(), 2, 0, dist=False, shuffle=shuffle, seed=3)],
               [('train', 1)])
    return model


@pytest.mark.parametrize('samples, mean, batches', [(6, 6., 3), (8192, 6., 3), (4, 4., 2),
                                                    (1, 2., 1)])
def test_statistics_are_means_over_batches(tmp_path, monkeypatch, samples, mean, batches):
    model = train(tmp_path, monkeypatch, num_samples=samples)
    assert model.norm.running_mean.item() == pytest.approx(mean)
    assert model.norm.running_var.item() == pytest.approx(2.)
    assert model.norm.momentum == 0.5
    assert len(model.seen) == 3 + batches


def test_statistics_stay_moving_averages_between_the_intervals(tmp_path, monkeypatch):
    model = train(tmp_path, monkeypatch, num_samples=6, interval=2)
    assert model.norm.running_mean.item() == pytest.approx(0.25 + 1.5 + 5)


def test_the_stream_of_pages_is_the_same_with_it(tmp_path, monkeypatch):
    plain = train(tmp_path, monkeypatch, 2, shuffle=True).seen
    seen = train(tmp_path, monkeypatch, 2, shuffle=True, num_samples=4).seen
    assert seen[:3] + seen[5:8] == plain
    assert sorted(sum(plain[:3], [])) == VALUES


def test_what_it_cannot_do_is_one_sentence(tmp_path, monkeypatch):
    with pytest.raises(InputError, match='num_samples=0 and interval=1; expected 1 or more'):
        PreciseBNHook(num_samples=0)
    with pytest.raises(InputError, match='PreciseBNHook needs a training by epochs'):
        train(tmp_path, monkeypatch, runner_type=IterBasedRunner, num_samples=4)
