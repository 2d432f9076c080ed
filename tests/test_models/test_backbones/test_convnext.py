"""ConvNeXt: numbers of the reference, its name in 0.x configs, freezing, errors."""
import pytest
import torch
from mmcv import Config

from mmseg.models.backbones import ConvNeXt
from mmseg.models.builder import build_backbone
from mmseg.utils.errors import InputError

SMALL = dict(type='mmcls.ConvNeXt', arch=dict(depths=[1, 2, 1], channels=[4, 6, 8]),
             out_indices=[0, 1, 2], gap_before_final_norm=False)


# The numbers are those of MMClassification 0.25.0, from which 0.x configs take the backbone.
@pytest.mark.parametrize('settings, shapes, means, deviations', [
    (dict(layer_scale_init_value=1.), [(4, 24, 16), (6, 12, 8), (8, 6, 4)],
     (.05132, .02318, .00234), (.90928, 1.04454, 1.00799)),
    (dict(out_indices=[1, 2], linear_pw_conv=False, layer_scale_init_value=0., stem_patch_size=2,
          norm_cfg=dict(type='LN2d', eps=.01)), [(6, 24, 16), (8, 12, 8)], (-.03617, -.00565),
     (.96706, .97359)),
])
def test_features_are_those_of_the_reference(settings, shapes, means, deviations, gives):
    gives(build_backbone(dict(SMALL, **settings)), (96, 64), shapes, means, deviations)


def test_both_names_mean_the_same():
    assert type(build_backbone(SMALL)) is type(build_backbone(dict(SMALL, type='ConvNeXt')))


@pytest.mark.parametrize('arch, million', [('tiny', 27.8), ('small', 49.5)])
def test_sizes_of_the_paper(arch, million):
    with torch.device('meta'):
        net = ConvNeXt(arch)
    # Table 9 of the paper counts the classifier, 1000 classes of 768 numbers and a bias, as well.
    assert sum(p.numel() for p in net.parameters()) / 1e6 == pytest.approx(million, abs=.1)


def test_block_starts_as_its_shortcut(waves):
    block = ConvNeXt(**{k: v for k, v in SMALL.items() if k != 'type'}).stages[0][0]
    x = waves(1, 4, 9, 9)
    torch.testing.assert_close(block(x), x, rtol=0, atol=1e-4)  # the branch counts 1e-6


def test_averaged_features_are_a_vector_a_page(filled, waves):
    net = filled(build_backbone(dict(type='ConvNeXt', arch=SMALL['arch'])))
    vector, = net(waves(2, 3, 32, 32))
    assert vector.shape == (2, 8)
    torch.testing.assert_close(
        vector[0], net(waves(2, 3, 32, 32)[:1])[0][0])


def test_frozen_stages_stay_out_of_training(trained):
    net = build_backbone(dict(SMALL, frozen_stages=2, drop_path_rate=.5)).train()
    assert {name for name, p in net.stages.named_parameters() if p.requires_grad} \
        == {f'2.{name}' for name, _ in net.stages[2].named_parameters()}
    assert not net.stages[1].training and net.stages[2].training
    assert trained(net) == {'downsample_layers', 'stages', 'norm0', 'norm1', 'norm2'}


def test_recomputed_blocks_have_the_same_gradients(gradients):
    settings = dict(SMALL, layer_scale_init_value=1.)
    for kept, recomputed in zip(gradients(build_backbone(settings)),
                                gradients(build_backbone(dict(settings, with_cp=True)))):
        torch.testing.assert_close(kept, recomputed)


def test_config_that_imports_mmclassification_is_read_without_it(tmp_path):
    path = tmp_path / 'config.py'
    path.write_text("custom_imports = dict(imports='mmcls.models', allow_failed_imports=False)\n")
    assert Config.fromfile(str(path)).custom_imports.imports == 'mmcls.models'
    path.write_text("custom_imports = dict(imports=['no_such_module'])\n")
    with pytest.raises(ImportError):
        Config.fromfile(str(path))


@pytest.mark.parametrize('settings, words', [
    (dict(arch='tny'), ("'tny'", "'tiny'")),
    (dict(arch=dict(depths=[1, 2], channels=[4])), ('depths', 'channels')),
    (dict(out_indices=[0, 3]), ('[0, 3]', '3 stages')),
])
def test_settings_that_do_not_fit(settings, words):
    with pytest.raises(InputError) as error:
        build_backbone(dict(SMALL, **settings))
    assert all(word in str(error.value) for word in words)
