"""One fault in a good data set, and the one sentence that says so."""
import shutil

import numpy as np
import pytest
from PIL import Image


def found(report):
    """All findings as (kind, split, message)."""
    return [(finding.kind, finding.split, finding.message)
            for kind in report.findings.kinds() for finding in report.findings.of(kind)]


def test_a_good_data_set_is_silent(good):
    report = good.check()
    assert found(report) == []
    assert report.verdict() == '6 pages checked, nothing found'
    assert (report.errors, report.warnings) == (0, 0)


def no_image(pages):
    pages.image('b').unlink()


def no_mask(pages):
    pages.mask('b').unlink()


def no_picture(pages):
    pages.image('b').write_bytes(b'GIF or so')


def no_picture_as_mask(pages):
    pages.mask('b').write_bytes(b'GIF or so')


def other_size(pages):
    pages.change_mask('b', lambda mask: mask[:90])


def turned(pages):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(pages.image('b')).save(pages.image('b'), exif=exif)


def in_colour(pages):
    palette = np.array([[0, 0, 0], [128, 0, 0], [0, 128, 0]], np.uint8)
    pages.change_mask('b', lambda mask: palette[mask])


def smoothed(pages):
    # twice as small: borders between 0, 100 and 200 get values between
    big = Image.fromarray(np.kron(np.eye(4, 3, dtype=np.uint8) * 200, np.ones((48, 43), np.uint8)))
    pages.write_mask('b', np.array(big.resize((64, 96), Image.BICUBIC)))


def outside(pages):
    def change(mask):
        mask[0, :3], mask[0, 5] = 7, 9
        return mask
    pages.change_mask('b', change)


def wide(pages):
    pages.change_mask('b', lambda mask: mask.astype(np.uint16) * 1000)


def one_mask_of_0_and_255(pages):
    pages.change_mask('b', lambda mask: np.where(mask > 0, 255, 0).astype(np.uint8))


def all_ignored(pages):
    pages.change_mask('b', lambda mask: np.full_like(mask, 255))


def all_background(pages):
    pages.change_mask('b', np.zeros_like)


def interpolated(pages):
    def change(mask):
        mask[8:40, 7], mask[8:40, 56], mask[7, 8:56], mask[40, 8:56] = 1, 1, 1, 1
        return mask
    pages.change_mask('b', change)


def no_page_label(pages):
    pages.page_labels({f'{name}.jpg': 0 for name in 'acdef'})


def unknown_page_label(pages):
    pages.page_labels({**{f'{name}.jpg': 0 for name in 'acdef'}, 'b.jpg': 'poster'})


def page_in_both(pages):
    pages.split('val', ['b', 'e', 'f'])


def same_file(pages):
    shutil.copy(pages.image('b'), pages.image('e'))


IMAGE, MASK = '{root}/JPEGImages/b.jpg', '{root}/SegmentationClassPNG/b.png'
LABELS = '{root}/cls_label.json'


