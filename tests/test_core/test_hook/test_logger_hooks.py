"""Trainings that log pictures: to a real TensorBoard, to mocks of wandb and mlflow."""
import io
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from mmseg.apis import train_segmentor
from mmseg.core.hook.samples import Names, Sample, picture
from mmseg.datasets import build_dataset
from mmseg.models import build_segmentor
from mmseg.utils.errors import InputError


def train(cfg, hook, validate=True):
    """Four iterations, with an evaluation after the second and the fourth."""
    cfg.log_config = dict(interval=1, hooks=[dict(type='TextLoggerHook'), hook])
    dataset = build_dataset(cfg.data.train)
    train_segmentor(build_segmentor(cfg.model), dataset, cfg, validate=validate, timestamp='now',
                    meta={})


class Recorded(ModuleType):
    """A module whose functions note their calls."""

    def __init__(self, name, **known):
        super().__init__(name)
        self.calls = []
        self.__dict__.update(known)

    def __getattr__(self, name):
        if name.startswith('__'):
            raise AttributeError(name)

        def note(*args, **kwargs):
            self.calls.append((name, args, kwargs))
        return note

    def of(self, name):
        return [(args, kwargs) for called, args, kwargs in self.calls if called == name]


class Artifact:
    def __init__(self, name, type, metadata=None):
        self.name, self.type, self.metadata, self.files = name, type, metadata, []

    def add_file(self, path):
        self.files.append(path)


@pytest.fixture
def wandb(monkeypatch):
    module = Recorded('wandb', Artifact=Artifact, run=SimpleNamespace(id='x7'),
                      Image=lambda image, **kwargs: SimpleNamespace(image=image, **kwargs))
    monkeypatch.setitem(sys.modules, 'wandb', module)
    return module


@pytest.fixture
def mlflow(monkeypatch):
    module, models = Recorded('mlflow'), Recorded('mlflow.pytorch')
    module.pytorch = models
    monkeypatch.setitem(sys.modules, 'mlflow', module)
    monkeypatch.setitem(sys.modules, 'mlflow.pytorch', models)
    return module


def test_tensorboard_has_page_type_accuracy_and_painted_pages(config):
    pytest.importorskip('tensorboard')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    train(config, dict(type='MMSegTensorboardHook', num_eval_images=2))
    events = EventAccumulator(f'{config.work_dir}/tf_logs', size_guidance={'images': 0}).Reload()
    accuracy = events.Scalars('val/page_acc')
    assert [event.step for event in accuracy] == [2, 4]
    assert all(0 <= event.value <= 1 for event in accuracy)
    assert len(events.Scalars('train/loss')) == 4
    names = events.Tags()['images']
    assert len(names) == 2 and all(name.startswith('val/') for name in names)
    image, = (event for event in events.Images(names[0]) if event.step == 4)
    pixels = np.asarray(Image.open(io.BytesIO(image.encoded_image_string)))
    # two panels of 640 pixels in height
    assert pixels.shape[0] > 640 and pixels.shape[1] > 2 * 300
    # blue of a figure, say, would be red if the channels were swapped: the page is white paper
    assert (pixels == 255).all(axis=2).mean() > .1


def test_samples_show_label_and_prediction_in_their_colours():
    truth = np.zeros((40, 60), np.uint8)
    truth[:, 30:] = 1
    sample = Sample('a.jpg', np.full((40, 60, 3), 255, np.uint8), truth, 1,
                    dict(seg_map=1 - truth, cls_label=0, cls_scores=np.array([.75, .25])))
    names = Names(('background', 'figure'), [[0, 0, 0], [255, 0, 0]], ('document', 'slide'))
    sheet = picture(sample, names, height=40)
    rose = (sheet == (128, 128, 255)).all(axis=2) | (sheet == (127, 127, 255)).all(axis=2)
    columns = np.flatnonzero(rose.sum(axis=0) > 30)
    # the right half of the label (12 + 30 …), the left half of the prediction (12 + 60 + 12 …)
    assert columns.tolist() == [*range(42, 72), *range(84, 114)]


