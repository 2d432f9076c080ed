_base_ = [
    '../_base_/models/lraspp_m-v3-d8.py', '../_base_/datasets/cityscapes.py',
    '../_base_/schedules/schedule_160k.py', '../_base_/default_runtime.py']
model = dict(pretrained='open-mmlab://contrib/mobilenet_v3_large')
data = dict(samples_per_gpu=4, workers_per_gpu=4)
runner = dict(max_iters=320000)
