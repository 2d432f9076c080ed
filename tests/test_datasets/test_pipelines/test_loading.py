"""Files that are as they should be, and files that are not."""
import io

import numpy as np
import pytest
from PIL import Image

from mmseg.datasets.pipelines import LoadAnnotations, LoadImageFromFile
from mmseg.utils.errors import InputError


def load_image(path, **arguments):
    return LoadImageFromFile(**arguments)(
        dict(img_prefix=str(path.parent), img_info=dict(filename=path.name)))


def load_label(path, values=None, dtype=np.uint8, loader=None, **results):
    if values is not None:
        Image.fromarray(np.array(values, dtype=dtype)).save(path)
    results = {**dict(seg_prefix=str(path.parent), ann_info=dict(seg_map=path.name),
                      seg_fields=[]), **results}
    return (loader or LoadAnnotations())(results)['gt_semantic_seg']


def jpeg(size=(60, 80)):
    noise = np.random.RandomState(0).randint(0, 256, (*size, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, format='JPEG')
    return stream.getvalue()


def test_image_and_what_is_known_of_it(tmp_path):
    path = tmp_path / 'a.png'
    Image.fromarray(np.array([[[1, 2, 3], [4, 5, 6]]], dtype=np.uint8)).save(path)
    results = load_image(path)
    assert results['img'].tolist() == [[[3, 2, 1], [6, 5, 4]]]  # BGR
    assert results['filename'] == str(path) and results['ori_filename'] == 'a.png'
    assert results['img_shape'] == results['ori_shape'] == results['pad_shape'] == (1, 2, 3)
    assert results['scale_factor'] == 1.0
    assert results['img_norm_cfg']['mean'].tolist() == [0, 0, 0]
    assert results['img_norm_cfg']['std'].tolist() == [1, 1, 1]
    assert load_image(path, to_float32=True)['img'].dtype == np.float32
    assert load_image(path, color_type='grayscale')['img_shape'] == (1, 2)
    assert load_image(path, imdecode_backend='pillow')['img'].tolist() == results['img'].tolist()


def test_name_without_prefix(tmp_path):
    path = tmp_path / 'a.jpg'
    path.write_bytes(jpeg())
    results = LoadImageFromFile()(dict(img_prefix=None, img_info=dict(filename=str(path))))
    assert results['filename'] == str(path)


def test_truncated_jpeg(tmp_path):
    path = tmp_path / 'cut.jpg'
    path.write_bytes(jpeg()[:-500])
    with pytest.raises(InputError, match=r'cut\.jpg is cut off or damaged'):
        load_image(path)


def test_truncated_png(tmp_path):
    stream = io.BytesIO()
    Image.fromarray(np.random.RandomState(0).randint(0, 256, (50, 50, 3), np.uint8)).save(
        stream, format='PNG')
    path = tmp_path / 'cut.png'
    path.write_bytes(stream.getvalue()[:-2000])
    with pytest.raises(InputError, match=r'cut\.png is cut off or damaged'):
        load_image(path)


def test_bytes_after_the_end_are_allowed(tmp_path):
    path = tmp_path / 'a.jpg'
    path.write_bytes(jpeg() + b'\0' * 500)
    assert load_image(path)['img'].shape == (60, 80, 3)


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
def test_no_image_and_no_file(tmp_path, backend):
    path = tmp_path / 'a.jpg'
    path.write_bytes(b'no picture')
    with pytest.raises(InputError, match=r'a\.jpg cannot be read as an image'):
        load_image(path, imdecode_backend=backend)
    with pytest.raises(InputError, match=r'b\.jpg cannot be read: No such file'):
        load_image(tmp_path / 'b.jpg', imdecode_backend=backend)


def test_label_is_the_palettes_index(tmp_path):
    path = tmp_path / 'a.png'
    picture = Image.fromarray(np.array([[0, 1], [2, 255]], dtype=np.uint8), mode='L')
    picture.putpalette([9, 9, 9, 128, 0, 0, 0, 128, 0] + [7] * 759)
    picture.save(path)
    label = load_label(path)
    assert label.tolist() == [[0, 1], [2, 255]] and label.dtype == np.uint8
    label[0, 0] = 3  # transforms may write


def test_label_adds_itself_to_the_fields(tmp_path):
    path = tmp_path / 'a.png'
    Image.fromarray(np.zeros((1, 1), np.uint8)).save(path)
    results = LoadAnnotations()(dict(seg_prefix=None, ann_info=dict(seg_map=str(path)),
                                     seg_fields=['other']))
    assert results['seg_fields'] == ['other', 'gt_semantic_seg']


def test_rgb_mask(tmp_path):
    with pytest.raises(InputError, match=r'a\.png has 3 channels, but a label map holds one'):
        load_label(tmp_path / 'a.png', np.zeros((2, 2, 3)))


def test_mask_of_another_size(tmp_path):
    with pytest.raises(InputError, match=r'a\.png is 3x2 pixels but its image p/a\.jpg is 3x4'):
        load_label(tmp_path / 'a.png', np.zeros((2, 3)), img=np.zeros((4, 3, 3)),
                   filename='p/a.jpg')


def test_values_outside_the_classes(tmp_path):
    path = tmp_path / 'a.png'
    with pytest.raises(InputError, match=r'a\.png has values outside the 5 classes: '
                       r'5 \(2 pixels\), 200 \(1 pixels\); expected 0 to 4, or 255 to ignore'):
        load_label(path, [[0, 5, 5], [200, 4, 255]], num_classes=5)
    assert load_label(path, [[0, 4, 255]], num_classes=5).tolist() == [[0, 4, 255]]
    assert load_label(path, [[0, 9]], num_classes=None).tolist() == [[0, 9]]


def test_values_outside_where_another_index_is_ignored(tmp_path):
    path = tmp_path / 'a.png'
    assert load_label(path, [[0, 1, 9]], num_classes=2, ignore_index=9).tolist() == [[0, 1, 9]]
    with pytest.raises(InputError, match=r'2 classes: 255 \(1 pixels\); expected 0 to 1, or 9'):
        load_label(path, [[0, 255, 9]], num_classes=2, ignore_index=9)


def test_many_stray_values_are_counted_not_listed(tmp_path):
    with pytest.raises(InputError, match=r'9 \(1 pixels\) and 12 more values'):
        load_label(tmp_path / 'a.png', [list(range(22))], num_classes=2)


def test_wide_values(tmp_path):
    path = tmp_path / 'a.png'
    assert load_label(path, [[3, 255]], dtype=np.uint16).dtype == np.uint8
    with pytest.raises(InputError, match='values from 3 to 300, but labels lie in'):
        load_label(path, [[3, 300]], dtype=np.uint16)


@pytest.mark.parametrize('loader, results', [
    (LoadAnnotations(reduce_zero_label=True), {}),
    (LoadAnnotations(), dict(reduce_zero_label=True)),
    (LoadAnnotations(reduce_zero_label=True), dict(reduce_zero_label=True)),
])
def test_zero_label_is_reduced_once(tmp_path, loader, results):
    label = load_label(tmp_path / 'a.png', [[0, 1, 2, 254, 255]], loader=loader, **results)
    assert label.tolist() == [[255, 0, 1, 253, 255]]


def test_left_out_classes_are_ignored(tmp_path):
    # classes 2 and 0 of four, in this order; numpy 2 refuses to write -1 into uint8
    mapped = load_label(tmp_path / 'a.png', [[0, 1, 2, 3, 255]],
                        label_map={0: 1, 1: -1, 2: 0, 3: -1}, num_classes=2)
    assert mapped.tolist() == [[1, 255, 0, 255, 255]]


def test_zero_label_goes_before_the_choice_of_classes(tmp_path):
    # file 0 is background, file 1 is class 0, which is left out; file 2 is class 1, now 0
    mapped = load_label(tmp_path / 'a.png', [[0, 1, 2, 255]], label_map={0: -1, 1: 0},
                        reduce_zero_label=True)
    assert mapped.tolist() == [[255, 255, 0, 255]]


def test_broken_mask_and_no_mask(tmp_path):
    path = tmp_path / 'a.png'
    path.write_bytes(b'\x89PNG\r\n\x1a\n broken')
    with pytest.raises(InputError, match=r'a\.png cannot be read as a label map'):
        load_label(path)
    with pytest.raises(InputError, match='comes without one: does the data set have ann_dir'):
        LoadAnnotations()(dict(filename='a.jpg'))


def test_truncated_mask(tmp_path):
    path = tmp_path / 'a.png'
    Image.fromarray(np.random.RandomState(0).randint(0, 5, (60, 60), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(InputError, match=r'a\.png cannot be read as a label map'):
        load_label(path)
