"""Batch norms go into the convolutions before them, and the answer stays."""
import torch
from torch import nn

from mmseg.export.fuse_conv_bn import fuse_conv_bn


class Net(nn.Module):
    """Layers registered in another order than they are used in."""

    def __init__(self):
        super().__init__()
        self.last_norm = nn.BatchNorm2d(4)
        self.first = nn.Conv2d(3, 4, 3)
        self.lonely_norm = nn.BatchNorm2d(4)  # after a ReLU
        self.second = nn.Conv2d(4, 4, 1)
        self.shared = nn.Conv2d(4, 4, 1)
        self.shared_norm = nn.BatchNorm2d(4)

    def forward(self, x):
        x = self.lonely_norm(self.first(x).relu())
        x = self.last_norm(self.second(x))
        x = self.shared_norm(self.shared(x))
        return self.shared(x)


def test_only_what_follows_its_convolution_is_fused():
    torch.manual_seed(0)
    net, x = Net(), torch.randn(2, 3, 8, 9)
    for _ in range(3):
        net.train()(x)
    net.eval()
    for norm in (net.last_norm, net.lonely_norm, net.shared_norm):
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    wanted = net(x)
    assert fuse_conv_bn(net, lambda: net(x)) == 1
    assert isinstance(net.last_norm, nn.Identity)
    assert isinstance(net.lonely_norm, nn.BatchNorm2d)
    assert isinstance(net.shared_norm, nn.BatchNorm2d)
    torch.testing.assert_close(net(x), wanted, atol=1e-5, rtol=0)
