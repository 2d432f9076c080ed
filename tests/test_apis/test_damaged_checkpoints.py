"""A damaged checkpoint is one sentence, and --auto-resume passes it over."""
import copy
import logging
from pathlib import Path

import mmcv
import pytest
import torch

from mmseg.core.resume import choose_checkpoint, resume
from mmseg.core.runner import IterBasedRunner
from mmseg.utils.errors import InputError
from mmseg.utils.misc import checkpoints_newest_first


class Layer(torch.nn.Linear):
    """What a runner takes for a network."""

    def train_step(self, *args, **kwargs):
        raise NotImplementedError


@pytest.fixture
def runner(tmp_path):
    """A runner of a network with one layer, which has done a step."""
    model = Layer(2, 3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    return IterBasedRunner(model, optimizer=optimizer, work_dir=str(tmp_path),
                           logger=logging.getLogger('mmseg'), meta=dict(seed=7), max_iters=9)


@pytest.fixture
def files(runner, tmp_path):
    """``iter_1.pth`` and ``iter_2.pth``."""
    for number in (0, 1):
        runner._iter = number
        runner._within = True
        runner.save_checkpoint(str(tmp_path))
    return tmp_path / 'iter_1.pth', tmp_path / 'iter_2.pth'


def without(key):
    return lambda loaded: {name: value for name, value in loaded.items() if name != key}


def meta_with(**values):
    return lambda loaded: {**loaded, 'meta': {**loaded['meta'], **values}}


def optimizer_with(**values):
    return lambda loaded: {**loaded, 'optimizer': {**loaded['optimizer'], **values}}


def in_optimizer(change):
    def damage(loaded):
        state = copy.deepcopy(loaded)
        change(state['optimizer'])
        return state
    return damage


DAMAGES = [
    (lambda loaded: b'', 'is not a checkpoint or is damaged'),
    (lambda loaded: b'no checkpoint', 'is not a checkpoint or is damaged'),
    (lambda loaded: b'PK\x03\x04' + b'x' * 99, 'is not a checkpoint or is damaged'),
    (lambda loaded: [1, 2], "has no dict 'meta'"),
    (lambda loaded: torch.zeros(2), "has no dict 'meta'"),
    (lambda loaded: {**loaded, 'meta': [1]}, "has no dict 'meta'"),
    (without('meta'), 'holds weights but no state'),
    (without('optimizer'), 'holds weights but no state'),
    (without('state_dict'), 'has no state_dict'),
    (lambda loaded: {**loaded, 'state_dict': 'weights'}, 'has no state_dict'),
    (lambda loaded: {**loaded, 'state_dict': {'other.weight': torch.zeros(1)}},
     'does not fit the model'),
    (meta_with(iter='three'), "meta.iter must be a whole number from 0 on, but is str 'three'"),
    (meta_with(iter=-1), 'meta.iter must be'),
    (meta_with(iter=True), 'meta.iter must be'),
    (meta_with(epoch=None), 'meta.epoch must be'),
    (meta_with(position=[1]), 'meta.position must hold'),
    (meta_with(position=dict(epoch=1, pages='all')), 'meta.position must hold'),
    (meta_with(hook_msgs='best'), 'meta.hook_msgs must be a dict'),
    (lambda loaded: {**loaded, 'optimizer': []}, 'no param_groups and state'),
    (optimizer_with(param_groups={}), 'no param_groups and state'),
    (optimizer_with(param_groups=[]), '0 groups of parameters instead of 1'),
    (optimizer_with(param_groups=[3]), 'a group of its optimizer state has no params'),
    (optimizer_with(state={0: 'none'}), 'must be a dict, but is str'),
    (in_optimizer(lambda state: state['state'][0].update(exp_avg=torch.zeros(4))),
     r'exp_avg of a parameter is \(4,\) instead of \(3, 2\)'),
    (in_optimizer(lambda state: state['param_groups'][0].update(params=[0])),
     'a group has 1 parameters instead of 2'),
    (in_optimizer(lambda state: state['param_groups'][0].pop('lr')),
     'its groups have no lr, as AdamW needs'),
    (lambda loaded: {**loaded, 'gradients': {'a': 1}}, "'gradients' must hold tensors"),
]


@pytest.mark.parametrize('damage, words', DAMAGES)
def test_a_damaged_checkpoint_is_one_sentence_and_passed_over(runner, files, tmp_path, damage,
                                                              words, caplog):
    older, newest = files
    content = damage(torch.load(newest))
    if isinstance(content, bytes):
        newest.write_bytes(content)
    else:
        torch.save(content, newest)
    with pytest.raises(InputError, match=words) as error:
        runner.resume(str(newest))
    assert len(str(error.value).splitlines()) == 1 and 'iter_2.pth' in str(error.value)
    cfg = mmcv.Config(dict(work_dir=str(tmp_path), auto_resume=True))
    with caplog.at_level('WARNING', 'mmseg'):
        assert choose_checkpoint(cfg, runner.logger) == 7
        resume(runner, cfg)
    assert runner.iter == 1 and runner.resumed_from == str(older)
    assert 'iter_2.pth' in caplog.text


@pytest.mark.parametrize('share', [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_checkpoint(runner, files, share):
    content = files[1].read_bytes()
    files[1].write_bytes(content[:int(len(content) * share)])
    with pytest.raises(InputError, match='iter_2.pth is not a checkpoint or is damaged'):
        runner.resume(str(files[1]))


def test_only_damaged_checkpoints_do_not_start_from_the_beginning(files, tmp_path, runner):
    for file in files:
        file.write_bytes(b'x')
    cfg = mmcv.Config(dict(work_dir=str(tmp_path), auto_resume=True))
    with pytest.raises(InputError, match='none of the 2 checkpoints in .* can be resumed from'):
        choose_checkpoint(cfg, runner.logger)
    assert choose_checkpoint(mmcv.Config(dict(work_dir=str(tmp_path))), runner.logger) is None


def test_a_named_checkpoint_is_not_replaced(files, tmp_path, runner):
    files[1].write_bytes(b'x')
    cfg = mmcv.Config(dict(work_dir=str(tmp_path), resume_from=str(files[1])))
    with pytest.raises(InputError, match='iter_2.pth is not a checkpoint'):
        choose_checkpoint(cfg, runner.logger)


def test_the_order_in_which_checkpoints_are_tried(tmp_path):
    for name in ('iter_9.pth', 'iter_100.pth', 'iter_200.pth', 'best_mIoU_iter_900.pth'):
        (tmp_path / name).touch()

    def names():
        return [file.name for file in checkpoints_newest_first(str(tmp_path))]

    assert names() == ['iter_200.pth', 'iter_100.pth', 'iter_9.pth']
    latest = Path(tmp_path, 'latest.pth')
    latest.symlink_to('iter_100.pth')  # iter_200 is of an earlier training
    assert names() == ['iter_100.pth', 'iter_9.pth', 'iter_200.pth']
    latest.unlink()
    latest.symlink_to('gone.pth')
    assert names() == ['iter_200.pth', 'iter_100.pth', 'iter_9.pth']
    latest.unlink()
    latest.touch()
    assert names() == ['latest.pth', 'iter_200.pth', 'iter_100.pth', 'iter_9.pth']
