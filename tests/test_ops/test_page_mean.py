"""The mean of a page is that of the page also where a window of it is seen."""
import threading

import torch

from mmseg.ops import PageMean, PageMeans


def page():
    """Two pages of one channel, whose means are 2.5 and 6."""
    return torch.tensor([[[[1., 2.], [3., 4.]]], [[[6., 6.], [6., 6.]]]])


def test_a_window_has_the_mean_that_was_noted_of_its_page():
    mean, other, means = PageMean(), PageMean(), PageMeans()
    with means.noted():
        assert mean(page()).flatten().tolist() == [2.5, 6.]
    window = page()[:1, :, :1]
    assert mean(window).item() == 1.5
    with means.of_page(1):
        assert mean(window).item() == 6.
        assert other(window).item() == 1.5  # nothing was noted of it
    with means.of_page(0):
        assert mean(window).item() == 2.5
    assert mean(window).item() == 1.5


def test_other_threads_see_their_own_pages():
    mean, means, found = PageMean(), PageMeans(), []
    with means.noted():
        mean(page())
    with means.of_page(1):
        thread = threading.Thread(target=lambda: found.append(mean(page()[:1]).item()))
        thread.start()
        thread.join()
    assert found == [2.5]
