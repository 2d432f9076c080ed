"""BEiT and MAE: numbers of the reference, relative positions, other pages, files."""
import pytest
import torch

from mmseg.models.backbones import MAE, BEiT
from mmseg.models.backbones.beit import relative_index
from mmseg.utils.errors import InputError

SMALL = dict(img_size=(48, 64), patch_size=8, embed_dims=16, num_layers=3, num_heads=2,
             init_values=.5)


@pytest.mark.parametrize('net, settings, shapes, means, deviations', [
    (BEiT, {}, [(16, 6, 8)], (-.00958, ), (.88074, )),
    (BEiT, dict(qv_bias=False, final_norm=True, patch_norm=True, out_indices=[0, 2]),
     [(16, 6, 8)] * 2, (-.00884, .01961), (1.02922, .99341)),
    (MAE, {}, [(16, 6, 8)], (-.0083, ), (.87593, )),
    (MAE, dict(final_norm=True, num_fcs=3, mlp_ratio=2, out_indices=(1, 2)), [(16, 6, 8)] * 2,
     (-.00942, .01169), (.88049, .99505)),
])
def test_features_are_those_of_the_reference(net, settings, shapes, means, deviations, gives):
    gives(net(**dict(SMALL, **settings)), (48, 64), shapes, means, deviations)


def test_rows_of_the_table_for_two_patches():
    # Distances -1, 0, 1 across are rows 0 to 2, then class to patch, patch to class, class itself.
    assert relative_index(1, 2).tolist() == [[5, 3, 3], [4, 1, 0], [4, 2, 1]]


@pytest.mark.parametrize('net', [BEiT, MAE])
def test_page_of_another_size(net, filled, waves):
    """Twice as wide a page of one colour has the features of the page, where all is flat."""
    net = filled(net(**SMALL))
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if name.endswith('table') or name == 'pos_embed':
                parameter.fill_(.3)
    one, = net(torch.ones(1, 3, 48, 64))
    wide, = net(torch.ones(1, 3, 48, 128))
    assert wide.shape == (1, 16, 6, 16)
    # The class token, one of more tokens, weighs less in the mean.
    torch.testing.assert_close(wide[..., :8], one, rtol=0, atol=.05)


def test_biases_of_another_size_are_interpolated(filled):
    attention = filled(BEiT(**SMALL)).layers[0].attn
    table = attention.relative_position_bias_table
    bias = attention._position_bias((3, 4), relative_index(3, 4))
    wanted = torch.nn.functional.interpolate(table[:-3].T.reshape(1, 2, 11, 15), (5, 7),
                                             mode='bicubic')[0]
    assert bias.shape == (1, 2, 13, 13)
    # From the last patch (2, 3) to the first: down 2, across 3, the table's far corner.
    torch.testing.assert_close(bias[0, :, 12, 1], wanted[:, 4, 6])
    torch.testing.assert_close(bias[0, :, 0, 5], table[-3])  # from the class token


@pytest.mark.parametrize('net', [BEiT, MAE])
def test_file_of_another_image_size(net, filled, tmp_path):
    source = filled(net(**dict(SMALL, img_size=64)))
    torch.save(dict(state_dict=source.state_dict()), tmp_path / 'weights.pth')
    larger = net(**dict(SMALL, img_size=(64, 128), pretrained=str(tmp_path / 'weights.pth')))
    larger.init_weights()
    old, new = (n.layers[1].attn.relative_position_bias_table for n in (source, larger))
    assert new.shape == (15 * 31 + 3, 2)
    torch.testing.assert_close(new[-3:], old[-3:])
    torch.testing.assert_close(new[:-3].view(15, 31, 2)[:, 15], old[:-3].view(15, 15, 2)[:, 7])
    torch.testing.assert_close(larger.layers[2].gamma_2, source.layers[2].gamma_2)
    if net is MAE:
        torch.testing.assert_close(larger.pos_embed[:, 0], source.pos_embed[:, 0])


def test_positions_of_another_image_size(filled):
    net = filled(MAE(**dict(SMALL, img_size=16)))  # 2 x 2 patches
    stored = torch.arange(17.).view(1, 17, 1).expand(-1, -1, 16)  # of 4 x 4
    state = net.resize_abs_pos_embed(dict(pos_embed=stored))
    assert state['pos_embed'].shape == (1, 5, 16)
    assert state['pos_embed'][0, :, 0].tolist() == [0., 3.03125, 5.21875, 11.78125, 13.96875]
    assert net.resize_abs_pos_embed({}) == {}


def test_file_whose_table_is_not_square(filled, tmp_path):
    torch.save(filled(BEiT(**SMALL)).state_dict(), tmp_path / 'weights.pth')
    with pytest.raises(InputError, match='has 168 rows, which are not a square and 3 more'):
        BEiT(**dict(SMALL, pretrained=str(tmp_path / 'weights.pth'))).init_weights()


@pytest.mark.parametrize('settings, words', [
    (dict(num_heads=5), ('embed_dims=16', 'num_heads=5')),
    (dict(out_indices=7), ('out_indices has 7', '0 to 2')),
])
def test_settings_that_do_not_fit(settings, words):
    with pytest.raises(InputError) as error:
        BEiT(**dict(SMALL, **settings))
    assert all(word in str(error.value) for word in words)
