"""Converters of original weights, on small made-up checkpoints with the sources' names."""
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmseg.models.builder import build_backbone
from mmseg.models.utils import PatchMerging

TOOLS = Path(__file__).parents[2] / 'tools/model_converters'
WIDTH = 4  # of the tokens


def linear(name, rows, columns):
    return {f'{name}.weight': torch.randn(rows, columns), f'{name}.bias': torch.randn(rows)}


def conv(name, rows, columns, side, bias=True):
    made = {f'{name}.weight': torch.randn(rows, columns, side, side)}
    return {**made, f'{name}.bias': torch.randn(rows)} if bias else made


def norm(name, width=WIDTH):
    return {f'{name}.weight': torch.randn(width), f'{name}.bias': torch.randn(width)}


def batch_norm(name, width):
    return {**norm(name, width), f'{name}.running_mean': torch.randn(width),
            f'{name}.running_var': torch.rand(width),
            f'{name}.num_batches_tracked': torch.tensor(3)}


def block(name, attention, width=WIDTH):
    """A block of a transformer, as all of the sources name it."""
    return {**norm(f'{name}.norm1', width), **attention, **norm(f'{name}.norm2', width),
            **linear(f'{name}.mlp.fc1', 4 * width, width),
            **linear(f'{name}.mlp.fc2', width, 4 * width)}


def joint(name, width=WIDTH):
    """Attention whose queries, keys and values lie in one matrix."""
    return {**linear(f'{name}.attn.qkv', 3 * width, width),
            **linear(f'{name}.attn.proj', width, width)}


