"""A training that is killed at any moment and goes on ends with the same bits; Ctrl-C."""
import os
import random
import signal
import subprocess
import sys
import time
import traceback

import pytest
import torch
import torch._dynamo  # a training does: its children, which are forked, have it already

from mmseg.cli import main
from mmseg.utils.checkpoint import read_local

pytestmark = [pytest.mark.slow,
              pytest.mark.skipif(not hasattr(os, 'fork'), reason='needs fork')]
KILLS = 40


def started(words, log, cpu_seconds=None):
    """The process id of a child that runs ``mmseg``.

    After ``cpu_seconds`` the kernel kills it: no handler, no clean-up, however busy the machine is.
    """
    child = os.fork()
    if child == 0:
        code = 70
        try:
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(out, 1)
            os.dup2(out, 2)
            sys.stdout = sys.stderr = open(out, 'a', buffering=1)  # not those of pytest
            if cpu_seconds is not None:
                signal.signal(signal.SIGPROF, signal.SIG_DFL)
                signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            main(words)
            code = 0
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return child


def end_of(child):
    """The exit code of a child, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def in_child(*args):
    """Run ``mmseg`` in a child until its end; see ``started`` and ``end_of``."""
    return end_of(started(*args))


def command(config_file, work, workers):
    return ['train', str(config_file), '--work-dir', str(work), '--seed', '0', '--auto-resume',
            '--no-check', '--cfg-options', f'data.workers_per_gpu={workers}', 'runner.max_iters=8',
            'checkpoint_config.interval=2', 'checkpoint_config.max_keep_ckpts=2',
            'evaluation.interval=4', 'log_config.interval=100']


def tensors(path):
    loaded = read_local(path)
    found = dict(loaded['state_dict'])
    for number, values in loaded['optimizer']['state'].items():
        found.update({f'optimizer.{number}.{name}': value for name, value in values.items()})
    return found


def differing(one, two):
    """How many tensors differ in two work directories, in the last and in the best checkpoint."""
    names = [sorted(file.name for file in folder.glob('*.pth')) for folder in (one, two)]
    assert names[0] == names[1], names
    count = 0
    for name in names[0]:
        first, second = tensors(one / name), tensors(two / name)
        assert first.keys() == second.keys() and len(first) > 100
        count += sum(not torch.equal(first[key], second[key]) for key in first)
    return count


def test_killed_at_any_moment(config_file, tmp_path):
    text = config_file.read_text().replace(
        "dict(type='RandomCrop'", "dict(type='RandomFlip', prob=0.5), "
        "dict(type='PhotoMetricDistortion'),\n    dict(type='RandomCrop'")
    config_file.write_text(text)
    log, whole = tmp_path / 'log', tmp_path / 'whole'
    before = os.times()
    assert in_child(command(config_file, whole, 0), log) == 0, log.read_text()[-3000:]
    after = os.times()
    cost = after.children_user + after.children_system - before.children_user \
        - before.children_system
    draw = random.Random(0)
    equal, killed = 0, 0
    while killed < KILLS:
        work = tmp_path / f'work{killed}'
        workers = 2 * (killed % 4 == 3)
        moment = draw.uniform(0.1, 1) * cost
        if in_child(command(config_file, work, workers), log, moment) != -signal.SIGPROF:
            continue  # it was done before
        killed += 1
        assert in_child(command(config_file, work, workers), log) == 0, log.read_text()[-3000:]
        equal += differing(whole, work) == 0
        assert not list(work.glob('.*')), 'temporary files are left'
        print(f'{equal} of {killed} kills bit-equal', flush=True)
    assert equal == KILLS


def test_ctrl_c_to_the_main_process_alone_ends_all_without_tracebacks(config_file, tmp_path):
    log, work = tmp_path / 'log', tmp_path / 'work'
    words = command(config_file, work, 2)
    words[words.index('runner.max_iters=8')] = 'runner.max_iters=100000'
    # what starts the tests may ignore the signal, which its children would inherit
    code = ('import signal; signal.signal(signal.SIGINT, signal.default_int_handler); '
            f'from mmseg.cli import main; main({words!r})')
    with open(log, 'w') as out, subprocess.Popen(
            [sys.executable, '-W', 'ignore', '-c', code], stdout=out, stderr=out,
            start_new_session=True) as run:
        try:
            while not any(work.glob('iter_*.pth')):
                assert run.poll() is None, log.read_text()[-3000:]
                time.sleep(.05)
            run.send_signal(signal.SIGINT)
            assert run.wait(timeout=300) == 130
        finally:
            run.kill()
    said = log.read_text()
    assert 'Traceback' not in said and said.endswith('interrupted\n')