@pytest.mark.parametrize('spoil, kind, message', [
    (no_image, 'missing', f'{IMAGE} is not there, but data.train names it; put it there or take '
     'its page out of the split'),
    (no_mask, 'missing', f'{MASK} is not there, but data.train names it; put it there or take its '
     'page out of the split'),
    (no_picture, 'unreadable', f'{IMAGE} cannot be read as an image (no image in a known '
     'format); copy it again or take it out of the split'),
    (no_picture_as_mask, 'unreadable', f'{MASK} cannot be read as a label map (no picture in '
     'a known format); export it again or take its page out of the split'),
    (other_size, 'size', f'{MASK} is 64x90 pixels (width x height) but its image {IMAGE} is '
     '64x96; both must have the same size'),
    (turned, 'size', f'{MASK} is 64x96 pixels (width x height) but its image {IMAGE} is 96x64, '
     'which is turned by its EXIF orientation; both must have the same size'),
    (in_colour, 'colour', f'{MASK} has 3 channels and 3 colours, but a label map holds one class '
     'index per pixel; convert its colours to indices (a grey or palette PNG)'),
    (outside, 'outside', f'{MASK} has values outside the 3 classes: 7 (3 pixels), 9 (1 pixels); '
     'expected 0 to 2, or 255 to ignore a pixel'),
    (wide, 'outside', f'{MASK} has values from 0 to 2000 (uint16), but labels lie in 0 to 255; are '
     'these numbers of regions rather than of classes?'),
    (one_mask_of_0_and_255, 'mask_0_255', f'{MASK} holds nothing but 0 and 255 (3072 pixels), and '
     '255 is ignored; if it is the foreground, write the index of its class'),
    (all_ignored, 'empty', f'{MASK} is ignored everywhere, so that nothing is learned from this '
     'page; label it or take it out of the split'),
    (all_background, 'empty', f'{MASK} is all background, but there is something on the page; '
     'were its labels forgotten?'),
    (interpolated, 'interpolated', f'{MASK} has seams of one pixel, with a class between those on '
     'both sides, along 100 % of its borders; scale label maps with nearest neighbour'),
    (no_page_label, 'page_label', f'{IMAGE} has no page label in {LABELS}; add one of '
     '0 (document), 1 (slide)'),
    (unknown_page_label, 'page_label', f"{IMAGE} has the page label 'poster' in {LABELS}, but the "
     'page classes are 0 (document), 1 (slide)'),
])
def test_one_fault_is_one_sentence_with_its_file(spoil, kind, message, good):
    spoil(good)
    assert found(good.check()) == [(kind, 'train', message.format(root=good.root))]


def test_anti_aliased_masks_are_told_from_forgotten_classes(good):
    smoothed(good)
    (kind, _, message), = found(good.check())
    assert kind == 'smoothed'
    assert message.startswith(f'{good.mask("b")} has ') and message.endswith(
        'as smoothing or scaling makes them at borders; write class indices without '
        'anti-aliasing, as PNG')


def test_cut_off_files_are_unreadable(good):
    for file in (good.image('b'), good.mask('c')):
        file.write_bytes(file.read_bytes()[:-40])
    assert [(kind, message.split(' ')[0]) for kind, _, message in found(good.check())] == [
        ('unreadable', str(good.image('b'))), ('unreadable', str(good.mask('c')))]


@pytest.mark.parametrize('spoil, message', [
    (page_in_both, '{root}/JPEGImages/b.jpg of val, test is the same file as '
     '{root}/JPEGImages/b.jpg of train; keep it in one split only'),
    (same_file, '{root}/JPEGImages/e.jpg of val, test is the same file as '
     '{root}/JPEGImages/b.jpg of train; keep it in one split only'),
])
def test_a_page_in_two_splits_is_found_by_its_content(spoil, message, good):
    spoil(good)
    assert found(good.check()) == [
        ('duplicate', 'val, test', message.format(root=good.root))]


def test_a_page_saved_again_looks_the_same(good):
    image = Image.open(good.image('b'))
    image.resize((48, 72), Image.BICUBIC).resize((64, 96), Image.BICUBIC).save(
        good.image('e'), quality=40)
    (kind, split, message), = found(good.check())
    assert (kind, split) == ('near_duplicate', 'val, test')
    assert message.startswith(f'{good.image("e")} of val, test looks like {good.image("b")} of '
                              'train (')


def test_validation_on_the_training_pages_is_one_fault(good):
    cfg = good.config(val=good.part(), test=good.part())
    assert found(good.check(cfg)) == [
        ('duplicate', 'train, val, test', 'data.val and data.test reads the same 4 pages as '
         'data.train, so that its scores say nothing; give it pages of its own')]


def test_blank_pages_are_neither_empty_nor_duplicates(good):
    for name in ('b', 'e'):
        Image.new('L', (64, 96), 250).save(good.image(name))
        good.change_mask(name, np.zeros_like)
    assert found(good.check()) == []