def reduced(name, width=WIDTH, ratio=2):
    """Attention to fewer tokens, with queries apart."""
    return {**linear(f'{name}.attn.q', width, width), **linear(f'{name}.attn.kv', 2 * width, width),
            **linear(f'{name}.attn.proj', width, width),
            **conv(f'{name}.attn.sr', width, width, ratio), **norm(f'{name}.attn.norm', width)}


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Convert; gives the new weights, or the message where there are none."""
    def call(tool, content, *arguments, suffix='.pth'):
        source, target = tmp_path / f'theirs{suffix}', tmp_path / 'ours.pth'
        if suffix == '.npz':
            np.savez(source, **content)
        else:
            torch.save(content, source)
        monkeypatch.setattr(sys, 'argv', [tool, str(source), str(target), *arguments])
        try:
            runpy.run_path(str(TOOLS / f'{tool}.py'), run_name='__main__')
        except SystemExit:
            assert not target.exists()
            return capsys.readouterr().err
        return torch.load(target, weights_only=True)
    torch.manual_seed(0)
    return call


def fills(weights, ignored=(), **cfg):
    """Check that the weights are those of a backbone: all of them, and no others."""
    backbone = build_backbone(cfg)
    result = backbone.load_state_dict(weights, strict=False)
    assert [name for name in result.missing_keys if name not in ignored] == []
    assert [name for name in result.unexpected_keys if name not in ignored] == []
    return backbone


def test_vit_by_timm(run):
    theirs = {'cls_token': torch.randn(1, 1, 4), 'pos_embed': torch.randn(1, 5, 4),
              **conv('patch_embed.proj', 4, 3, 2), **block('blocks.0', joint('blocks.0')),
              **block('blocks.11', joint('blocks.11')), **norm('norm'), **linear('head', 3, 4),
              **linear('pre_logits.fc', 4, 4)}
    ours = run('vit2mmseg', dict(model=theirs))
    assert ours['layers.11.attn.attn.in_proj_bias'].equal(theirs['blocks.11.attn.qkv.bias'])
    assert ours['layers.0.ln2.weight'].equal(theirs['blocks.0.norm2.weight'])
    assert ours['layers.0.ffn.layers.1.weight'].equal(theirs['blocks.0.mlp.fc2.weight'])
    assert ours['ln1.bias'].equal(theirs['norm.bias'])
    named = {name.replace('layers.11', 'layers.1'): value for name, value in ours.items()}
    fills(named, type='VisionTransformer', img_size=4, patch_size=2, embed_dims=4, num_layers=2,
          num_heads=2, final_norm=True)


def test_vit_of_jax(run):
    block = 'Transformer/encoderblock_0'
    attention = f'{block}/MultiHeadDotProductAttention_1'
    shapes = {'cls': (1, 1, 4), 'embedding/kernel': (2, 3, 3, 4), 'embedding/bias': (4, ),
              'Transformer/posembed_input/pos_embedding': (1, 5, 4),
              'Transformer/encoder_norm/scale': (4, ), 'Transformer/encoder_norm/bias': (4, ),
              'head/kernel': (4, 3), 'head/bias': (3, ),
              f'{attention}/out/kernel': (2, 2, 4), f'{attention}/out/bias': (4, )}
    for part in ('query', 'key', 'value'):
        shapes |= {f'{attention}/{part}/kernel': (4, 2, 2), f'{attention}/{part}/bias': (2, 2)}
    for part in (0, 2):
        shapes |= {f'{block}/LayerNorm_{part}/{kind}': (4, ) for kind in ('scale', 'bias')}
    for part, (before, after) in enumerate(((4, 16), (16, 4))):
        shapes |= {f'{block}/MlpBlock_3/Dense_{part}/kernel': (before, after),
                   f'{block}/MlpBlock_3/Dense_{part}/bias': (after, )}
    random = np.random.default_rng(0)
    theirs = {name: random.random(shape, np.float32) for name, shape in shapes.items()}
    ours = run('vitjax2mmseg', theirs, suffix='.npz')

    token = random.random(4, np.float32)
    key = np.einsum('c,chd->hd', token, theirs[f'{attention}/key/kernel'])
    key = (key + theirs[f'{attention}/key/bias']).flatten()
    got = F.linear(torch.from_numpy(token), ours['layers.0.attn.attn.in_proj_weight'],
                   ours['layers.0.attn.attn.in_proj_bias'])[4:8]
    np.testing.assert_allclose(got, key, rtol=1e-5)
    heads = random.random((2, 2), np.float32)
    np.testing.assert_allclose(
        F.linear(torch.from_numpy(heads.flatten()), ours['layers.0.attn.attn.out_proj.weight']),
        np.einsum('hd,hdc->c', heads, theirs[f'{attention}/out/kernel']), rtol=1e-5)
    # rows, columns, colours, channels there
    assert ours['patch_embed.projection.weight'][3, 2, 0, 1] == theirs['embedding/kernel'][0, 1, 2,
                                                                                           3]
    ours['patch_embed.projection.weight'] = ours['patch_embed.projection.weight'][..., :2]
    fills(ours, type='VisionTransformer', img_size=4, patch_size=2, embed_dims=4, num_layers=1,
          num_heads=2, final_norm=True)


def test_swin(run):
    theirs = {**conv('patch_embed.proj', 4, 3, 4), **norm('patch_embed.norm'), **norm('norm', 8),
              **linear('head', 3, 8), 'layers.0.downsample.reduction.weight': torch.randn(8, 16),
              **norm('layers.0.downsample.norm', 16)}
    for stage, width in enumerate((4, 8)):
        name = f'layers.{stage}.blocks.0'
        theirs |= block(name, joint(name, width), width) | {
            f'{name}.attn_mask': torch.zeros(1),
            f'{name}.attn.relative_position_bias_table': torch.randn(169, 2),
            f'{name}.attn.relative_position_index': torch.arange(49 * 49).view(49, 49)}
    ours = run('swin2mmseg', dict(model=theirs))
    assert ours['stages.1.blocks.0.attn.w_msa.qkv.weight'].equal(
        theirs['layers.1.blocks.0.attn.qkv.weight'])
    outputs = [f'norm{stage}.{kind}' for stage in (0, 1) for kind in ('weight', 'bias')]
    fills(ours, [*outputs, 'norm.weight', 'norm.bias'], type='SwinTransformer', embed_dims=4,
          depths=(1, 1), num_heads=(2, 2), strides=(4, 2), out_indices=(0, 1))

    merging = PatchMerging(4, 8)
    merging.load_state_dict({name.removeprefix('stages.0.downsample.'): value
                             for name, value in ours.items() if '.downsample.' in name})
    image = torch.randn(1, 6, 4, 4)  # rows, columns, channels
    tokens = torch.cat([image[:, row::2, column::2] for column in (0, 1) for row in (0, 1)], dim=3)
    expected = F.layer_norm(tokens, (16, ), theirs['layers.0.downsample.norm.weight'],
                            theirs['layers.0.downsample.norm.bias'])
    expected = F.linear(expected, theirs['layers.0.downsample.reduction.weight'])
    torch.testing.assert_close(merging(image.flatten(1, 2), (6, 4))[0], expected.flatten(1, 2),
                               atol=1e-4, rtol=1e-4)


def test_segformer(run):
    theirs = linear('head', 3, 6)
    for stage, (before, width) in enumerate(((3, 4), (4, 6)), start=1):
        name = f'block{stage}.0'
        theirs |= {**conv(f'patch_embed{stage}.proj', width, before, 3),
                   **norm(f'patch_embed{stage}.norm', width),
                   **block(name, reduced(name, width), width), **norm(f'norm{stage}', width),
                   **conv(f'{name}.mlp.dwconv.dwconv', 4 * width, 1, 3)}
    ours = run('mit2mmseg', theirs)
    assert ours['layers.1.1.0.attn.attn.in_proj_weight'].equal(
        torch.cat([theirs['block2.0.attn.q.weight'], theirs['block2.0.attn.kv.weight']]))
    assert ours['layers.0.1.0.ffn.layers.4.weight'].equal(
        theirs['block1.0.mlp.fc2.weight'][:, :, None, None])
    assert ours['layers.1.2.bias'].equal(theirs['norm2.bias'])
    fills({name: value for name, value in ours.items() if name.startswith('layers.0')},
          type='MixVisionTransformer', embed_dims=4, num_stages=1, num_layers=[1], num_heads=[1],
          patch_sizes=[3], strides=[2], sr_ratios=[2], out_indices=(0, ))


def test_beit(run):
    name = 'blocks.0'
    attention = {f'{name}.attn.qkv.weight': torch.randn(12, 4),
                 f'{name}.attn.q_bias': torch.randn(4), f'{name}.attn.v_bias': torch.randn(4),
                 f'{name}.attn.relative_position_bias_table': torch.randn(12, 2),
                 f'{name}.attn.relative_position_index': torch.zeros(5, 5, dtype=torch.long),
                 **linear(f'{name}.attn.proj', 4, 4)}
    theirs = {'cls_token': torch.randn(1, 1, 4), **conv('patch_embed.proj', 4, 3, 2),
              **block(name, attention), f'{name}.gamma_1': torch.randn(4),
              f'{name}.gamma_2': torch.randn(4), **norm('fc_norm'), **linear('head', 3, 4)}
    ours = run('beit2mmseg', dict(model=theirs))
    assert ours['layers.0.ffn.layers.0.0.bias'].equal(theirs['blocks.0.mlp.fc1.bias'])
    assert ours['layers.0.gamma_2'].equal(theirs['blocks.0.gamma_2'])
    fills(ours, type='BEiT', img_size=4, patch_size=2, embed_dims=4, num_layers=1, num_heads=2)


def twins(first):
    """One stage with two blocks, of which the first has the given kind of attention."""
    return {**conv('patch_embeds.0.proj', 4, 3, 4), **norm('patch_embeds.0.norm'),
            **conv('pos_block.0.proj.0', 4, 1, 3), **linear('head', 3, 4),
            **block('blocks.0.0', first('blocks.0.0')),
            **block('blocks.0.1', reduced('blocks.0.1'))}


STAGE = dict(embed_dims=[4], patch_sizes=[4], strides=[4], num_heads=[2], mlp_ratios=[4],
             out_indices=(0, ), qkv_bias=True, depths=[2], sr_ratios=[2])


def test_twins_pcpvt(run):
    theirs = twins(reduced)
    ours = run('twins2mmseg', theirs, 'pcpvt')
    assert ours['layers.0.0.attn.attn.in_proj_bias'].equal(
        torch.cat([theirs['blocks.0.0.attn.q.bias'], theirs['blocks.0.0.attn.kv.bias']]))
    assert ours['position_encodings.0.proj.bias'].equal(theirs['pos_block.0.proj.0.bias'])
    fills(ours, type='PCPVT', **STAGE)


def test_twins_svt(run):
    theirs = twins(joint) | norm('norm_list.0')
    ours = run('twins2mmseg', theirs, 'svt')
    assert ours['layers.0.0.attn.proj.weight'].equal(theirs['blocks.0.0.attn.proj.weight'])
    assert ours['layers.0.1.attn.attn.out_proj.weight'].equal(theirs['blocks.0.1.attn.proj.weight'])
    fills(ours, type='SVT', windiow_sizes=[7], **STAGE)


def test_twins_of_the_other_kind(run):
    assert 'holds weights of svt, not of pcpvt' in run('twins2mmseg', twins(joint), 'pcpvt')


def stdc(count):
    """``count`` features, the first two of them convolutions; every stage halves with its first."""
    theirs = {**conv('conv_last.conv', 8, 8, 1, bias=False), 'fc.weight': torch.randn(3, 8),
              **conv('x2.0.conv', 2, 3, 3, bias=False)}
    for index in range(2):
        theirs |= {**conv(f'features.{index}.conv', 8, 8 if index else 3, 3, bias=False),
                   **batch_norm(f'features.{index}.bn', 8)}
    for index in range(2, count):
        for layer, width in enumerate((4, 2, 1, 1)):
            name = f'features.{index}.conv_list.{layer}'
            before = 8 if layer == 0 else (4, 2, 1)[layer - 1]
            theirs |= {**conv(f'{name}.conv', width, before, 3 if layer else 1, bias=False),
                       **batch_norm(f'{name}.bn', width)}
        if (count == 8 and index % 2 == 0) or (count == 14 and index in (2, 6, 11)):
            theirs |= {**conv(f'features.{index}.avd_layer.0', 4, 1, 3, bias=False),
                       **batch_norm(f'features.{index}.avd_layer.1', 4)}
    return theirs


@pytest.mark.parametrize('kind, count, first, last', [
    ('STDC1', 8, 'stages.4.0', 'stages.4.1'), ('STDC2', 14, 'stages.4.0', 'stages.4.2')])
def test_stdc(kind, count, first, last, run):
    theirs = stdc(count)
    ours = run('stdc2mmseg', dict(state_dict=theirs), kind)
    number = {'STDC1': 6, 'STDC2': 11}[kind]
    assert ours[f'{first}.downsample.conv.weight'].equal(
        theirs[f'features.{number}.avd_layer.0.weight'])
    assert ours[f'{last}.layers.3.bn.bias'].equal(
        theirs[f'features.{count - 1}.conv_list.3.bn.bias'])
    fills(ours, type='STDCNet', stdc_type=f'STDCNet{kind[-1]}', in_channels=3, channels=(8, ) * 5,
          bottleneck_type='cat', num_convs=4, norm_cfg=dict(type='BN'), act_cfg=dict(type='ReLU'))


def test_stdc_of_the_other_kind(run):
    assert 'has 8 features, but STDC2 has 14' in run('stdc2mmseg', stdc(8), 'STDC2')


def test_mpvit(run):
    cfg = dict(type='MPViT', num_stages=1, num_path=(2, ), num_layers=(1, ), embed_dims=(8, ),
               mlp_ratios=(2, ), num_heads=(8, ))
    backbone = {name: torch.rand_like(value) if value.is_floating_point() else value
                for name, value in build_backbone(dict(cfg)).state_dict().items()}
    # Names of the source, as its paper's code has them.
    assert {'stem.0.conv.weight', 'patch_embed_stages.0.patch_embeds.1.patch_conv.dwconv.weight',
            'mhca_stages.0.mhca_blks.0.MHCA_layers.0.factoratt_crpe.qkv.weight',
            'mhca_stages.0.InvRes.conv2.bn.bias'} <= set(backbone)
    ours = run('mpvit2mmseg', dict(model={**backbone, **linear('cls_head.cls', 3, 8)}))
    fills(ours, **cfg)
    assert all(value.equal(backbone[name]) for name, value in ours.items())


@pytest.mark.parametrize('tool, arguments', [
    ('vit2mmseg', ()), ('beit2mmseg', ()), ('swin2mmseg', ()), ('mit2mmseg', ()),
    ('twins2mmseg', ('svt', )), ('stdc2mmseg', ('STDC1', )), ('mpvit2mmseg', ())])
def test_foreign_checkpoints_are_refused(tool, arguments, run):
    message = run(tool, {'layer1.0.conv1.weight': torch.zeros(1)}, *arguments)
    assert 'is not a checkpoint of' in message
    assert "its first name is 'layer1.0.conv1.weight'" in message
