"""What of a config is read, and with which settings."""
import numpy as np
import pytest
from PIL import Image

from mmseg.data_check import check_config, check_first_pages
from mmseg.data_check.findings import Finding, Findings
from mmseg.utils.errors import InputError


def kinds(report):
    return sorted({kind for kind, _ in report.findings.counts})


@pytest.mark.parametrize('wrap', [
    lambda part: dict(type='RepeatDataset', times=5, dataset=part),
    lambda part: dict(type='MultiImageMixDataset', dataset=part, pipeline=[]),
    lambda part: dict(type='ConcatDataset', datasets=[part, {**part, 'split': 'more'}]),
    lambda part: [part, {**part, 'split': 'more'}],
    lambda part: {**part, 'split': [part['split'], 'more']},
    lambda part: dict(type='RepeatDataset', times=2, dataset=dict(
        type='ConcatDataset', datasets=[part, {**part, 'split': 'more'}])),
])
def test_wrapped_data_sets_are_read_once(wrap, good):
    good.split('train', 'ab')
    good.split('more', 'cd')
    good.mask('b').unlink()
    report = good.check(good.config(train=wrap(good.part())))
    pages = sum(row['pages'] for row in report.split_rows() if row['split'] == 'train')
    assert pages == (4 if 'more' in str(wrap(good.part())) else 2)
    assert report.findings.counts == {('missing', 'train'): 1}


def test_repeated_pages_are_looked_at_once(good):
    good.split('train', 'aabbbcd')
    assert good.check().split_rows()[0]['pages'] == 4


def test_reduced_zeros_and_chosen_classes_are_read_as_in_training(good):
    # as files: 0 is ignored, 1 becomes 0, 2 becomes 1; 3 is then a class too
    good.change_mask('a', lambda mask: np.where(mask == 2, 3, mask))
    part = dict(type='CustomDataset', data_root=str(good.root), img_dir='JPEGImages',
                ann_dir='SegmentationClassPNG', pipeline=[dict(type='LoadAnnotations')],
                split=f'{good.root}/ImageSets/Segmentation/train.txt')
    cfg = good.config(train={**part, 'classes': ['x', 'y', 'z'], 'reduce_zero_label': True})
    report = good.check(cfg, splits=['train'])
    assert kinds(report) == []
    # three pages with 32 x 48 pixels of 2 and all four with as many of 1
    assert report.classes.pixels.tolist() == [4 * 1536, 3 * 1536, 1536]
    cfg.data.train.classes = ['x', 'y']
    (finding, ) = good.check(cfg, splits=['train']).findings.of('outside')
    assert finding.message == (f'{good.mask("a")} has values outside the 2 classes: 3 (1536 '
                               'pixels); expected 1 to 2, or 0, 255 to ignore a pixel')


def test_classes_left_out_are_ignored(good):
    report = good.check(good.config(train=good.part(classes=['text'])), splits=['train'])
    assert report.classes.pixels.tolist() == [4 * 1536] and kinds(report) == []


def test_palette_masks_hold_indices_and_opencv_would_see_colours(good):
    mask = Image.open(good.mask('a'))
    mask.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0] + [9] * 759)
    mask.save(good.mask('a'))
    assert kinds(good.check()) == []
    cfg = good.config(train=good.part(pipeline=[
        dict(type='LoadAnnotations', imdecode_backend='cv2')]))
    assert good.check(cfg).findings.counts == {('colour', 'train'): 1}


def test_splits_that_read_the_same_are_read_once(good):
    report = good.check()
    assert [(row['split'], row['pages']) for row in report.split_rows()] == [
        ('train', 4), ('val, test', 2)]
    report = good.check(good.config(test=good.part('val', img_suffix='.jpg')))
    assert [row['split'] for row in report.split_rows()] == ['train', 'val, test']


def test_a_config_without_data_is_an_error(good):
    cfg = good.config()
    cfg.pop('data')
    with pytest.raises(InputError, match='^the config has no data to check: expected one of '
                       'data.train, data.val, data.test$'):
        check_config(cfg)


def test_only_the_worst_findings_are_kept_and_all_are_counted():
    findings = Findings(keep=2)
    for weight in (1, 5, 5, 3):
        findings.add(Finding('outside', 'train', '', f'{weight}', weight))
    findings.add(Finding('empty', 'val', '', 'first'))
    findings.add(Finding('empty', 'val', '', 'second'))
    findings.add(Finding('empty', 'val', '', 'third'))
    assert [finding.message for finding in findings.of('outside')] == ['5', '5']
    assert [finding.message for finding in findings.of('empty')] == ['first', 'second']
    assert findings.kinds() == ['outside', 'empty']
    assert (findings.number('outside'), findings.total('error'), findings.total('warning')) == (
        4, 4, 3)


class Log:
    """A logger that keeps what it is told."""

    def __init__(self):
        self.lines = []

    def info(self, *args):
        self.lines.append(args[0] % args[1:])

    warning = info


def test_first_pages_of_a_good_set_are_one_line_in_the_log(good):
    log = Log()
    check_first_pages(good.config(), log, first=3)
    assert log.lines == ['First pages checked (3 of train, 2 of val): nothing found']


def test_first_pages_of_what_is_built_already(good, monkeypatch):
    from mmseg.data_check import splits as sources
    from mmseg.datasets import build_dataset
    cfg = good.config()
    train = build_dataset(cfg.data.train)
    built = []
    monkeypatch.setattr(sources, 'build_dataset', lambda part, *args: built.append(
        part.split) or build_dataset(part, *args))
    log = Log()
    check_first_pages(cfg, log, train=train)
    assert built == ['val']
    assert log.lines == ['First pages checked (4 of train, 2 of val): nothing found']


def test_first_pages_stop_a_training_with_a_line_per_kind(good):
    good.mask('a').unlink()
    good.mask('b').unlink()
    good.change_mask('e', lambda mask: mask[:90])
    good.change_mask('f', np.zeros_like)
    log = Log()
    with pytest.raises(InputError) as error:
        check_first_pages(good.config(), log)
    first, second = str(error.value).splitlines()
    assert first == (f'{good.mask("a")} is not there, but data.train names it; put it there or '
                     'take its page out of the split (1 more like this on the first pages)')
    assert second.startswith(f'{good.mask("e")} is 64x90 pixels')
    assert len(log.lines) == 1 and log.lines[0].startswith(f'{good.mask("f")} is all background')


def test_first_pages_leave_alone_what_a_training_does_not_read(good):
    good.mask('e').unlink()
    good.change_mask('d', lambda mask: mask[:90])
    log = Log()
    check_first_pages(good.config(), log, validate=False, first=3)
    assert log.lines == ['First pages checked (3 of train): nothing found']
