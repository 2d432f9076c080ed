"""Helpers without a process group; with one, see test_page_counter."""
from mmseg.core import add_prefix, check_dist_init, sync_random_seed


def test_names_get_a_prefix():
    assert add_prefix({'loss_ce': 1, 'acc_seg': 2}, 'decode') == {'decode.loss_ce': 1,
                                                                  'decode.acc_seg': 2}


def test_a_single_process_keeps_its_seed():
    assert not check_dist_init()
    assert sync_random_seed(5, device='cpu') == 5
    assert 0 <= sync_random_seed(device='cpu') < 2**31
