"""Testing a checkpoint: what is written where, and metrics that are computed from files."""
import os

import pytest
import torch
from mmcv.runner import save_checkpoint

from mmseg.apis.evaluate import evaluate_checkpoint
from mmseg.datasets import LayoutDataset
from mmseg.models import build_segmentor
from mmseg.utils.errors import InputError
from mmseg.utils.pickles import read_pickle


class JudgedByFiles(LayoutDataset):
    """Pages with a metric that counts files."""
    FILE_METRICS = ('files', )

    def evaluate(self, results, metric, imgfile_prefix=None):
        assert metric == ['files'] and results == [
            os.path.join(imgfile_prefix, name) for name in sorted(os.listdir(imgfile_prefix))]
        return {'number': len(results)}


@pytest.fixture
def checkpoint(config, tmp_path):
    file = tmp_path / 'untrained.pth'
    save_checkpoint(build_segmentor(config.model), str(file))
    return str(file)


def test_files_go_to_the_work_folder(config, checkpoint, tmp_path):
    assert evaluate_checkpoint(config, checkpoint, format_only=True) is None
    assert len(os.listdir(tmp_path / 'work' / 'format_results')) == 3
    evaluate_checkpoint(config, checkpoint, format_only=True,
                        options=dict(imgfile_prefix=str(tmp_path / 'own')))
    assert len(os.listdir(tmp_path / 'own')) == 3


def test_on_a_cpu_norms_are_fused(config, checkpoint, monkeypatch):
    tested = []
    monkeypatch.setattr('mmseg.apis.evaluate.single_gpu_test',
                        lambda model, *args, **more: tested.append(model.module) or [])
    evaluate_checkpoint(config, checkpoint)
    layers = list(tested[0].backbone.modules())
    assert len(layers) > 20
    assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in layers)


def test_a_metric_on_files(config, checkpoint, tmp_path):
    config.data.test.type = JudgedByFiles
    report = tmp_path / 'report.json'
    scores = evaluate_checkpoint(config, checkpoint, metrics=['files'], report=str(report))
    assert scores == {'number': 3} and report.is_file()
    with pytest.raises(InputError, match='--eval files is computed from files .* leave out other'):
        evaluate_checkpoint(config, checkpoint, metrics=['files', 'mIoU'])


def test_results_are_written_into_a_new_folder(config, checkpoint, tmp_path, capsys):
    out = tmp_path / 'new' / 'results.pkl'
    evaluate_checkpoint(config, checkpoint, out=str(out))
    assert len(read_pickle(out)) == 3 and os.listdir(out.parent) == ['results.pkl']
    assert f'results: {out}\n' in capsys.readouterr().out


@pytest.mark.parametrize('file', ['out', 'report', 'show_dir'])
def test_folders_are_tried_before_the_pages(config, checkpoint, tmp_path, monkeypatch, file):
    monkeypatch.setattr('mmseg.apis.evaluate.single_gpu_test', None)
    (tmp_path / 'file').write_text('no folder')
    with pytest.raises(InputError, match='cannot write into the folder .*file/below: '):
        evaluate_checkpoint(config, checkpoint, **{file: str(tmp_path / 'file' / 'below' / 'a')
                                                   if file != 'show_dir' else
                                                   str(tmp_path / 'file' / 'below')})
