"""The network of an exported file, called by a service."""
import threading

import torch

from mmseg.export.network import _one_at_a_time


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
