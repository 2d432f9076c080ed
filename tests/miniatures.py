"""One page for training and one for a test of each public data set, in its own folders and names.

Label maps have four columns of the values 0, 1, 2 (1 where there are two classes) and 255; those of
``*_labelIds.png`` the ids of Cityscapes for a road, a sidewalk, a building and nothing.
"""
import numpy as np
from PIL import Image

SIZE = (12, 16)  # height, width
COLUMN = SIZE[0] * SIZE[1] // 4  # pixels of each value

_VESSELS = [('{root}/images/training/1.png', '{root}/annotations/training/1{end}'),
            ('{root}/images/validation/2.png', '{root}/annotations/validation/2{end}')]
_TILES = [('{root}/img_dir/train/1.png', '{root}/ann_dir/train/1{end}'),
          ('{root}/img_dir/val/2.png', '{root}/ann_dir/val/2{end}')]
_STREETS = [('{root}/leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit.png',
             '{root}/gtFine/train/aachen/aachen_000000_000019_gtFine_{end}'),
            ('{root}/leftImg8bit/val/ulm/ulm_000000_000019_leftImg8bit.png',
             '{root}/gtFine/val/ulm/ulm_000000_000019_gtFine_{end}')]
_VOC = [('{root}/JPEGImages/{train}.jpg', '{root}/{folder}/{train}.png'),
        ('{root}/JPEGImages/{val}.jpg', '{root}/{folder}/{val}.png')]


def _named(pairs, **names):
    return [tuple(name.format(**names) for name in pair) for pair in pairs]


TWO_CLASSES = [
    *_named(_VESSELS, root='data/CHASE_DB1', end='_1stHO.png'),
    *_named(_VESSELS, root='data/DRIVE', end='_manual1.png'),
    *_named(_VESSELS, root='data/HRF', end='.png'),
    *_named(_VESSELS, root='data/STARE', end='.ah.png'),
    *[(f'data/occlusion-aware-face-dataset/{folder}/{img}/{name}.jpg',
       f'data/occlusion-aware-face-dataset/{folder}/mask/{name}.png')
      for folder, img, name in (('NatOcc_hand_sot', 'img', '1'), ('NatOcc_object', 'img', '1'),
                                ('RandOcc', 'img', '1'), ('RealOcc', 'image', '2'))],
]
MORE_CLASSES = [
    *_named(_STREETS, root='data/cityscapes', end='labelTrainIds.png'),
    *_named(_STREETS, root='data/cityscapes', end='labelIds.png'),
    *[(f'data/ade/ADEChallengeData2016/images/{part}/ADE_{part}_1.jpg',
       f'data/ade/ADEChallengeData2016/annotations/{part}/ADE_{part}_1.png')
      for part in ('training', 'validation')],
    *[(f'data/coco_stuff10k/images/{part}2014/COCO_{part}2014_1.jpg',
       f'data/coco_stuff10k/annotations/{part}2014/COCO_{part}2014_1_labelTrainIds.png')
      for part in ('train', 'test')],
    *[(f'data/coco_stuff164k/images/{part}2017/1.jpg',
       f'data/coco_stuff164k/annotations/{part}2017/1_labelTrainIds.png')
      for part in ('train', 'val')],
    *_named(_TILES, root='data/iSAID', end='_instance_color_RGB.png'),
    *_named(_TILES, root='data/loveDA', end='.png'),
    *_named(_TILES, root='data/potsdam', end='.png'),
    *_named(_TILES, root='data/vaihingen', end='.png'),
    *_named(_VOC, root='data/VOCdevkit/VOC2010', folder='SegmentationClassContext', train='a',
            val='b'),
    *_named(_VOC, root='data/VOCdevkit/VOC2012', folder='SegmentationClass', train='a', val='b'),
    ('data/VOCdevkit/VOC2012/JPEGImages/c.jpg',
     'data/VOCdevkit/VOC2012/SegmentationClassAug/c.png'),
    ('data/dark_zurich/rgb_anon/val/night/GOPR0356/GOPR0356_frame_000321_rgb_anon.png',
     'data/dark_zurich/gt/val/night/GOPR0356/GOPR0356_frame_000321_gt_labelTrainIds.png'),
    ('data/NighttimeDrivingTest/leftImg8bit/test/night/0_leftImg8bit.png',
     'data/NighttimeDrivingTest/gtCoarse_daytime_trainvaltest/test/night/'
     '0_gtCoarse_labelTrainIds.png'),
]
_ROW = 'leftImg8bit/{0}/{1}/{1}_000000_000019_leftImg8bit.png\tgtFine/{0}/{1}/' \
    '{1}_000000_000019_gtFine_labelIds.png\n'
LISTS = {
    'data/list/cityscapes/train.lst': _ROW.format('train', 'aachen'),
    'data/list/cityscapes/val.lst': _ROW.format('val', 'ulm'),
    'data/VOCdevkit/VOC2012/ImageSets/Segmentation/train.txt': 'a\n',
    'data/VOCdevkit/VOC2012/ImageSets/Segmentation/val.txt': 'b\n',
    'data/VOCdevkit/VOC2012/ImageSets/Segmentation/aug.txt': 'c\n',
    'data/VOCdevkit/VOC2010/ImageSets/SegmentationContext/train.txt': 'a\n',
    'data/VOCdevkit/VOC2010/ImageSets/SegmentationContext/val.txt': 'b\n',
    'data/occlusion-aware-face-dataset/train.txt': '1\n',
    'data/occlusion-aware-face-dataset/RealOcc/split/val.txt': '2\n',
}


def write_miniatures(folder):
    """Write all of them below ``folder``."""
    noise = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    for pairs, third in ((TWO_CLASSES, 1), (MORE_CLASSES, 2)):
        for image, label in pairs:
            values = (7, 8, 11, 0) if label.endswith('_labelIds.png') else (0, 1, third, 255)
            columns = np.repeat(np.array(values, dtype=np.uint8), SIZE[1] // 4)
            for name, picture in ((image, noise), (label, np.tile(columns, (SIZE[0], 1)))):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(picture).save(folder / name)
    for name, text in LISTS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
