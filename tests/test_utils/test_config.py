"""Misspelt keys are found when a config is read."""
import gc
import sys

import pytest
import torch

from mmseg.core import build_optimizer
from mmseg.utils.config import find_config, load_config, require
from mmseg.utils.errors import InputError

GOOD = """
data_root = 'data/pages'
norm_cfg = dict(type='BN')
model = dict(type='EncoderDecoder', backbone=dict(norm_cfg=norm_cfg), test_cfg=dict(mode='whole'))
data = dict(samples_per_gpu=2, train=dict(data_root=data_root), val=dict(data_root='elsewhere'))
optimizer = dict(type='SGD', lr=0.1)
my_own_variable = 3
checkpoint_file = checkpoint = 'https://weights'
"""


@pytest.fixture
def config(tmp_path):
    def write(text=GOOD):
        file = tmp_path / 'config.py'
        file.write_text(text)
        return str(file)

    return write


def test_a_good_config_with_options(config):
    cfg = load_config(config(), {'optimizer.lr': .5, 'optimizer.momentum': .9})
    assert (cfg.optimizer.lr, cfg.optimizer.momentum) == (.5, .9)


def test_data_root_moves_the_data_sets_that_were_there(config):
    cfg = load_config(config(), {'data_root': '/pages'})
    assert (cfg.data.train.data_root, cfg.data.val.data_root) == ('/pages', 'elsewhere')


@pytest.mark.parametrize('old, new, message', [
    ('optimizer =', 'optimzer =', r"unknown key 'optimzer' \(did you mean 'optimizer'\?\)"),
    ('samples_per_gpu', 'sample_per_gpu', r"'data.sample_per_gpu' \(did you mean 'data.samples_pe"),
    ("mode='whole'", "modee='whole'", r"'model.test_cfg.modee' \(did you mean 'model.test"),
    ("type='BN'", "type='BNN'", r"norm_cfg has the unknown type 'BNN' \(did you mean 'BN'\?\)"),
    ("dict(type='BN')", 'dict(typ)', 'is not a readable config'),
])
def test_misspelt_keys(config, old, new, message):
    with pytest.raises(InputError, match=message):
        load_config(config(GOOD.replace(old, new)))


def test_misspelt_options(config):
    with pytest.raises(InputError, match=r"no key 'optimizer.l_r'.*did you mean 'optimizer.lr'|"
                                         r"no key 'modle' .*did you mean 'model'"):
        load_config(config(), {'modle.type': 'x'})


def test_letters_in_another_order_are_a_misspelling(config):
    with pytest.raises(InputError, match=r"no key 'optimizer.tpye'.*did you mean 'optimizer.type'"):
        load_config(config(), {'optimizer.tpye': 'Adam'})
    cfg = load_config(config(GOOD.replace("dict(type='SGD'", "dict(tpye='SGD'")))
    with pytest.raises(InputError, match=r"needs the key 'type'.*is 'tpye' misspelt"):
        build_optimizer(torch.nn.Linear(1, 1), cfg.optimizer)


def test_a_missing_file_or_base(config):
    with pytest.raises(InputError, match='config file nowhere.py not found'):
        load_config('nowhere.py')
    with pytest.raises(InputError, match='_base_ is missing'):
        load_config(config("_base_ = './nowhere.py'"))


@pytest.mark.parametrize('text, message', [
    ('lr_config = dict(power=0.9)', r"lr_config needs the key 'policy'.*only \['power'\]"),
    ('momentum_config = dict()', "momentum_config needs the key 'policy'"),
    ("act_cfg = dict(type='own.Swish')", r"unknown type 'own.Swish' \(did you mean 'Swish'\?\)"),
])
def test_parts_that_mmcv_would_stumble_over(config, text, message):
    with pytest.raises(InputError, match=message):
        load_config(config(GOOD + text))


def test_configs_of_the_package_are_found_by_name(repository, tmp_path, monkeypatch):
    expected = str(repository / 'configs/layout/deeplabv3plus_tiny_demo.py')
    monkeypatch.chdir(tmp_path)
    for name in ('layout/deeplabv3plus_tiny_demo.py', 'layout/deeplabv3plus_tiny_demo',
                 'configs/layout/deeplabv3plus_tiny_demo.py', 'deeplabv3plus_tiny_demo', expected):
        assert find_config(name) == expected
    (tmp_path / 'deeplabv3plus_tiny_demo').write_text('a = 1')
    assert find_config('deeplabv3plus_tiny_demo') == 'deeplabv3plus_tiny_demo'
    for name in ('nowhere.py', '../README', 'layout'):
        with pytest.raises(InputError, match=f'config file {name} not found'):
            find_config(name)


