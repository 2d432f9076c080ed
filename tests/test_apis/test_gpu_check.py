"""The check of a machine with GPUs, as far as a CPU can run it."""
import runpy
import sys

import pytest
import torch

from mmseg.apis import gpu_check
from mmseg.apis.gpu_check import CHECKS, Bench, Skipped, run_checks, table
from mmseg.models import build_segmentor
from mmseg.utils.errors import InputError


def tool(repository, monkeypatch, *words):
    """Run ``tools/gpu_check.py``; its exit code."""
    monkeypatch.setattr(sys, 'argv', ['gpu_check.py', *words])
    try:
        runpy.run_path(str(repository / 'tools' / 'gpu_check.py'), run_name='__main__')
    except SystemExit as end:
        return end.code
    return 0


@pytest.fixture
def bench(config, tmp_path, repository):
    model = build_segmentor(config.model)
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'weights.pth')
    return Bench(torch.device('cpu'), config, str(tmp_path / 'weights.pth'), tmp_path, 2,
                 repository / 'tools')


def test_without_a_gpu_one_sentence_says_so(repository, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    assert tool(repository, monkeypatch) == 0
    assert capsys.readouterr().out == (
        'This machine has no GPU that torch can use, so there is nothing to check; --device cpu '
        'tries the script itself.\n')


def test_every_check_is_in_the_document(repository):
    text = (repository / 'docs' / 'gpu.md').read_text()
    rows = [line.split('|')[1] for line in text.splitlines() if line.startswith('|')]
    named = {name.strip() for row in rows for name in row.split(',')}
    assert set(CHECKS) <= named


def test_checks_pass_fail_or_are_left_out(monkeypatch, bench):
    def refused(bench):
        raise InputError('no such\nthing')

    def left_out(bench):
        raise Skipped('it needs two GPUs')

    def broken(bench):
        raise AssertionError

    monkeypatch.setattr(gpu_check, 'CHECKS', {
        'good': lambda bench: f'{bench.steps} steps', 'refused': refused, 'left out': left_out,
        'broken': broken})
    said = []
    found = run_checks(bench, log=said.append)
    assert found == {'good': ('passed', '2 steps'), 'refused': ('failed', 'InputError: no such'),
                     'left out': ('skipped', 'it needs two GPUs'),
                     'broken': ('failed', 'AssertionError: AssertionError')}
    assert said == ['good: passed', 'refused: failed', 'left out: skipped', 'broken: failed']
    assert run_checks(bench, ['good'], said.append) == {'good': ('passed', '2 steps')}
    assert table(found).splitlines()[3].split('|')[1:3] == [' good     ', ' passed  ']


def test_scores_that_differ_are_found(bench, monkeypatch):
    change = iter((0., 1.))

    def scores(self, device, **changes):
        return [torch.full((5, 4, 6), next(change)).numpy()]

    monkeypatch.setattr(Bench, 'scores', scores)
    assert run_checks(bench, ['whole pages'], str)['whole pages'] == (
        'failed', 'RuntimeError: scores differ by 1, expected at most 0.001')


@pytest.mark.slow
@pytest.mark.parametrize('name', [name for name in CHECKS if name != 'two processes'])
def test_each_check_runs_on_a_cpu(bench, name):
    result, text = run_checks(bench, [name], str)[name]
    expected = 'skipped' if name == 'page-locked batches' else 'passed'
    assert result == expected, text


def test_one_gpu_is_too_few_for_two_processes(bench, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 1)
    bench.device = torch.device('cuda')
    with pytest.raises(Skipped, match='this machine has one GPU; two processes by nccl need two'):
        gpu_check.two_processes(bench)
