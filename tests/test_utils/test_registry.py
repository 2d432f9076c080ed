"""Building from configs says what is wrong."""
import mmcv
import pytest
from mmcv.runner import HOOKS
from mmcv.utils import Registry

from mmseg.models.builder import MODELS, build_head, build_segmentor
from mmseg.utils.errors import InputError, UnknownNameError, nearest
from mmseg.utils.registry import build_from_cfg

SHAPES = Registry('shapes', build_func=build_from_cfg)


@SHAPES.register_module()
class Box:
    def __init__(self, width, height=2):
        self.size = (width, height)


@SHAPES.register_module()
class Cube(Box):
    def __init__(self, depth=1, **kwargs):
        super().__init__(**kwargs)


def test_builds_by_name_by_class_and_with_defaults():
    assert SHAPES.build(dict(type='Box', width=1)).size == (1, 2)
    assert build_from_cfg(dict(type=Box, width=1), SHAPES, dict(height=5)).size == (1, 5)


@pytest.mark.parametrize('config, message', [
    (dict(type='Boxx', width=1), r"'Boxx' is not in the shapes registry \(did you mean 'Box'\?\)"),
    (dict(type='Box', widht=1), r"Box takes no argument 'widht' \(did you mean 'width'\?\)"),
    (dict(type='Cube', widht=1), r"Cube takes no argument 'widht' \(did you mean 'width'\?\)"),
    (dict(type='Box'), r"Box needs 'width'"),
    (dict(width=1), r"needs the key 'type'"),
])
def test_mistakes_are_named(config, message):
    with pytest.raises(InputError, match=message):
        SHAPES.build(config)


def test_an_unknown_name_is_a_key_error_as_in_0x():
    with pytest.raises(KeyError):
        SHAPES.build(dict(type='Bocks'))


def test_a_type_error_inside_is_not_hidden():
    @SHAPES.register_module(force=True)
    def Broken():
        return 1 + ''

    with pytest.raises(TypeError, match='unsupported operand'):
        SHAPES.build(dict(type='Broken'))


def test_hooks_of_mmcv_get_the_same_messages():
    with pytest.raises(InputError, match=r"no argument 'powr' \(did you mean 'power'"):
        mmcv.build_from_cfg(dict(type='PolyLrUpdaterHook', powr=1), HOOKS)


def test_nearest():
    assert nearest('validlin', ['text', 'validline']) == " (did you mean 'validline'?)"
    assert nearest('xyz', ['text']) == ''


PARENT = Registry('parts', build_func=build_from_cfg, scope='parent')
CHILD = Registry('parts', parent=PARENT, scope='child')
CHILD.register_module(module=Box)


@pytest.mark.parametrize('registry', [PARENT, CHILD])
def test_a_scope_that_nobody_registered(registry):
    with pytest.raises(UnknownNameError, match=r"'mmdet.Sphere' is not in the parts registry; .*"
                                               "custom_imports, as 'mmdet'"):
        registry.build(dict(type='mmdet.Sphere'))
    assert registry.build(dict(type='child.Box', width=1)).size == (1, 2)


def test_a_name_in_the_wrong_scope():
    with pytest.raises(UnknownNameError, match=r"'other.Box' is not in .*did you mean 'Box'"):
        CHILD.build(dict(type='other.Box'))


def test_names_of_packages_whose_configs_are_read_here():
    assert CHILD.build(dict(type='mmdet.Box', width=1)).size == (1, 2)


def test_assertions_of_mmcv_become_a_sentence():
    with pytest.raises(InputError, match=r'CosineAnnealingLrUpdaterHook does not take .*min_lr'):
        mmcv.build_from_cfg(dict(type='CosineAnnealingLrUpdaterHook'), HOOKS)
    with pytest.raises(InputError, match='"warmup_iters" must be a positive integer'):
        mmcv.build_from_cfg(dict(type='PolyLrUpdaterHook', warmup='linear'), HOOKS)


def test_other_assertions_stay():
    @SHAPES.register_module(force=True)
    def Doubtful():
        raise AssertionError('ours')

    with pytest.raises(AssertionError, match='ours'):
        SHAPES.build(dict(type='Doubtful'))


def test_values_that_a_part_of_this_project_does_not_take_are_a_sentence():
    with pytest.raises(InputError, match=r"^FCNHead cannot be made with .*channels='many'"):
        build_head(dict(type='FCNHead', in_channels=4, channels='many', num_classes=2))
    with pytest.raises(InputError, match=r'^UNet cannot be made with .*norm_type'):
        build_head(dict(type='UNet', norm_cfg=dict(type='norm_type')))


def test_what_a_part_of_the_users_raises_within_one_of_ours_comes_as_it_is():
    @MODELS.register_module(force=True)
    def BrokenBackbone():
        return 1 + ''

    with pytest.raises(TypeError, match='unsupported operand') as raised:
        build_segmentor(dict(type='EncoderDecoder', backbone=dict(type='BrokenBackbone'),
                             decode_head=dict(type='FCNHead')))
    assert not isinstance(raised.value, InputError)


@pytest.mark.parametrize('config, message', [
    ('Box', "expected a config dict for the shapes registry, got str: 'Box'"),
    (dict(type=[]), r'type must be a registered name or a class, got \[\]')])
def test_another_type_than_a_dict_is_a_type_error_and_a_sentence(config, message):
    with pytest.raises(InputError, match=message) as raised:
        SHAPES.build(config)
    assert isinstance(raised.value, TypeError)
