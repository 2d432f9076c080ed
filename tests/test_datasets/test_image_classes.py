"""Data sets of classified images that are known by name, in small copies of their archives."""
import io
import pickle

import cv2
import numpy as np
import pytest

from mmseg.datasets import build_dataloader, build_dataset
from mmseg.utils.errors import InputError

SMALL = [dict(type='ToTensor', keys=['gt_label']), dict(type='ImageToTensor', keys=['img']),
         dict(type='Collect', keys=['img', 'gt_label'])]


def labels(data):
    return {info['img_info']['filename']: info['gt_label'].tolist() for info in data.data_infos}


def picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.zeros((4, 4, 3), np.uint8))


def cifar(folder, names, key, meta, meta_key):
    """Batches of two images of the grey levels 10, 11, 20, 21, …, as Python 2 would write them."""
    folder.mkdir()
    for number, name in enumerate(names, 1):
        data = np.stack([np.full(3072, 10 * number + step, np.uint8) for step in (0, 1)])
        (folder / name).write_bytes(pickle.dumps({'data': data, key: [number % 2, 1]}, protocol=2))
    (folder / meta).write_bytes(pickle.dumps({meta_key: ['cat', 'dog']}, protocol=2))


@pytest.fixture
def cifar10(tmp_path):
    cifar(tmp_path / 'cifar-10-batches-py', [*(f'data_batch_{n}' for n in range(1, 6)),
                                             'test_batch'], 'labels', 'batches.meta', 'label_names')
    return tmp_path


def test_cifar10(cifar10):
    data = build_dataset(dict(type='CIFAR10', data_prefix=str(cifar10), pipeline=SMALL))
    assert data.CLASSES == ('cat', 'dog')
    assert data.get_gt_labels().tolist() == [1, 1, 0, 1, 1, 1, 0, 1, 1, 1]
    batch = next(iter(build_dataloader(data, 10, 0, dist=False, shuffle=False)))
    assert batch['img'].shape == (10, 3, 32, 32)
    assert batch['img'][:, 2, 31, 0].tolist() == [10, 11, 20, 21, 30, 31, 40, 41, 50, 51]
    test = build_dataset(dict(type='CIFAR10', data_prefix=str(cifar10), pipeline=SMALL,
                              test_mode=True))
    assert test[1]['img'][0, 0, 0] == 61


def test_images_of_cifar_go_through_the_transforms_of_their_configs(cifar10):
    pipeline = [dict(type='RandomCrop', size=32, padding=4),
                dict(type='RandomFlip', flip_prob=0.5, direction='horizontal'),
                dict(type='Normalize', mean=[10., 10., 10.], std=[2., 2., 2.], to_rgb=False)]
    data = build_dataset(dict(type='CIFAR10', data_prefix=str(cifar10), pipeline=pipeline + SMALL))
    assert data[3]['img'][:, 16, 16].tolist() == [5.5, 5.5, 5.5]


def test_cifar100_has_fine_labels(tmp_path):
    cifar(tmp_path / 'cifar-100-python', ['train', 'test'], 'fine_labels', 'meta',
          'fine_label_names')
    data = build_dataset(dict(type='CIFAR100', data_prefix=str(tmp_path), pipeline=SMALL))
    assert (len(data), data.get_gt_labels().tolist()) == (2, [1, 1])


class Evil:
    def __reduce__(self):
        return print, ('ran', )


@pytest.mark.parametrize('content, sentence', [
    (None, 'data_batch_2 is not there: unpack https://www.cs.toronto.edu/~kriz/cifar-10-python'),
    (pickle.dumps(Evil()), 'data_batch_2 is not read, since it holds builtins.print'),
    (pickle.dumps([1]), 'data_batch_2 holds a list; expected a dict'),
    (pickle.dumps({'data': np.zeros((2, 9), np.uint8), 'labels': [0, 1]}), 'does not hold images'),
    (pickle.dumps({'data': np.zeros((1, 3072), np.uint8), 'labels': [7]}),
     'has labels from 0 to 7; expected 0 to 1')])
def test_files_of_cifar_that_are_not_are_one_sentence(cifar10, capsys, content, sentence):
    file = cifar10 / 'cifar-10-batches-py/data_batch_2'
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        build_dataset(dict(type='CIFAR10', data_prefix=str(cifar10), pipeline=SMALL))
    assert 'ran' not in capsys.readouterr().out


