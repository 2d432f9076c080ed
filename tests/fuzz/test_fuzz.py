"""Some damaged files of each group; ``python -m tests.fuzz`` reads as many as one likes."""
import copy
import random

import pytest
import torch

from .groups import GROUPS
from .mutate import damaged_text
from .networks import network_with_config, resume, undamaged_checkpoint
from .run import make_input, outcome, outcome_of, prepare, undamaged

NUMBER = 6


# mmcv leaves the temporary copy of a config behind that it could not read
@pytest.mark.filterwarnings('ignore::pytest.PytestUnraisableExceptionWarning')
@pytest.mark.parametrize('group', GROUPS)
def test_damaged_files_give_a_value_or_a_sentence(group, tmp_path):
    prepare(group, str(tmp_path))
    for content in undamaged(group):
        assert outcome_of(group, content, str(tmp_path)) == ('value', '')
    found = [outcome(group, 0, number, str(tmp_path)) for number in range(NUMBER)]
    assert [text for kind, text in found if kind == 'fault'] == []


def test_a_word_that_is_repeated_again_and_again_stays_short():
    rng = random.Random(0)
    texts = ['a']
    for _ in range(400):
        texts.append(damaged_text(rng, texts[-1]) or 'a')
    assert 2000 < max(map(len, texts)) < 1_000_000


def test_an_input_is_made_by_its_numbers():
    assert make_input('COCO', 1, 2) == make_input('COCO', 1, 2) != make_input('COCO', 1, 3)


def test_damaged_weights_do_not_reach_other_inputs(tmp_path):
    state = copy.deepcopy(undamaged_checkpoint())
    for value in state['state_dict'].values():
        if value.is_floating_point():
            value.fill_(float('nan'))
    torch.save(state, tmp_path / 'a.pth')
    resume(tmp_path)
    for value in network_with_config().state_dict().values():
        assert value.isfinite().all()
