"""MPViT: numbers, attention without pairs, what layers share, sizes of the paper, errors."""
import pytest
import torch

from mmseg.models.backbones import MPViT
from mmseg.models.backbones.mpvit import ConvRelPosEnc, FactorAttention
from mmseg.utils.errors import InputError

SMALL = dict(num_stages=2, num_path=[2, 3], num_layers=[1, 2], embed_dims=[8, 16],
             mlp_ratios=[2, 2], num_heads=[8, 8])


def test_features_stay_as_they_are(gives):
    # Taken when the paper's small model gave, under set weights, what its own code gives.
    gives(MPViT(**SMALL), (64, 48), [(16, 16, 12), (16, 8, 6)], (.15662, .53469),
          (.51335, 1.15725))


def test_attention_is_the_product_of_its_parts(filled, waves):
    attention = filled(FactorAttention(16, 8, ConvRelPosEnc(2, {3: 2, 5: 3, 7: 3})))
    x = waves(1, 6, 16)
    query, key, value = attention.qkv(x)[0].view(6, 3, 8, 2).unbind(1)
    heads = []
    for head in range(8):
        q, k, v = query[:, head], key[:, head], value[:, head]
        side, start = (3, 0) if head < 2 else (5, 2) if head < 5 else (7, 5)
        conv = attention.crpe.conv_list[(3, 5, 7).index(side)]
        channels = slice(2 * (head - start), 2 * (head - start) + 2)
        seen = torch.nn.functional.conv2d(v.T.view(1, 2, 2, 3), conv.weight[channels],
                                          conv.bias[channels], padding=side // 2, groups=2)
        heads.append(2**-.5 * q @ (k.softmax(dim=0).T @ v) + q * seen.view(2, 6).T)
    wanted = attention.proj(torch.cat(heads, dim=1))
    torch.testing.assert_close(attention(x, (2, 3))[0], wanted, rtol=1e-4, atol=1e-6)


def test_layers_of_a_path_share_their_positions():
    path = MPViT(**SMALL).mhca_stages[1].mhca_blks[0]
    first, second = path.MHCA_layers
    assert first.cpe is second.cpe is path.cpe
    assert first.crpe is second.factoratt_crpe.crpe is path.crpe
    # Checkpoints list the shared weights under each name.
    assert {'cpe.proj.weight', 'MHCA_layers.0.cpe.proj.weight',
            'MHCA_layers.1.factoratt_crpe.crpe.conv_list.2.bias'} <= path.state_dict().keys()


@pytest.mark.parametrize('layers, widths, ratio, million', [
    ([1, 2, 4, 1], [64, 96, 176, 216], 2, 5.843736),
    ([1, 2, 4, 1], [64, 128, 192, 256], 4, 10.573448),
    ([1, 3, 6, 3], [64, 128, 216, 288], 4, 22.892400),
    ([1, 3, 8, 3], [128, 224, 368, 480], 4, 74.845976),
])
def test_sizes_of_the_paper(layers, widths, ratio, million):
    """Tiny, xsmall, small and base, which their code counts with a classifier."""
    with torch.device('meta'):
        net = MPViT(num_path=[2, 3, 3, 3], num_layers=layers, embed_dims=widths,
                    mlp_ratios=[ratio] * 4)
    classifier = widths[-1] * 1000 + 1000
    assert sum(p.numel() for p in net.parameters()) + classifier == round(million * 1e6)


def test_batch_norms_keep_their_statistics_unless_told():
    norms = {flag: [m.training for m in MPViT(norm_eval=flag, **SMALL).train().modules()
                    if isinstance(m, torch.nn.BatchNorm2d)] for flag in (True, False)}
    assert not any(norms[True]) and all(norms[False])


@pytest.mark.parametrize('settings, words', [
    (dict(num_heads=[8, 4]), ('num_heads=[8, 4]', 'must all be 8')),
    (dict(embed_dims=[8, 12]), ('embed_dims=12', 'num_heads=8')),
    (dict(num_path=[2]), ('num_path=[2]', '2 stages')),
])
def test_settings_that_do_not_fit(settings, words):
    with pytest.raises(InputError) as error:
        MPViT(**dict(SMALL, **settings))
    assert all(word in str(error.value) for word in words)
