#!/usr/bin/env python
"""Make the pictures of the README from sample pages."""
import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mmseg.apis import inference_segmentor, init_segmentor
from mmseg.cli.entry import user_errors
from mmseg.core.visualization import (
    compose_legend,
    paint_segmentation,
    save_image,
    side_by_side,
)
from mmseg.corpora.sample_pages import CLASSES, PAGE_CLASSES, PALETTE, sample_page
from mmseg.datasets.pipelines import LabelBootstrap, LabelErosion, ScanEffects

DOCUMENTS, SLIDES = (2, 9, 15, 19, 44), (13, 29, 36, 47)
RICH = (46, 34, 37, 6, 40), (13, 8, 42, 25)
SCANNED = ((2, 'plain'), (34, 'rich'), (46, 'rich'), (37, 'rich'), (15, 'plain'))
SCALES = (0.5, 1.0, 1.5)
LAYERS = {'validline': [1.0], 'text': [1.0, 1.5]}
LIMIT, COLOURS = 300_000, 256  # a picture with more bytes gets a palette of so many colours


def finished(rows):
    """The rows of panels on one sheet, with the legend of the classes."""
    return compose_legend(side_by_side(rows, columns=1, gap=0), CLASSES, PALETTE, clear=[0])


def painted(image, label):
    return paint_segmentation(image, label, PALETTE, 0.45)


def sample_pages(model):
    rows = [[painted(*sample_page(index, size=480)[:2]) for index in numbers]
            for numbers in (DOCUMENTS, SLIDES)]
    return finished([side_by_side(row, panel_height=height)
                     for row, height in zip(rows, (300, 160), strict=True)])


def scan_effects(model):
    pages = [sample_page(index, size=800, style=style)[0] for index, style in SCANNED]
    scanned = [ScanEffects(1.0, 'bad_office_scanner', seed=seed)({'img': page})['img']
               for seed, page in enumerate(pages)]
    return side_by_side([side_by_side(pages, panel_height=420),
                         side_by_side(scanned, panel_height=420)], columns=1, gap=4)


def rich_pages(model):
    rows = [[painted(*sample_page(index, size=400, style='rich')[:2]) for index in numbers]
            for numbers in RICH]
    return finished([side_by_side(row, panel_height=height)
                     for row, height in zip(rows, (400, 230), strict=True)])


def label_erosion(model):
    image, label, _ = sample_page(2, size=640)
    ways = [{}, {'pixels': 2}, {'ratio': 0.8}, {'vatti_ratio': 0.6}]
    captions = [', '.join(f'{k}={v}' for k, v in way.items()) or 'as labelled' for way in ways]
    panels = [painted(image, LabelErosion(**way).erode(label) if way else label) for way in ways]
    return finished([side_by_side(panels, captions, panel_height=420)])


def label_bootstrap(model):
    image, label, _ = sample_page(2, size=640)
    panels = [painted(image, label)]
    for seed in (1, 2, 3):
        np.random.seed(seed)
        drawn = LabelBootstrap()({'img': image, 'gt_semantic_seg': label})
        panels.append(painted(drawn['img'], drawn['gt_semantic_seg']))
    captions = ['as labelled', 'first draw', 'second draw', 'third draw']
    return finished([side_by_side(panels, captions, panel_height=420)])


def predict(model, image, scales=(1.0,), layers=None):
    """The page painted with the network's answer, and its page type in words."""
    model.cfg.data.test.pipeline[1].update(img_scale=None, img_ratios=list(scales))
    model.test_cfg['layers'] = layers
    answer = inference_segmentor(model, image)[0]
    if not isinstance(answer, dict):
        return painted(image, answer), 'prediction'
    page_type = f"{PAGE_CLASSES[answer['cls_label']]} {max(answer['cls_scores']):.2f}"
    return painted(image, answer['seg_map']), f'prediction: {page_type}'


def layered_inference(model):
    image, label, _ = sample_page(3, size=640, split='val')
    captions = ['label', 'one scale', 'mean of three scales', 'layered']
    views = [((1.0,), None), (SCALES, None), (SCALES, LAYERS)]
    panels = [painted(image, label), *(predict(model, image, *view)[0] for view in views)]
    return finished([side_by_side(panels, captions, panel_height=420)])


def results(model):
    pages = [sample_page(index, size=640, split='val')[:2] for index in (3, 5, 9, 15)]
    panels, captions = zip(*(predict(model, image) for image, _ in pages), strict=True)
    labels = side_by_side([painted(*page) for page in pages], ['label'] * 4, panel_height=360)
    return finished([labels, side_by_side(panels, captions, panel_height=360)])


@user_errors()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out-dir', required=True, help='folder of the pictures')
    parser.add_argument('--config', help='of a network trained on sample pages')
    parser.add_argument('--checkpoint', help='its weights; without them the pictures of results '
                        'and of layered inference are left as they are')
    args = parser.parse_args()
    model = None
    pictures = [sample_pages, rich_pages, scan_effects, label_erosion, label_bootstrap]
    if args.config and args.checkpoint:
        model = init_segmentor(args.config, args.checkpoint)
        pictures += [layered_inference, results]
    else:
        print('layered_inference and results need --config and --checkpoint: skipped')
    for picture in tqdm(pictures, unit='picture'):
        path, sheet = Path(args.out_dir) / f'{picture.__name__}.png', picture(model)
        save_image(path, sheet)
        if path.stat().st_size > LIMIT:
            save_image(path, sheet, COLOURS)


if __name__ == '__main__':
    main()