def test_wandb_gets_pages_with_masks_before_the_scores_of_the_step(config, wandb):
    train(config, dict(type='MMSegWandbHook', init_kwargs=dict(project='layout'), interval=1,
                       num_eval_images=2, log_checkpoint=True, log_checkpoint_metadata=True,
                       log_artifact=False))
    assert wandb.of('init') == [((), dict(project='layout'))]
    logged = [(args[0], kwargs) for args, kwargs in wandb.of('log')]
    places = [number for number, (tags, _) in enumerate(logged)
              if any(name.startswith('val/samples/') for name in tags)]
    assert len(places) == 2
    for step, place in zip((2, 4), places):
        tags, kwargs = logged[place]
        assert kwargs == dict(commit=False, step=step)
        scores, options = logged[place + 1]
        assert 'val/page_acc' in scores and options == dict(step=step, commit=False)
        assert len(tags) == 2
        name, page = next(iter(tags.items()))
        assert name.endswith('.jpg') and page.caption.startswith(name.removeprefix('val/samples/'))
        assert set(page.masks) == {'prediction', 'label'}
        assert page.masks['label']['class_labels'][255] == 'ignored'
        assert page.masks['label']['mask_data'].shape == page.image.shape[:2]
        assert '(label: ' in page.caption
    models = [(args[0], kwargs['aliases']) for args, kwargs in wandb.of('log_artifact')]
    assert [aliases for _, aliases in models] == [['latest', 'iter_2'], ['latest', 'iter_4']]
    assert models[0][0].name == 'run_x7_model' and models[0][0].files[0].endswith('iter_2.pth')
    assert models[1][0].metadata['iter'] == 4 and 'page_acc' in models[1][0].metadata
    assert len(wandb.of('finish')) == 1


def test_wandb_uploads_the_logs_unless_told_not_to(config, wandb):
    train(config, dict(type='MMSegWandbHook', num_eval_images=0))
    (artifact, ), _ = wandb.of('log_artifact')[0]
    assert any(file.endswith('now.log.json') for file in artifact.files)
    assert not any(name.startswith('val/samples') for args, _ in wandb.of('log')
                   for name in args[0])


def test_without_steps_wandb_counts_by_committing(config, wandb):
    train(config, dict(type='MMSegWandbHook', num_eval_images=1, with_step=False))
    assert [kwargs for args, kwargs in wandb.of('log') if 'val/mIoU' in args[0]] == [
        dict(commit=True)] * 2


def test_mlflow_gets_pictures_and_names_it_takes(config, mlflow):
    config.data.val.classes = ['background', 'figure (photo)', 'text', 'table', 'validline']
    config.data.val.cls_label_file = None
    with pytest.raises(InputError, match='figure'):  # no such class of these pages
        train(config, dict(type='MMSegMlflowHook'))
    del config.data.val['classes']
    train(config, dict(type='MMSegMlflowHook', num_eval_images=1, exp_name='pages'))
    assert mlflow.of('set_experiment') == [(('pages', ), {})]
    steps = {kwargs['step']: args[0] for args, kwargs in mlflow.of('log_metrics')
             if 'val/page_acc' in args[0]}
    assert set(steps) == {2, 4}
    (image, name), _ = mlflow.of('log_image')[0]
    assert image.dtype == np.uint8 and name.startswith('samples/2/') and name.endswith('.png')
    assert len(mlflow.of('log_image')) == 2 and len(mlflow.pytorch.of('log_model')) == 1


def test_names_of_classes_that_mlflow_would_refuse(mlflow):
    from mmseg.core.hook import MMSegMlflowHook
    hook = MMSegMlflowHook()
    runner = SimpleNamespace(
        mode='val', log_buffer=SimpleNamespace(output={'IoU.figure (photo)': .5}),
        current_lr=lambda: [.1], current_momentum=lambda: [.9])
    assert hook.get_loggable_tags(runner) == {
        'val/IoU.figure _photo_': .5, 'learning_rate': .1, 'momentum': .9}


@pytest.mark.parametrize('kind, module, extra', [
    ('MMSegWandbHook', 'wandb', 'logging'), ('MMSegMlflowHook', 'mlflow', 'logging')])
def test_a_package_that_is_missing(config, monkeypatch, kind, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=f"{kind} needs {module}: install the extra '{extra}'"):
        train(config, dict(type=kind))


@pytest.mark.parametrize('options, validate, message', [
    (dict(), False, 'need an evaluation'),
    (dict(log_checkpoint_metadata=True), True, 'needs log_checkpoint=True')])
def test_what_a_training_lacks_is_told_at_its_start(config, wandb, options, validate, message):
    with pytest.raises(InputError, match=message):
        train(config, dict(type='MMSegWandbHook', **options), validate)
    assert not wandb.calls
