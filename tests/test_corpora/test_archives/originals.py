"""Small archives and folders with the structure of the public data sets' own.

Pictures carry numbers worth looking for: photographs are of one colour each, label maps hold what
the functions here say.
"""
import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

# what vessels look like in all four sets: white, nearly white, nearly black, black
VESSELS = np.array([[255, 130, 127, 0]], dtype=np.uint8)
VESSELS_LABEL = [[1, 1, 0, 0]]
STARE_NUMBERS = (1, 2, 3, 4, 5, 44, 77, 81, 82, 139, 162, 163, 235, 236, 239, 240, 255, 291, 319,
                 324)


def encoded(picture, suffix):
    """A picture as bytes; colours in RGB order."""
    if picture.ndim == 3:
        picture = picture[..., ::-1]
    if suffix == '.gif':
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, format='GIF')
        return stream.getvalue()
    return cv2.imencode(suffix, picture)[1].tobytes()


def plain(colour, size=(1, 4)):
    """A picture of one colour."""
    return np.full((*size, 3), colour, dtype=np.uint8)


def zip_of(path, files):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, 'w') as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tar_of(path, files, mode='w'):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def folder_of(path, files):
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def chase_db1(folder, children=(1, 10, 11)):
    files = {}
    for child in children:
        for eye in 'LR':
            name = f'Image_{child:02d}{eye}'
            files[f'{name}.jpg'] = encoded(plain((child, child, child)), '.jpg')
            for seer in ('1stHO', '2ndHO'):
                files[f'{name}_{seer}.png'] = encoded(VESSELS, '.png')
    return zip_of(folder / 'CHASEDB1.zip', files)


def drive(folder, test_labels=True):
    paths = []
    for part, number in (('training', 21), ('test', 1)):
        files = {f'{part}/images/{number:02d}_{part}.tif': encoded(plain((9, 8, 7)), '.tif'),
                 f'{part}/mask/{number:02d}_{part}_mask.gif': encoded(VESSELS, '.gif')}
        if part == 'training' or test_labels:
            files[f'{part}/1st_manual/{number:02d}_manual1.gif'] = encoded(VESSELS, '.gif')
        if part == 'test' and test_labels:
            files['test/2nd_manual/01_manual2.gif'] = encoded(VESSELS, '.gif')
        paths.append(zip_of(folder / f'{part}.zip', files))
    return paths


def hrf(folder, numbers=(1, 5, 6)):
    paths = []
    for kind, end, suffix in (('healthy', 'h', '.jpg'), ('glaucoma', 'g', '.jpg'),
                              ('diabetic_retinopathy', 'dr', '.JPG')):
        paths.append(zip_of(folder / f'{kind}.zip', {
            f'{number:02d}_{end}{suffix}': encoded(plain((number, 0, 0)), '.jpg')
            for number in numbers}))
        paths.append(zip_of(folder / f'{kind}_manualsegm.zip', {
            f'{number:02d}_{end}.tif': encoded(VESSELS, '.tif') for number in numbers}))
    return paths


def stare(folder, numbers=(1, 2, 162, 163)):
    paths = []
    for archive, end in (('stare-images', ''), ('labels-ah', '.ah'), ('labels-vk', '.vk')):
        files = {}
        for number in numbers:
            picture = plain((number % 256, 1, 2)) if not end else VESSELS.repeat(3).reshape(1, 4, 3)
            files[f'im{number:04d}{end}.ppm.gz'] = gzip.compress(encoded(picture, '.ppm'))
        paths.append(tar_of(folder / f'{archive}.tar', files))
    return paths


# one row of each colour of the ISPRS sets, and one of no class
ISPRS_COLOURS = [(255, 255, 255), (0, 0, 255), (0, 255, 255), (0, 255, 0), (255, 255, 0),
                 (255, 0, 0), (1, 2, 3)]
ISPRS_LABELS = [1, 2, 3, 4, 5, 6, 0]


def isprs_mask(width=6):
    return np.repeat(np.array(ISPRS_COLOURS, dtype=np.uint8)[:, None], width, axis=1)


def potsdam(folder, names=('2_10', '3_14')):
    zip_of(folder / '2_Ortho_RGB.zip', {
        f'2_Ortho_RGB/top_potsdam_{name}_RGB.tif': encoded(_ramp(), '.tif') for name in names})
    zip_of(folder / '5_Labels_all_noBoundary.zip', {
        f'top_potsdam_{name}_label_noBoundary.tif': encoded(isprs_mask(), '.tif')
        for name in names})
    return folder


def vaihingen(folder, names=('area1', 'area2')):
    zip_of(folder / 'ISPRS_semantic_labeling_Vaihingen.zip', {
        **{f'top/top_mosaic_09cm_{name}.tif': encoded(_ramp(), '.tif') for name in names},
        **{f'gts_for_participants/top_mosaic_09cm_{name}.tif': encoded(isprs_mask(), '.tif')
           for name in names}})
    zip_of(folder / 'ISPRS_semantic_labeling_Vaihingen_ground_truth_eroded_COMPLETE.zip', {
        f'top_mosaic_09cm_{name}_noBoundary.tif': encoded(isprs_mask(), '.tif')
        for name in (*names, 'area9')})
    return folder


def _ramp():
    """A picture (7, 6) whose red is the row and whose green is the column."""
    picture = np.zeros((7, 6, 3), dtype=np.uint8)
    picture[..., 0], picture[..., 1] = np.arange(7)[:, None], np.arange(6)
    return picture


