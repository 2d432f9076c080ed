"""Two processes do what one does."""
import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def run(repository, *args):
    result = subprocess.run(
        [sys.executable, *map(str, args)], capture_output=True, text=True, timeout=600,
        env={**os.environ, 'PYTHONPATH': str(repository), 'OMP_NUM_THREADS': '1'})
    assert result.returncode == 0, result.stderr[-3000:]


def launched(repository, tool, *args):
    run(repository, '-m', 'torch.distributed.run', '--standalone', '--nproc_per_node=2',
        repository / 'tools' / tool, *args, '--launcher', 'pytorch')


def scores(folder):
    report = json.loads(next(folder.glob('eval_2*.json')).read_text())
    return {key: value for key, value in report.items() if key not in ('config', 'checkpoint')}


def test_train_and_test_with_two_processes(repository, config_file, tmp_path):
    work = tmp_path / 'work'
    launched(repository, 'train.py', config_file, '--work-dir', work, '--seed', '0')
    checkpoint = work / 'iter_4.pth'
    assert json.loads((work / 'eval_report.json').read_text())['pages'] == 3
    # three pages over two processes: the sampler repeats one, which must not count twice
    launched(repository, 'test.py', config_file, checkpoint, '--eval', 'mIoU', 'regions',
             '--work-dir', tmp_path / 'two')
    run(repository, repository / 'tools' / 'test.py', config_file, checkpoint, '--eval', 'mIoU',
        'regions', '--work-dir', tmp_path / 'one')
    assert scores(tmp_path / 'two') == scores(tmp_path / 'one')
    assert scores(tmp_path / 'one')['pages'] == 3
    found = scores(tmp_path / 'one')['regions']['classes']
    assert sum(row['regions'] for row in found.values()) > 5


def test_kill_9_and_resume(repository, config_file, tmp_path):
    """A training that is killed goes on from its last checkpoint."""
    work = tmp_path / 'work'
    command = [sys.executable, str(repository / 'tools' / 'train.py'), str(config_file),
               '--work-dir', str(work), '--seed', '0', '--auto-resume', '--cfg-options',
               'runner.max_iters=400', 'checkpoint_config.interval=5', 'evaluation.interval=5']
    env = {**os.environ, 'PYTHONPATH': str(repository), 'OMP_NUM_THREADS': '1'}
    with open(tmp_path / 'out', 'w') as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out)
        for _ in range(1200):
            if (work / 'iter_10.pth').exists() or process.poll() is not None:
                break
            try:
                process.wait(.1)
            except subprocess.TimeoutExpired:
                pass
        process.kill()
        process.wait()
    last = int((work / 'latest.pth').resolve().stem.partition('_')[2])
    best = json.loads((work / 'best_score.json').read_text())['score']
    assert last >= 10
    command[-3] = f'runner.max_iters={last + 5}'
    run(repository, *command[1:])
    log = max(work.glob('*.log.json'), key=lambda file: file.stat().st_mtime)
    steps = [json.loads(line) for line in log.read_text().splitlines()]
    steps = [step for step in steps if step.get('mode') == 'train']
    assert [step['iter'] for step in steps] == list(range(last + 1, last + 6))
    assert json.loads((work / 'best_score.json').read_text())['score'] >= best
