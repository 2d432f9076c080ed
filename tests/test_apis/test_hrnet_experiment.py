"""Experiment files of HRNet's repository as configs."""
import pytest
import yaml
from mmcv import Config

from mmseg.apis.hrnet_experiment import experiment_config
from mmseg.cli import main
from mmseg.models import build_segmentor
from mmseg.utils.errors import InputError

EXPERIMENT = '''
CUDNN: {BENCHMARK: true}
GPUS: (0,1,2,3)
WORKERS: 3
DATASET:
  DATASET: cityscapes
  ROOT: data/
  TRAIN_SET: list/cityscapes/train.lst
  TEST_SET: list/cityscapes/val.lst
  NUM_CLASSES: 19
MODEL:
  NAME: seg_hrnet_ocr
  NUM_OUTPUTS: 2
  PRETRAINED: ""
  EXTRA:
    FINAL_CONV_KERNEL: 1
    STAGE1: {NUM_MODULES: 1, NUM_RANCHES: 1, BLOCK: BOTTLENECK, NUM_BLOCKS: [2], NUM_CHANNELS: [64], FUSE_METHOD: SUM}
    STAGE2: {NUM_MODULES: 1, NUM_BRANCHES: 2, BLOCK: BASIC, NUM_BLOCKS: [2, 2], NUM_CHANNELS: [18, 36]}
    STAGE3: {NUM_MODULES: 3, NUM_BRANCHES: 3, BLOCK: BASIC, NUM_BLOCKS: [2, 2, 2], NUM_CHANNELS: [18, 36, 72]}
    STAGE4: {NUM_MODULES: 2, NUM_BRANCHES: 4, BLOCK: BASIC, NUM_BLOCKS: [2, 2, 2, 2], NUM_CHANNELS: [18, 36, 72, 144]}
LOSS: {USE_OHEM: true, OHEMTHRES: 0.9, OHEMKEEP: 131072, BALANCE_WEIGHTS: [0.4, 1]}
TRAIN:
  IMAGE_SIZE: [1024, 512]
  BASE_SIZE: 2048
  BATCH_SIZE_PER_GPU: 6
  END_EPOCH: 484
  LR: 0.01
  WD: 0.0005
  MOMENTUM: 0.9
  NESTEROV: false
  FLIP: true
  MULTI_SCALE: true
  SCALE_FACTOR: 16
  IGNORE_LABEL: 255
TEST: {IMAGE_SIZE: [2048, 1024], BASE_SIZE: 2048, FLIP_TEST: false, MULTI_SCALE: false}
'''  # noqa: E501  lines as the repository has them


@pytest.fixture
def values():
    return yaml.safe_load(EXPERIMENT)


def test_network_data_and_schedule_are_those_of_the_experiment(values):
    cfg, left = experiment_config(values, 'x.yaml')
    first, second = cfg.model.decode_head
    assert cfg.model.backbone.extra.stage3 == dict(
        num_modules=3, num_branches=3, block='BASIC', num_blocks=(2, 2, 2),
        num_channels=(18, 36, 72))
    assert (first.channels, second.channels, second.ocr_channels) == (270, 512, 256)
    assert [head.loss_decode.loss_weight for head in (first, second)] == [.4, 1.]
    assert second.sampler == dict(type='OHEMPixelSampler', thresh=.9, min_kept=131072)
    assert second.align_corners is True and cfg.model.pretrained is None
    train = cfg.data.train
    assert (train.data_root, train.img_dir, train.split) == (
        'data/', 'cityscapes', 'list/cityscapes/train.lst')
    assert train.label_ids[:3] == (7, 8, 11) and train.classes[18] == 'bicycle'
    assert train.pipeline[2] == dict(type='Resize', img_scale=(2048, 2048), ratio_range=(.5, 2.1))
    assert train.pipeline[3].crop_size == (512, 1024)
    assert (cfg.data.samples_per_gpu, cfg.data.workers_per_gpu) == (6, 3)
    assert cfg.optimizer == dict(type='SGD', lr=.01, momentum=.9, weight_decay=.0005,
                                 nesterov=False)
    assert cfg.runner == dict(type='EpochBasedRunner', max_epochs=484)
    assert left == ['CUDNN.BENCHMARK', 'GPUS', 'MODEL.NUM_OUTPUTS', 'TEST.IMAGE_SIZE']


def test_the_network_is_built_and_has_as_many_weights_as_0xs_hr18s(values):
    cfg, _ = experiment_config(values, 'x.yaml')
    counts = [sum(weight.numel() for weight in build_segmentor(part).parameters())
              for part in (cfg.model, {**Config.fromfile(
                  'configs/ocrnet/ocrnet_hr18s_512x1024_40k_cityscapes.py').model,
                  'pretrained': None})]
    assert counts[0] == counts[1]


def test_without_ocr_there_is_one_head(values):
    values['MODEL']['NAME'] = 'seg_hrnet'
    values['TEST'].update(MULTI_SCALE=True, SCALE_LIST=[0.5, 1, 1.5], FLIP_TEST=True)
    values['DATASET'].update(DATASET='pages', NUM_CLASSES=2)
    cfg, _ = experiment_config(values, 'x.yaml')
    assert cfg.model.type == 'EncoderDecoder' and cfg.model.decode_head.channels == 270
    assert cfg.data.test.pipeline[1].img_ratios == [.5, 1., 1.5]
    assert cfg.data.test.classes == ['class 0', 'class 1'] and 'label_ids' not in cfg.data.test


