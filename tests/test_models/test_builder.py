import pytest

from mmseg.models import build_segmentor
from mmseg.utils import network_size
from mmseg.utils.errors import InputError


def model(convs):
    return dict(
        type='EncoderDecoder', backbone=dict(
            type='UNet', base_channels=2, num_stages=2, strides=(1, 1), enc_num_convs=(convs, 1),
            dec_num_convs=(1, ), downsamples=(True, ), enc_dilations=(1, 1), dec_dilations=(1, )),
        decode_head=dict(type='FCNHead', in_channels=2, in_index=1, channels=2, num_classes=2),
        test_cfg=dict(mode='whole'))


def test_a_network_without_end_is_a_sentence(monkeypatch):
    monkeypatch.setattr(network_size, '_MOST_MODULES', 200)
    with pytest.raises(InputError, match=r'^the model describes a network of more than 200 layers, '
                                         'more than any can have: look at its numbers of stages'):
        build_segmentor(model(10**400))
    assert len(build_segmentor(model(2)).backbone.encoder) == 2  # the count begins again
    monkeypatch.undo()
    assert sum(1 for _ in build_segmentor(model(100)).modules()) > 300