def test_a_config_name_that_is_not_unique(tmp_path, monkeypatch):
    for folder in ('a', 'b'):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / 'net.py').touch()
    monkeypatch.setattr('mmseg.utils.config.CONFIGS', (tmp_path, tmp_path / 'none'))
    with pytest.raises(InputError, match=r'several configs are called net: .*a/net.py, .*b/net.py'):
        find_config('net')
    assert find_config('b/net') == str(tmp_path / 'b/net.py')


def test_a_dict_may_delete_what_is_not_there(tmp_path):
    (tmp_path / 'base.py').write_text("model = dict(type='A', head=dict(type='B', steps=[1]))\n")
    (tmp_path / 'a.py').write_text("""
_base_ = './base.py'
model = dict(head=dict(_delete_=True, type='C'), neck=dict(_delete_=True, type='D'),
             parts=[dict(_delete_=True, type='E')])
""")
    assert load_config(str(tmp_path / 'a.py')).model == dict(
        type='A', head=dict(type='C'), neck=dict(type='D'), parts=[dict(type='E')])


def test_an_experiment_of_hrnets_repository_is_not_a_config(tmp_path):
    (tmp_path / 'a.yaml').write_text('MODEL: {NAME: seg_hrnet}\nDATASET: {ROOT: data/}\n')
    with pytest.raises(InputError, match='mmseg config --cfg FILE --out mine.py makes a config'):
        require(load_config(str(tmp_path / 'a.yaml')), 'model')


def test_the_reason_why_a_module_of_ones_own_cannot_be_imported(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / 'my_heads.py').write_text('from mmseg.models import LinearClsHaed\n')
    (tmp_path / 'a.py').write_text("custom_imports = dict(imports=['my_heads'], "
                                   'allow_failed_imports=False)\n')
    with pytest.raises(InputError, match="cannot import name 'LinearClsHaed' from 'mmseg.models'"):
        load_config(str(tmp_path / 'a.py'))


def test_yaml_makes_no_objects(tmp_path):
    file = tmp_path / 'a.yaml'
    file.write_text('model: {type: EncoderDecoder, channels: [1, 2]}\n')
    assert load_config(str(file)).model == dict(type='EncoderDecoder', channels=[1, 2])
    file.write_text(f'model: !!python/object/apply:os.mkdir ["{tmp_path / "made"}"]\n')
    with pytest.raises(InputError, match='a.yaml is not a readable config|not valid YAML'):
        load_config(str(file))
    assert not (tmp_path / 'made').exists()


@pytest.mark.parametrize('text', ['1 / 0', 'import none_such', 'assert False', 'raise SystemExit',
                                  "_base_ = [1]", 'x = [[]][1]', "_base_ = './a.py'",
                                  'def f():\n f()\nf()'])
def test_whatever_a_config_raises_is_a_sentence(tmp_path, text):
    file = tmp_path / 'a.py'
    file.write_text(text)
    with pytest.raises(InputError, match='a.py'):
        load_config(str(file))


@pytest.mark.parametrize(('name', 'text'), [('a.py', 'x = (1'), ('a.json', '{"x": '),
                                            ('a.yaml', 'x: [1')])
def test_a_config_that_cannot_be_read_prints_no_traceback_and_leaves_nothing(
        tmp_path, name, text, recwarn, monkeypatch):
    unraisable = []
    monkeypatch.setattr('sys.unraisablehook', unraisable.append)
    monkeypatch.setenv('TMPDIR', str(tmp_path / 'temporary'))
    monkeypatch.setattr('tempfile.tempdir', None)
    (tmp_path / 'temporary').mkdir()
    (tmp_path / name).write_text(text)
    path = list(sys.path)
    with pytest.raises(InputError, match=name):
        load_config(str(tmp_path / name))
    gc.collect()
    assert unraisable == []
    assert sys.path == path
    assert list((tmp_path / 'temporary').iterdir()) == []


@pytest.mark.parametrize('text', ['seeds = [0, 1]', "runners = ['a', 'b']", 'optimizers = None',
                                  'workflows = 3', 'seeds = 2'])
def test_several_of_something_are_a_variable_of_the_users(config, text):
    assert load_config(config(f'{GOOD}{text}\n')).model.type == 'EncoderDecoder'


@pytest.mark.parametrize('text, message', [
    ("runners = dict(type='IterBasedRunner', max_iters=3)", "unknown key 'runners'"),
    ('sede = 3', "unknown key 'sede'"),
    ("data = dict(imgs_per_gpu=2)",
     r"unknown key 'data.imgs_per_gpu' \(did you mean 'data.samples_per_gpu'\?\)"),
    ("data = dict(samples_per_gpu=2, imgs_per_gpu=2)", "unknown key 'data.imgs_per_gpu'")])
def test_what_is_surely_a_slip(config, text, message):
    with pytest.raises(InputError, match=message):
        load_config(config(f'{GOOD}{text}\n'))
