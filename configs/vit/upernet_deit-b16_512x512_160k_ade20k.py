_base_ = './upernet_vit-b16_ln_mln_512x512_160k_ade20k.py'
model = dict(
    pretrained='pretrain/deit_base_patch16_224-b5f2ef4d.pth',
    backbone=dict(final_norm=False),
    neck=None)
