"""The network of an exported file, called by a service."""
import threading

import torch

from mmseg.export import network
from mmseg.export.network import _on_threads, _one_at_a_time


def test_a_backend_that_keeps_its_outputs_is_called_by_one_thread_at_a_time():
    inside, most = [], []

    def run(img):
        inside.append(img)
        most.append(len(inside))
        threading.Event().wait(.01)
        return [inside.pop()]

    runner, answers = _one_at_a_time(run), []
    threads = [threading.Thread(target=lambda value=value: answers.append(
        int(runner(torch.tensor(value))[0]))) for value in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5 and sorted(answers) == [0, 1, 2, 3, 4]


def test_an_onnx_file_runs_on_as_many_threads_as_torch_uses_in_the_calling_thread(monkeypatch):
    used, opened = [1], []
    monkeypatch.setattr(torch, 'get_num_threads', lambda: used[0])
    monkeypatch.setattr(network, 'onnx_session',
                        lambda path, device: opened.append(used[0]) or used[0])
    monkeypatch.setattr(network, 'run_session', lambda session, img: [img + session])
    run = _on_threads('a.onnx', 'cpu', 1)
    answers = []
    for used[0] in (1, 2, 1, 2):
        answers.append(run(10)[0])
    assert answers == [11, 12, 11, 12] and opened == [2]
