"""Two machines with two processes each train as one machine with four; here they share loopback."""
import json
import os
import socket
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        return server.getsockname()[1]


def start(repository, config_file, work, address, *launcher):
    """A machine's torchrun, which calls itself by an address of its own."""
    return subprocess.Popen(
        [sys.executable, '-m', 'torch.distributed.run', *launcher, '--local-addr', address,
         repository / 'tools' / 'train.py', config_file, '--launcher', 'pytorch', '--seed', '0',
         '--no-validate', '--work-dir', work, '--cfg-options', 'runner.max_iters=3',
         'data.workers_per_gpu=0', 'log_config.interval=1', 'checkpoint_config.interval=3'],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, 'PYTHONPATH': str(repository), 'OMP_NUM_THREADS': '1',
             'GLOO_SOCKET_IFNAME': 'lo'})


def finish(*machines):
    for machine in machines:
        output, _ = machine.communicate(timeout=600)
        assert machine.returncode == 0, output[-3000:]


def losses(work):
    [log] = work.glob('*.log.json')
    steps = [json.loads(line) for line in log.read_text().splitlines()]
    return [step['loss'] for step in steps if step.get('mode') == 'train']


def test_two_nodes_have_the_losses_of_one(repository, config_file, tmp_path):
    port = free_port()
    nodes = [start(repository, config_file, tmp_path / 'two', f'127.0.0.{node + 1}',
                   '--nnodes=2', f'--node-rank={node}', '--nproc-per-node=2',
                   '--master-addr=127.0.0.1', f'--master-port={port}') for node in (0, 1)]
    finish(*nodes)
    finish(start(repository, config_file, tmp_path / 'one', '127.0.0.1', '--nnodes=1',
                 '--nproc-per-node=4', '--master-addr=127.0.0.1', f'--master-port={free_port()}'))
    assert len(losses(tmp_path / 'one')) == 3
    assert losses(tmp_path / 'two') == losses(tmp_path / 'one')
