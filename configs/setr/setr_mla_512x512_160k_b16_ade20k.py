_base_ = './setr_mla_512x512_160k_b8_ade20k.py'
data = dict(samples_per_gpu=2)
