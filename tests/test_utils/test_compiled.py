"""Parts of a network are compiled where a config asks for it."""
import shutil

import numpy as np
import pytest
import torch
from torch import nn

from mmseg.apis import CheckpointPredictor
from mmseg.apis.train import _parallel
from mmseg.utils.compiled import compile_parts
from mmseg.utils.errors import InputError


def network():
    torch.manual_seed(0)
    return nn.ModuleDict(dict(backbone=nn.Conv2d(1, 2, 3), heads=nn.ModuleList(
        [nn.Linear(2, 3), nn.Linear(2, 1)])))


@pytest.mark.parametrize('asked', [None, False, {}])
def test_nothing_is_compiled_unasked(asked):
    model = compile_parts(network(), dict(compile=asked))
    assert all('forward' not in vars(layer) for layer in model.modules())
    assert compile_parts(model, {}) is model


def test_parts_are_compiled_and_keep_their_names_and_answers():
    compiled = []

    def backend(graph, inputs):
        compiled.append(len(list(graph.parameters())))
        return graph.forward

    model, page = network(), torch.ones(1, 1, 4, 4)
    before = model['heads'][0](model['backbone'](page).flatten(2).mT)
    names = list(model.state_dict())
    compile_parts(model, dict(compile=dict(backend=backend)))
    assert compiled == []  # until it computes
    after = model['heads'][0](model['backbone'](page).flatten(2).mT)
    assert len(compiled) == 2 and torch.equal(before, after)
    assert list(model.state_dict()) == names


@pytest.mark.parametrize(('asked', 'message'), [
    (3, "compile is True, False or arguments of torch.compile, such as dict.*, got 3"),
    (dict(mood='fast', backend='eager'),
     'compile has arguments that torch.compile does not take: .*mood')])
def test_what_cannot_be_compiled_is_said(asked, message):
    with pytest.raises(InputError, match=message):
        compile_parts(network(), dict(compile=asked))


def test_without_a_compiler_a_cpu_says_so(monkeypatch):
    monkeypatch.setattr(shutil, 'which', lambda name: None)
    with pytest.raises(InputError, match='compile needs a C.. compiler on a CPU'):
        compile_parts(network(), dict(compile=True))
    compile_parts(network(), dict(compile=dict(backend='eager')))
    compile_parts(network().to('meta'), dict(compile=True))


def test_predictors_and_trainings_compile(config):
    page = np.random.RandomState(0).randint(0, 255, (64, 96, 3)).astype(np.uint8)
    plain = CheckpointPredictor(config, None, 'cpu', fast=False)
    config.compile = dict(backend='eager')
    predictor = CheckpointPredictor(config, None, 'cpu')
    predictor.model.load_state_dict(plain.model.state_dict())
    assert all('forward' in vars(part) for part in predictor.model.children())
    assert not any('forward' in vars(part) for part in plain.model.children())
    assert np.array_equal(predictor.predict([page])[0].seg, plain.predict([page])[0].seg)
    trained = _parallel(network(), config, False).module
    assert 'forward' in vars(trained['backbone'])