@pytest.mark.parametrize('name, classes, wanted, resize, tested, left', [
    ('lip', 20, dict(type='ListFileDataset', img_dir='lip/TrainVal_images',
                     ann_dir='lip/TrainVal_parsing_annotations', more_columns=True,
                     data_root='data/', split='list/cityscapes/train.lst'), False,
     (2048, 2048), ['TRAIN.FLIP']),
    ('ade20k', 150, dict(type='ListFileDataset', reduce_zero_label=True, data_root='data/'), True,
     (8192, 2048), []),
    ('cocostuff', 171, dict(type='ListFileDataset', data_root='data/'), True, (8192, 2048), []),
    ('pascal_ctx', 59, dict(
        type='PascalContextDataset59', data_root='data/pascal_ctx/VOCdevkit/VOC2010',
        img_dir='JPEGImages', ann_dir='SegmentationClassContext',
        split='ImageSets/SegmentationContext/train.txt'), True, (2048, 2048), [])])
def test_data_sets_of_the_repository(values, name, classes, wanted, resize, tested, left):
    values['DATASET'].update(DATASET=name, NUM_CLASSES=classes)
    if name == 'pascal_ctx':
        values['DATASET'].update(TRAIN_SET='train', TEST_SET='val')
    values['TRAIN']['IGNORE_LABEL'] = -1
    cfg, told = experiment_config(values, 'x.yaml')
    train = cfg.data.train
    assert {key: train[key] for key in wanted} == wanted
    assert train.pipeline[2].get('keep_ratio', True) is resize
    assert train.pipeline[4].prob == (0. if left else .5)
    assert train.pipeline[6].seg_pad_val == 255  # a label map has no -1
    assert [head.ignore_index for head in cfg.model.decode_head] == [255, 255]
    assert cfg.data.test.pipeline[1].img_scale == tested
    assert [key for key in told if key.endswith('FLIP')] == left
    assert len(train.get('label_ids', range(classes))) == classes
    if name == 'cocostuff':  # 12 and 26 have no class
        assert train.label_ids[10:13] == (11, 13, 14) and train.label_ids[170] == 182
        assert (train.classes[0], train.classes[170]) == ('person', 'wood')


def test_weights_of_classes_and_a_faster_head(values):
    loss = experiment_config(values, 'x.yaml')[0].model.decode_head[1].loss_decode
    assert loss.class_weight[:2] == [.8373, .918] and len(loss.class_weight) == 19
    values['DATASET'].update(DATASET='ade20k', NUM_CLASSES=150)
    values['TRAIN'].update(NONBACKBONE_KEYWORDS=['cls', 'aux', 'ocr'], NONBACKBONE_MULT=10)
    values['MODEL']['NAME'] = 'seg_hrnet_ocr_bndefault_alignFalse'
    cfg, left = experiment_config(values, 'x.yaml')
    head = cfg.model.decode_head[0]
    assert 'class_weight' not in head.loss_decode and head.align_corners is False
    assert cfg.optimizer.paramwise_cfg == dict(custom_keys=dict(decode_head=dict(lr_mult=10.)))
    assert not [key for key in left if 'NONBACKBONE' in key]


@pytest.mark.parametrize('change, sentence', [
    (lambda values: values['TRAIN'].pop('LR'), 'x.yaml has no TRAIN.LR'),
    (lambda values: values['MODEL'].update(NAME='seg_asp'), "MODEL.NAME 'seg_asp'"),
    (lambda values: values['MODEL'].pop('EXTRA'), 'has no MODEL.EXTRA.STAGE1')])
def test_what_is_not_an_experiment(values, change, sentence):
    change(values)
    with pytest.raises(InputError, match=sentence):
        experiment_config(values, 'x.yaml')


def test_the_command_writes_a_config(tmp_path, capsys):
    file, out = tmp_path / 'x.yaml', tmp_path / 'mine.py'
    file.write_text(EXPERIMENT)
    main(['config', '--cfg', str(file), '--out', str(out), '--cfg-options', 'runner.max_epochs=3'])
    assert Config.fromfile(str(out)).runner.max_epochs == 3
    assert capsys.readouterr().err.startswith('without a counterpart: CUDNN.BENCHMARK, GPUS')
    file.write_text('- a list')
    with pytest.raises(SystemExit):
        main(['config', '--cfg', str(file)])
    assert 'is not an experiment file' in capsys.readouterr().err


@pytest.mark.parametrize('part, key, value, words', [
    ('DATASET', 'NUM_CLASSES', 10**9, 'NUM_CLASSES must be a whole number from 1 to 65536, got 10'),
    ('DATASET', 'NUM_CLASSES', '19', "NUM_CLASSES must be a whole number .* got '19'"),
    ('TRAIN', 'IMAGE_SIZE', 5, 'x.yaml is not an experiment file of HRNet'),
    ('MODEL', 'EXTRA', {'STAGE1': 3}, 'x.yaml is not an experiment file of HRNet')])
def test_values_of_another_kind(values, part, key, value, words):
    values[part][key] = value
    with pytest.raises(InputError, match=words):
        experiment_config(values, 'x.yaml')
