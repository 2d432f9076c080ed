"""Vision Transformer: numbers of the reference, other page sizes, files of other grids, errors."""
import logging

import pytest
import torch

from mmseg.models.backbones import VisionTransformer
from mmseg.utils.errors import InputError

SMALL = dict(img_size=64, patch_size=8, embed_dims=16, num_layers=3, num_heads=2)


def vit(**settings):
    return VisionTransformer(**dict(SMALL, **settings))


@pytest.mark.parametrize('settings, size, shapes, means, deviations', [
    ({}, (64, 64), [(16, 8, 8)], (.02998, ), (1.59614, )),
    (dict(out_indices=(0, 2), final_norm=True, patch_norm=True, qkv_bias=False), (40, 56),
     [(16, 5, 7)] * 2, (.01219, .02386), (1.14446, .99449)),
    (dict(with_cls_token=False, interpolate_mode='bilinear', num_fcs=3, mlp_ratio=2), (61, 30),
     [(16, 8, 4)], (-.23666, ), (2.98584, )),
])
def test_features_are_those_of_the_reference(settings, size, shapes, means, deviations, gives):
    gives(vit(**settings), size, shapes, means, deviations)


def test_class_token_comes_with_the_map(filled, waves):
    (features, token), = filled(vit(output_cls_token=True, norm_cfg=dict(type='LN', eps=.01),
                                    act_cfg=dict(type='ReLU')))(waves(1, 3, 64, 64))
    assert features.shape == (1, 16, 8, 8) and token.shape == (1, 16)
    assert token.mean().item() == pytest.approx(.01902, abs=2e-5)  # of MMSegmentation 0.30.0
    assert token.std().item() == pytest.approx(.90711, abs=2e-5)


def test_positions_follow_the_page(waves):
    net = vit(img_size=16, out_indices=0)
    net.layers = torch.nn.ModuleList([torch.nn.Identity()])
    with torch.no_grad():
        for parameter in net.patch_embed.parameters():
            parameter.zero_()
        # 2 x 2 patches: 0 above, 1 below; the class token, 5, moves no patch
        net.pos_embed.copy_(torch.tensor([5., 0., 0., 1., 1.])[None, :, None].expand(-1, -1, 16))
        features, = net(waves(1, 3, 16, 32))
    # sides are stretched, rows stay as they were
    torch.testing.assert_close(features[0, 3], torch.tensor([[0.] * 4, [1.] * 4]))


def test_grid_of_as_many_patches_is_another_grid(filled, waves):
    net = filled(vit(img_size=(32, 128)))
    assert not torch.equal(net._positions((8, 8)), net.pos_embed)
    assert net._positions((4, 16)) is net.pos_embed


def test_page_of_another_size_is_told_once(filled, waves, caplog):
    net = filled(vit())
    with caplog.at_level(logging.INFO, 'mmseg'):
        for size in ((64, 64), (80, 100), (96, 64)):
            feature, = net(waves(1, 3, *size))
    assert feature.shape == (1, 16, 12, 8)
    told, = caplog.messages
    assert '8 x 8' in told and '10 x 13' in told


def test_recomputed_layers_have_the_same_gradients(gradients):
    for kept, recomputed in zip(gradients(vit()), gradients(vit(with_cp=True))):
        torch.testing.assert_close(kept, recomputed)


def test_attention_is_that_of_torch(filled, waves):
    block = filled(vit()).layers[0].attn
    x = waves(2, 5, 16)
    wanted, _ = block.attn(x, x, x)
    torch.testing.assert_close(block(x), wanted, rtol=1e-5, atol=1e-6)


def test_starts_as_the_paper_says():
    torch.manual_seed(0)
    net = vit(embed_dims=64)
    net.init_weights()
    layer = net.layers[0]
    assert layer.ffn.layers[1].weight.std().item() == pytest.approx(.02, rel=.1)
    assert 0 < layer.ffn.layers[1].bias.abs().max() < 1e-5
    assert not layer.attn.attn.out_proj.bias.any()
    assert net.pos_embed.std().item() == pytest.approx(.02, rel=.1)
    # 8 * 8 * 3 pixels a patch
    assert net.patch_embed.projection.weight.std().item() == pytest.approx((2 / 192)**.5, rel=.1)


@pytest.fixture
def stored(tmp_path):
    """Function: path of a file with the given state dict."""

    def store(state):
        path = tmp_path / 'weights.pth'
        torch.save(state, path)
        return str(path)

    return store


@pytest.mark.parametrize('wrap', [
    lambda state: state,
    lambda state: dict(state_dict=state),
    lambda state: dict(model={f'module.{name}': value for name, value in state.items()}),
    lambda state: dict(state_dict={**{f'backbone.{name}': v for name, v in state.items()},
                                   'decode_head.conv.weight': torch.zeros(1)}),
])
def test_weights_of_a_file(wrap, stored, filled):
    source = filled(vit())
    net = vit(pretrained=stored(wrap(source.state_dict())))
    net.init_weights()
    torch.testing.assert_close(net.state_dict(), source.state_dict())


def test_positions_of_a_file_are_brought_to_the_grid(stored, filled):
    source = filled(vit(img_size=32))
    net = vit(img_size=(32, 64), pretrained=stored(source.state_dict()))
    net.init_weights()
    assert net.pos_embed.shape == (1, 1 + 4 * 8, 16)
    torch.testing.assert_close(net.pos_embed[:, :1], source.pos_embed[:, :1])
    wanted = torch.nn.functional.interpolate(
        source.pos_embed[:, 1:].transpose(1, 2).reshape(1, 16, 4, 4), (4, 8), mode='bicubic')
    torch.testing.assert_close(net.pos_embed[0, 1:].T.reshape(16, 4, 8), wanted[0])


def test_file_of_another_network(stored, filled):
    state = {name.replace('ln', 'norm').replace('layers', 'blocks'): value
             for name, value in filled(vit()).state_dict().items()}
    with pytest.raises(InputError, match='has 4 of the .* weights of VisionTransformer'):
        vit(pretrained=stored(state)).init_weights()


def test_file_whose_positions_are_not_square(stored, filled):
    state = filled(vit(img_size=(32, 64))).state_dict()
    with pytest.raises(InputError, match='pos_embed has 33 rows, which are not a square and 1 '
                                         'more'):
        vit(pretrained=stored(state)).init_weights()


@pytest.mark.parametrize('settings, words', [
    (dict(num_heads=5), ('embed_dims=16', 'num_heads=5')),
    (dict(out_indices=(0, 3)), ('out_indices has 3', '0 to 2')),
    (dict(with_cls_token=False, output_cls_token=True), ('output_cls_token', 'with_cls_token')),
    (dict(num_fcs=1), ('num_fcs=1', )),
    (dict(img_size=(1, 2, 3)), ('img_size=(1, 2, 3)', '(height, width)')),
    (dict(pretrained='a.pth', init_cfg=dict(type='Pretrained')), ('pretrained', 'init_cfg')),
])
def test_settings_that_do_not_fit(settings, words):
    with pytest.raises(InputError) as error:
        vit(**settings)
    assert all(word in str(error.value) for word in words)