def test_a_split_of_0_255_masks_is_an_error(good):
    for name in 'abcd':
        one = good.mask(name)
        good.write_mask(name, np.where(np.array(Image.open(one)) > 0, 255, 0).astype(np.uint8))
    report = good.check()
    assert ('only_0_255', 'train', 'data.train has label maps of 0 and 255 only (4 of 4), and 255 '
            'is ignored, so that no class but 0 is ever learned; write the index of the class '
            'where it is 255') in found(report)
    assert report.findings.number('mask_0_255') == 4


def test_a_class_that_never_occurs_is_named(good):
    for name in 'abcd':
        good.change_mask(name, lambda mask: np.where(mask == 1, 0, mask))
    assert found(good.check()) == [
        ('absent', 'train', 'no page of data.train has a pixel of 1 class: figure (1); label '
         'some, or leave them out with classes=[...]')]


def test_network_and_data_must_agree_on_their_classes(good):
    cfg = good.config()
    cfg.model = dict(decode_head=dict(num_classes=2), cls_head=dict(num_classes=3))
    assert [message for _, _, message in found(good.check(cfg, splits=['train']))] == [
        'model.decode_head.num_classes is 2, but data.train has 3 classes (background, figure, '
        'text); make them the same, in the auxiliary heads too',
        'model.cls_head.num_classes is 3, but data.train has 2 page classes (document, slide)']


@pytest.mark.parametrize('number, kinds', [
    (1, []), (2, ['classes']), (3, []), (4, ['spare_classes'])])
def test_fewer_outputs_than_classes_are_an_error_and_more_a_warning(number, kinds, good):
    cfg = good.config()
    cfg.model = dict(decode_head=[dict(num_classes=9), dict(num_classes=number)])
    assert good.check(cfg).findings.kinds() == kinds


def test_data_sets_of_another_kind_are_named(good):
    from mmseg.datasets import DATASETS

    class Drawn:
        CLASSES, PALETTE = ['x'], None

        def __len__(self):
            return 1

    DATASETS.register_module(module=Drawn)
    report = good.check(good.config(train=dict(type='Drawn')))
    assert found(report) == [
        ('unknown', 'train', 'data.train has a Drawn, whose files cannot be checked: expected '
         'img_infos and pre_pipeline, as CustomDataset has them')]
    DATASETS.module_dict.pop('Drawn')


def test_a_page_head_needs_page_labels(good):
    (good.root / 'cls_label.json').unlink()
    cfg = good.config()
    cfg.model = dict(cls_head=dict(num_classes=2))
    (kind, split, message), = found(good.check(cfg))
    assert (kind, split) == ('page_label', 'train')
    assert message == ('model.cls_head needs the page labels of data.train, but its LayoutDataset '
                       'has none; add cls_label.json, or set model.cls_head=None')


def test_what_cannot_be_built_is_a_finding_and_the_rest_is_checked(good):
    cfg = good.config(train=good.part('nowhere'))
    report = good.check(cfg)
    (kind, split, message), = found(report)
    assert (kind, split) == ('dataset', 'train')
    assert message.startswith('data.train cannot be built: the split file ')
    assert report.split_rows()[0]['pages'] == 2


def test_pages_without_label_maps_may_be_meant(good):
    for name in 'abcdef':
        good.mask(name).unlink()
    for with_seg in ('some', False):
        train, val = good.part(with_seg=with_seg), good.part('val', with_seg=with_seg)
        assert found(good.check(good.config(train=train, val=val, test=val))) == []


def test_withheld_test_labels_are_fine_but_not_in_validation(good):
    cfg = good.config(test=good.part('val', ann_dir='nowhere'))
    assert found(good.check(cfg)) == []
    cfg = good.config(val=good.part('val', ann_dir='nowhere'))
    assert ('no_labels', 'val', f'data.val has no label maps: expected them in '
            f'{good.root}/nowhere; see ann_dir and seg_map_suffix') in found(good.check(cfg))
