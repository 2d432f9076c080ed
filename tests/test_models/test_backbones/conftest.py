"""What is asked of every backbone: the reference's numbers, and the same gradients either way."""
import pytest
import torch


@pytest.fixture
def gives(filled, waves):
    """Function: assert the shapes, means and deviations of the features of an image.

    The numbers in the tests are those of MMSegmentation 0.30.0 under the same weights and input.
    """

    def check(net, size, shapes, means, deviations):
        with torch.no_grad():
            features = filled(net)(waves(1, 3, *size))
        assert [tuple(f.shape[1:]) for f in features] == shapes
        assert [f.mean().item() for f in features] == pytest.approx(means, abs=2e-5)
        assert [f.std().item() for f in features] == pytest.approx(deviations, abs=2e-5)

    return check


@pytest.fixture
def gradients(filled, waves):
    """Function: gradients of image and parameters of a backbone."""

    def compute(net, size=(32, 32)):
        x = waves(1, 3, *size).requires_grad_()
        sum(f.square().sum() for f in filled(net)(x)).backward()
        return [x.grad, *(p.grad for p in net.parameters())]

    return compute


@pytest.fixture
def trained():
    """Function: names of the direct parts of a network that have something to learn."""
    return lambda net: {name.split('.')[0] for name, p in net.named_parameters()
                        if p.requires_grad}
