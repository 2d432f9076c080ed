_base_ = './resnet18_224x224_20e_page_types.py'
model = dict(backbone=dict(_delete_=True, type='MobileNetV2'), head=dict(in_channels=1280))
