"""Options, functions and configs under the names that 0.x's documents and courses use."""
import argparse

import pytest
import torch

from mmseg import apis, models
from mmseg.cli import bench, browse, cam, image, logs, split, test_exported, train, video, webcam
from mmseg.cli import test as test_command
from mmseg.cli.export import onnx
from mmseg.models import build_segmentor
from mmseg.utils.config import load_config


@pytest.mark.parametrize('command, words', [
    (image, ['page.jpg', 'config.py', 'model.pth']), (webcam, ['config.py', 'model.pth']),
    (video, ['pages.mp4', 'config.py', 'model.pth'])])
def test_colours_of_a_data_set_have_the_name_of_0xs_documents_too(command, words):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert parser.parse_args([*words, '--palette-thr', 'cityscapes']).palette == 'cityscapes'


def test_exported_networks_are_tested_with_0xs_command_line():
    parser = argparse.ArgumentParser()
    test_exported.add_arguments(parser)
    args = parser.parse_args(['config.py', 'model.onnx', '--backend', 'onnxruntime', '--eval',
                              'mIoU'])
    assert (args.config, args.model, args.backend) == ('config.py', 'model.onnx', 'onnxruntime')


def test_a_test_takes_the_words_of_mmcls_and_mmdet():
    parser = argparse.ArgumentParser()
    test_command.add_arguments(parser)
    args = parser.parse_args(['config.py', 'model.pth', '--metrics', 'accuracy', 'recall',
                              '--metric-options', 'topk=1', '--device', 'cpu', '--gpu-ids', '1',
                              '--fuse-conv-bn', '--show-score-thr', '0.5'])
    assert (args.eval, args.eval_options) == (['accuracy', 'recall'], {'topk': 1})
    assert (args.device, args.gpu_ids, args.show_score_thr) == ('cpu', [1], 0.5)


def test_exported_networks_are_tested_with_the_words_of_mmcls():
    parser = argparse.ArgumentParser()
    test_exported.add_arguments(parser)
    args = parser.parse_args(['config.py', 'model.onnx', '--metrics', 'accuracy',
                              '--metric-options', 'topk=1'])
    assert (args.eval, args.eval_options) == (['accuracy'], {'topk': 1})


def test_pages_are_browsed_with_the_words_of_mmcls_and_mmdet():
    parser = argparse.ArgumentParser()
    browse.add_arguments(parser)
    args = parser.parse_args(['config.py', '--phase', 'val', '--not-show', '--mode', 'concat'])
    assert (args.split, args.show, args.mode) == ('val', False, 'concat')


@pytest.mark.parametrize('command, words, instead', [
    (browse, ['config.py', '--adaptive'], 'resize them in the pipeline of the config'),
    (cam, ['page.jpg', '--vit-like'], 'leave --layer out for these'),
    (cam, ['page.jpg', '--preview-model'], 'mmseg config CONFIG --graph shows the names'),
    (logs, ['plot_curve', 'a.json', '--eval-interval', '2'], 'that the log has for it'),
    (split, ['pages', '--train', '0.8'], 'all pages that --val and --test leave'),
    (onnx, ['config.py', '--simplify'], 'constants are folded'),
    (bench, ['config.py', '--max-iter', '2000'], 'a run ends after 200 pages or 60 seconds')])
def test_other_options_of_mmcls_and_mmdet_are_a_sentence(command, words, instead, capsys):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(words)
    assert instead in capsys.readouterr().err


def test_the_size_of_a_chart():
    parser = argparse.ArgumentParser()
    logs.add_arguments(parser)
    assert parser.parse_args(['a.json', '--window-size', '12*7']).window_size == (12., 7.)
    with pytest.raises(SystemExit):
        parser.parse_args(['a.json', '--window-size', '12'])


def test_a_training_takes_the_words_of_mmcls_and_mmdet():
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    args = parser.parse_args(['config.py', '--device', 'cpu', '--diff-seed', '--auto-scale-lr'])
    assert (args.device, args.diff_seed, args.auto_scale_lr) == ('cpu', True, True)


def test_networks_are_opened_by_the_names_of_later_releases():
    assert apis.init_model is apis.init_segmentor
    assert apis.inference_model is apis.inference_segmentor
    assert apis.init_detector is apis.init_segmentor
    assert apis.train_model is apis.train_detector is apis.train_segmentor
    assert models.build_detector is models.build_segmentor
    assert models.LinearClsHead is models.classifiers.LinearClsHead
    assert models.ClsHead is models.cls_heads.ClsHead  # that of page types on a segmentor
    assert models.builder.CLASSIFIERS is models.builder.DETECTORS is models.builder.SEGMENTORS


def test_unet_with_a_deeplabv3_head_for_vessels():
    model = build_segmentor(load_config('deeplabv3_unet_s5-d16_128x128_40k_chase_db1').model)
    assert type(model.decode_head).__name__ == 'ASPPHead'
    model.eval()
    with torch.no_grad():
        assert model.decode_head(model.backbone(torch.zeros(1, 3, 32, 32))).shape == (1, 2, 32, 32)