@pytest.fixture
def cub(tmp_path):
    names = ['002.Laysan_Albatross/c.jpg', '001.Black_footed_Albatross/a.jpg',
             '001.Black_footed_Albatross/b.jpg']
    for name in names:
        picture(tmp_path / 'images' / name)
    for file, values in (('images.txt', names), ('image_class_labels.txt', '211'),
                         ('train_test_split.txt', '101')):
        (tmp_path / file).write_text(''.join(f'{number} {value}\n'
                                             for number, value in enumerate(values, 1)))
    return dict(type='CUB', data_prefix=str(tmp_path / 'images'), pipeline=[],
                ann_file=str(tmp_path / 'images.txt'),
                image_class_labels_file=str(tmp_path / 'image_class_labels.txt'),
                train_test_split_file=str(tmp_path / 'train_test_split.txt'))


def test_cub(cub):
    data = build_dataset(cub)
    assert data.CLASSES == ('Black_footed_Albatross', 'Laysan_Albatross')
    assert labels(data) == {'002.Laysan_Albatross/c.jpg': 1, '001.Black_footed_Albatross/b.jpg': 0}
    assert labels(build_dataset(dict(cub, test_mode=True))) == {
        '001.Black_footed_Albatross/a.jpg': 0}


@pytest.mark.parametrize('text, sentence', [
    ('1 1\n2 0\n', 'must name the same images; they name 3, 3 and 2'),
    ('one 1\n', "has a line that starts with 'one'")])
def test_tables_of_cub_that_do_not_fit_are_one_sentence(cub, tmp_path, text, sentence):
    (tmp_path / 'train_test_split.txt').write_text(text)
    with pytest.raises(InputError, match=sentence):
        build_dataset(cub)


def mat(**variables):
    scipy_io = pytest.importorskip('scipy.io')
    file = io.BytesIO()
    scipy_io.savemat(file, variables)
    return file.getvalue()


def test_stanford_cars(tmp_path):
    for name in ('cars_train/00001.jpg', 'cars_train/00002.jpg', 'cars_test/00001.jpg'):
        picture(tmp_path / name)
    (tmp_path / 'devkit').mkdir()
    rows = np.array([(5., 2., '00001.jpg'), (7., 1., '00002.jpg')],
                    dtype=[('bbox_x1', object), ('class', object), ('fname', object)])
    (tmp_path / 'devkit/cars_train_annos.mat').write_bytes(mat(annotations=rows))
    (tmp_path / 'devkit/cars_test_annos_withlabels.mat').write_bytes(mat(annotations=rows[:1]))
    names = np.array(['Acura RL Sedan 2012', 'Acura TL Sedan 2012'], object)
    (tmp_path / 'devkit/cars_meta.mat').write_bytes(mat(class_names=names))
    cfg = dict(type='StanfordCars', data_prefix=str(tmp_path), pipeline=[])
    data = build_dataset(dict(cfg, test_mode=False))
    assert data.CLASSES == ('Acura RL Sedan 2012', 'Acura TL Sedan 2012')
    assert labels(data) == {'00001.jpg': 1, '00002.jpg': 0}
    assert labels(build_dataset(dict(cfg, test_mode=True))) == {'00001.jpg': 1}
    (tmp_path / 'devkit/cars_train_annos.mat').write_bytes(b'no')
    with pytest.raises(InputError, match="is not a .mat file with 'annotations'"):
        build_dataset(dict(cfg, test_mode=False))


def test_imagenet21k_has_as_many_classes_as_its_list(tmp_path):
    picture(tmp_path / 'a.jpg')
    picture(tmp_path / 'b.jpg')
    (tmp_path / 'val.txt').write_text('a.jpg 0\nb.jpg 20\n')
    data = build_dataset(dict(type='ImageNet21k', data_prefix=str(tmp_path), recursion_subdir=True,
                              ann_file=str(tmp_path / 'val.txt'), pipeline=[]))
    assert (len(data.CLASSES), labels(data)) == (21, {'a.jpg': 0, 'b.jpg': 20})
    with pytest.raises(InputError, match='leave recursion_subdir out'):
        build_dataset(dict(type='ImageNet21k', data_prefix=str(tmp_path), recursion_subdir=False))
