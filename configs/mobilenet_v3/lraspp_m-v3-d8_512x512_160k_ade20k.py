_base_ = [
    '../_base_/models/lraspp_m-v3-d8.py', '../_base_/datasets/ade20k.py',
    '../_base_/schedules/schedule_160k.py', '../_base_/default_runtime.py']
model = dict(
    pretrained='open-mmlab://contrib/mobilenet_v3_large', decode_head=dict(num_classes=150))
