"""Which device a process takes, on machines with and without GPUs; none is needed."""
import pytest
import torch
from mmcv.parallel import DataContainer, MMDataParallel

from mmseg.apis.train import _parallel
from mmseg.utils import build_ddp, build_dp, util_distribution
from mmseg.utils.errors import InputError
from mmseg.utils.util_distribution import chosen_device


@pytest.fixture
def two_gpus(monkeypatch):
    """A machine that says it has two GPUs, of which the first is the current one."""
    state = {'current': 0}
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)
    monkeypatch.setattr(torch.cuda, 'current_device', lambda: state['current'])
    monkeypatch.setattr(torch.cuda, 'set_device', lambda device: state.update(
        current=torch.device(device).index))
    return state


class Spy(torch.nn.Linear):
    """A network that notes where it was sent, and stays."""

    def __init__(self):
        super().__init__(1, 1)
        self.sent = []

    def to(self, device=None, **kwargs):
        self.sent.append(device)
        return self

    def train_step(self, data, optimizer=None):
        return data

    forward = train_step


@pytest.mark.parametrize('wanted, gpu_id, expected', [
    (None, None, 'cuda:0'), ('cuda', None, 'cuda:0'), ('cuda', 1, 'cuda:1'),
    ('cuda:1', 0, 'cuda:1'), ('cpu', 1, 'cpu'), (torch.device('cuda', 1), None, 'cuda:1')])
def test_the_device_of_a_process(two_gpus, wanted, gpu_id, expected):
    assert chosen_device(wanted, gpu_id) == torch.device(expected)


def test_the_current_gpu_is_taken_where_none_is_named(two_gpus):
    two_gpus['current'] = 1
    assert chosen_device('cuda') == torch.device('cuda:1')


@pytest.mark.parametrize('wanted, gpu_id, words', [
    ('cuda', 2, 'GPU 2 was asked for, but this machine has 2, counted from 0'),
    ('cuda:7', None, 'GPU 7 was asked for'), ('gpu', None, "device must be 'cpu', 'cuda' or")])
def test_no_such_device(two_gpus, wanted, gpu_id, words):
    with pytest.raises(InputError, match=words):
        chosen_device(wanted, gpu_id)


def test_a_gpu_where_there_is_none(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(InputError, match="device is 'cuda', but this machine has no GPU"):
        chosen_device('cuda')
    assert chosen_device() == torch.device('cpu')


def test_the_cpu_of_a_machine_with_gpus(two_gpus):
    model = build_dp(Spy(), 'cpu', device_ids=[0])
    assert isinstance(model, MMDataParallel) and model.device_ids == []
    batch = dict(img=DataContainer([torch.ones(2)], stack=True))
    assert torch.equal(model.train_step(batch)['img'], torch.ones(2))
    assert torch.equal(model(batch)['img'], torch.ones(2))
    assert model.module.sent == [torch.device('cpu')]


def test_the_second_gpu_is_never_the_first(two_gpus, monkeypatch):
    made = {}
    monkeypatch.setattr(util_distribution, 'MMDataParallel',
                        lambda model, **kwargs: made.update(kwargs) or model)
    spy = build_dp(Spy(), 'cuda', device_ids=[1])
    assert spy.sent == [torch.device('cuda:1')] and made['device_ids'] == [1]
    assert two_gpus['current'] == 1  # what is made on 'cuda' from now on is made there


def test_several_processes_scatter_to_their_gpus(two_gpus, monkeypatch):
    made = {}
    monkeypatch.setattr(util_distribution, 'DistributedDataParallel',
                        lambda model, **kwargs: made.update(kwargs) or model)
    two_gpus['current'] = 1
    spy = build_ddp(Spy(), 'cuda', broadcast_buffers=False)
    assert spy.sent == [torch.device('cuda:1')]
    assert made == dict(device_ids=[1], broadcast_buffers=False)
    made.clear()
    build_ddp(Spy(), 'cpu', device_ids=[0])
    assert made == {}


def test_sync_bn_becomes_bn_on_a_cpu_under_a_launcher(two_gpus, monkeypatch):
    import mmcv
    seen = []
    monkeypatch.setattr('mmseg.apis.train.build_ddp',
                        lambda model, device, **kwargs: seen.append(device) or model)
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), torch.nn.SyncBatchNorm(1))
    on_cpu = _parallel(network, mmcv.Config(dict(device='cpu')), distributed=True)
    assert type(on_cpu[1]).__name__ == '_BatchNormXd' and seen == [torch.device('cpu')]
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), torch.nn.SyncBatchNorm(1))
    on_gpu = _parallel(network, mmcv.Config(dict(device='cuda')), distributed=True)
    assert isinstance(on_gpu[1], torch.nn.SyncBatchNorm) and seen[1] == torch.device('cuda:0')


@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
def test_a_network_on_a_gpu():
    model = build_dp(Spy.__base__(1, 1), 'cuda')
    assert next(model.parameters()).device == torch.device('cuda', 0)
