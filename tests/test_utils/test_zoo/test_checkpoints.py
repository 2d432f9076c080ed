"""The checkpoints of 0.x's model zoo."""
import re

import pytest

from mmseg.utils.download import promised_hash
from mmseg.utils.errors import UnknownNameError
from mmseg.utils.zoo import config_names, zoo_checkpoint, zoo_checkpoints


def test_every_checkpoint_has_a_config_and_a_hash():
    checkpoints = zoo_checkpoints()
    assert len(checkpoints) == 602
    assert not checkpoints.keys() - config_names().keys()
    for name, checkpoint in checkpoints.items():
        assert checkpoint.config == config_names()[name]
        assert promised_hash(checkpoint.name) is not None
        assert re.fullmatch(r'[\w.+-]+/[\w.+-]+/[\w.+-]+\.pth', checkpoint.path)


@pytest.mark.parametrize('name, path, score', [
    ('pspnet_r50-d8_512x1024_40k_cityscapes',
     'pspnet/pspnet_r50-d8_512x1024_40k_cityscapes/'
     'pspnet_r50-d8_512x1024_40k_cityscapes_20200605_003338-2966598c.pth', (77.85, 79.18)),
    ('configs/setr/setr_vit-large_pup_8x1_768x768_80k_cityscapes.py',
     'setr/setr_pup_vit-large_8x1_768x768_80k_cityscapes/'
     'setr_pup_vit-large_8x1_768x768_80k_cityscapes_20211122_155115-f6f37b8f.pth', (79.21, 81.02)),
    ('deeplabv3_unet_s5-d16_128x128_40k_chase_db1',
     'unet/deeplabv3_unet_s5-d16_128x128_40k_chase_db1/'
     'deeplabv3_unet_s5-d16_128x128_40k_chase_db1_20201226_094047-4c5aefa3.pth', (80.47, None))])
def test_the_checkpoint_of_a_config(name, path, score):
    assert zoo_checkpoint(name).path == path
    assert zoo_checkpoint(name).score == score


def test_a_wrong_name_gets_the_nearest_ones():
    with pytest.raises(UnknownNameError, match="no checkpoint of 'pspnet_r50_512x1024_40k'; the "
                       'nearest names are pspnet_'):
        zoo_checkpoint('pspnet_r50_512x1024_40k')
    with pytest.raises(UnknownNameError, match='mmseg download --list lists all'):
        zoo_checkpoint('???')