def isaid(folder):
    """Pictures of 7x6, 2x6 and 2x3; masks with ships (label 1) on the left half."""
    for part in ('train', 'val'):
        files, masks = {}, {}
        for number, size in enumerate(((7, 6), (2, 6), (2, 3))):
            files[f'images/P{number:04d}.png'] = encoded(_ramp()[:size[0], :size[1]], '.png')
            mask = np.zeros((*size, 3), dtype=np.uint8)
            mask[:, :size[1] // 2] = (0, 0, 63)
            masks[f'images/P{number:04d}_instance_color_RGB.png'] = encoded(mask, '.png')
        zip_of(folder / part / 'images' / 'part1.zip', files)
        zip_of(folder / part / 'Semantic_masks' / 'images.zip', masks)
    zip_of(folder / 'test' / 'images' / 'part1.zip', {'images/P0006.png': encoded(_ramp(), '.png')})
    return folder


def loveda(folder):
    number = 0
    for part in ('Train', 'Val', 'Test'):
        files = {}
        for place in ('Rural', 'Urban'):
            files[f'{part}/{place}/images_png/{number}.png'] = encoded(plain((number, 0, 0)),
                                                                       '.png')
            if part != 'Test':
                files[f'{part}/{place}/masks_png/{number}.png'] = encoded(
                    np.array([[0, 1, 7, number]], dtype=np.uint8), '.png')
            number += 1
        zip_of(folder / f'{part}.zip', files)
    return folder


def cityscapes(folder):
    """A street with a road, a car on it, a group of persons, a licence plate and a deleted bus."""
    def box(label, left, top, right, bottom, **more):
        return dict(label=label, polygon=[[left, top], [right, top], [right, bottom],
                                          [left, bottom]], **more)

    content = dict(imgHeight=4, imgWidth=6, objects=[
        box('road', 0, 1, 5, 3), box('car', 1, 2, 2, 3), box('license plate', 1, 3, 1, 3),
        box('persongroup', 4, 2, 4, 2), box('bus', 0, 0, 5, 3, deleted=1),
        box('parking', 5, 3, 5, 3)])
    for split, city in (('train', 'aachen'), ('val', 'ulm')):
        folder_of(folder, {f'gtFine/{split}/{city}/{city}_000000_000019_gtFine_polygons.json':
                           json.dumps(content).encode()})
    return folder


STREET = [[255] * 6, [0] * 6, [0, 13, 13, 0, 11, 0], [0, 13, 13, 0, 0, 255]]


def coco_stuff10k(folder, number=3):
    from scipy.io import savemat
    files = {}
    for index in range(number):
        stream = io.BytesIO()
        savemat(stream, dict(S=np.array([[0, 1, 11, 13, 182]], dtype=np.uint16)))
        files[f'images/COCO_{index}.jpg'] = encoded(plain((index, ) * 3), '.jpg')
        files[f'annotations/COCO_{index}.mat'] = stream.getvalue()
    names = [f'COCO_{index}\n' for index in range(number)]
    files['imageLists/train.txt'] = ''.join(names[:-1]).encode()
    files['imageLists/test.txt'] = names[-1].encode()
    return folder_of(folder, files)


def coco_stuff164k(folder):
    files = {}
    for part, name in (('train2017', '000001'), ('val2017', '000002')):
        files[f'images/{part}/{name}.jpg'] = encoded(plain((5, 5, 5)), '.jpg')
        files[f'annotations/{part}/{name}.png'] = encoded(
            np.array([[0, 10, 12, 181, 255]], dtype=np.uint8), '.png')
    return folder_of(folder, files)


def voc_devkit(folder):
    lists = 'VOC2012/ImageSets/Segmentation'
    return folder_of(folder, {f'{lists}/train.txt': b'a\nb\n', f'{lists}/val.txt': b'c\n'})


def sbd(folder):
    from scipy.io import savemat
    files = {'dataset/train.txt': b'b\nd\n', 'dataset/val.txt': b'c\ne\n'}
    for name in 'bcde':
        stream = io.BytesIO()
        inner = dict(Segmentation=np.array([[0, 20, 255]], dtype=np.uint8),
                     CategoriesPresent=np.array([20]))
        savemat(stream, dict(GTcls=inner))
        files[f'dataset/cls/{name}.mat'] = stream.getvalue()
    return folder_of(folder, files)


def pascal_context(folder):
    """Three pictures of 2x3: wood over a bag; nothing; one of the test."""
    from pycocotools import mask

    def region(image, category, pixels):
        lengths = mask.encode(np.asfortranarray(np.array(pixels, dtype=np.uint8)))
        lengths['counts'] = lengths['counts'].decode()
        return dict(image_id=image, category_id=category, segmentation=lengths)

    pictures = [dict(image_id=number, file_name=f'2008_00000{number}.jpg', phase=phase, height=2,
                     width=3) for number, phase in enumerate(('train', 'val', 'test'))]
    file = Path(folder) / 'trainval_merged.json'
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(dict(images=pictures, annos_segmentation=[
        region(0, 9, [[1, 1, 0], [0, 0, 0]]), region(0, 115, [[0, 1, 0], [0, 1, 0]]),
        region(1, 2, [[0, 0, 0], [0, 0, 1]])])))
    folder_of(Path(folder), {'VOC2010/JPEGImages/2008_000000.jpg': b''})
    return Path(folder), file
