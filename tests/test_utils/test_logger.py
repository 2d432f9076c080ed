"""The logger of the package."""
import logging

import pytest
from mmcv.cnn import ConvModule
from mmcv.runner import BaseModule

from mmseg.utils import get_root_logger
from mmseg.utils.logger import without_init_lines


class Net(BaseModule):
    def __init__(self):
        super().__init__(dict(type='Normal', layer='Conv2d', std=.01))
        self.conv = ConvModule(3, 2, 1)

    def init_weights(self):
        super().init_weights()
        logging.getLogger('mmcv').info('load model from: weights.pth')


@pytest.mark.parametrize('level, lines', [(logging.INFO, ['load model from: weights.pth']),
                                          (logging.DEBUG, None)])
def test_single_layers_are_logged_for_debugging_alone(level, lines, caplog, monkeypatch):
    monkeypatch.setattr(get_root_logger(), 'level', level)
    get_root_logger().manager._clear_cache()
    monkeypatch.setattr(logging.getLogger('mmcv'), 'propagate', True)
    with caplog.at_level(logging.INFO, 'mmcv'), without_init_lines():
        Net().init_weights()
    said = [record.getMessage() for record in caplog.records]
    assert said == lines if lines else any('conv.weight - torch.Size([2, 3, 1, 1])' in line
                                           for line in said)
    assert not logging.getLogger('mmcv').filters
    get_root_logger().manager._clear_cache()
