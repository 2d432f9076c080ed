"""What is known of a method of the model zoo, as a page and as a metafile.

Both come from the tables that configs are composed of and checkpoints are fetched by.
"""
import re
from difflib import get_close_matches
from typing import Any

from ..errors import UnknownNameError
from .checkpoints import ADDRESS, zoo_checkpoints
from .compose import zoo_names
from .read import CONFIGS, config_names

# What the name of a config has → its data set; the first that fits counts.
_DATA = (
    ('dark$', 'Dark Zurich'), ('night_driving$', 'Nighttime Driving'), ('cityscapes', 'Cityscapes'),
    ('ade20k', 'ADE20K'), ('voc12aug', 'Pascal VOC 2012 + Aug'),
    ('context_59', 'Pascal Context 59'), ('context', 'Pascal Context'),
    ('stuff10k', 'COCO-Stuff 10k'), ('stuff164k', 'COCO-Stuff 164k'), ('chase', 'CHASE_DB1'),
    ('drive', 'DRIVE'), ('stare', 'STARE'), ('hrf', 'HRF'), ('loveda', 'LoveDA'),
    ('potsdam', 'Potsdam'), ('vaihingen', 'Vaihingen'), ('isaid', 'iSAID'),
    ('NatOcc', 'Occluded Face'))
_VESSELS = ('CHASE_DB1', 'DRIVE', 'STARE', 'HRF')
_PAGE = """# {title}

{paper}

The scores are mIoU{dice} in percent as MMSegmentation 0.x reports them, for
images at one scale, and for several scales and flip; none were measured here. Names with a link are
files of this folder. The others are
[composed when they are asked for](../../docs/configs.md#every-config-of-mmsegmentation-0x):
`mmseg config NAME --out mine.py`. `mmseg download NAME` fetches a checkpoint and checks it.

| config | data set | iterations | score | scales, flip | checkpoint |
|---|---|--:|--:|--:|---|
{rows}
"""


def zoo_methods() -> list[str]:
    """The folders of ``configs`` with configs of the model zoo, sorted."""
    paths = [f'{folder}/' for folder in zoo_names().values()]
    paths += [checkpoint.config for checkpoint in zoo_checkpoints().values()]
    return sorted({path.partition('/')[0] for path in paths})


def method_page(method: str, title: str, paper: str) -> str:
    """The text of ``configs/METHOD/README.md``: a row for each config of the method.

    Args:
        method: One of :func:`zoo_methods`.
        title: Heading of the page.
        paper: Where the method comes from.

    Raises:
        UnknownNameError: The method is unknown.
    """
    names = _names(method)
    dice = any(_data_set(name) in _VESSELS for name in names)
    return _PAGE.format(title=title, paper=paper, rows='\n'.join(map(_row, names)),
                        dice=' (Dice for the data sets of vessels)' if dice else '')


def metafile(method: str) -> dict[str, Any]:
    """The configs of a method that have a checkpoint, in the form of 0.x's metafiles.

    Gives ``Collections`` and ``Models``, of which each has its name, its config, crop and
    iterations, the scores that 0.x reports, and the address of its checkpoint.

    Args:
        method: One of :func:`zoo_methods`, such as ``pspnet``.

    Raises:
        UnknownNameError: The method is unknown.
    """
    models = [_model(method, name) for name in _names(method) if name in zoo_checkpoints()]
    trained_on = sorted({result['Dataset'] for model in models for result in model['Results']})
    collection = {'Name': method, 'Metadata': {'Training Data': trained_on},
                  'README': f'configs/{method}/README.md'}
    return {'Collections': [collection], 'Models': models}


def _names(method: str) -> list[str]:
    """The names of the configs of a method."""
    known = zoo_methods()
    if method not in known:
        close = get_close_matches(method, known, n=3, cutoff=0.5)
        raise UnknownNameError(f"the model zoo of 0.x has no method '{method}'; " + (
            f'the nearest are {", ".join(close)}' if close else f'it has {", ".join(known)}'))
    return sorted(name for name, path in config_names().items() if path.startswith(f'{method}/'))


def _data_set(name: str) -> str:
    return next((data for pattern, data in _DATA if re.search(pattern, name)), '')


def _iterations(name: str) -> str:
    found = re.search(r'_(\d+)k(?=_|$)', name)
    return f'{found[1]}000' if found else ''


def _row(name: str) -> str:
    """A line of the table."""
    path = config_names()[name]
    on_disk = any((folder / path).is_file() for folder in CONFIGS)
    checkpoint = zoo_checkpoints().get(name)
    cells = [f'[{name}]({name}.py)' if on_disk else name, _data_set(name), _iterations(name)]
    if checkpoint is None:
        cells += ['–', '–', '–']
    else:
        cells += ['–' if score is None else f'{score:.2f}' for score in checkpoint.score]
        cells += [f'[file]({ADDRESS}/{checkpoint.path})']
    return f'| {" | ".join(cells)} |'


def _model(method: str, name: str) -> dict[str, Any]:
    """The entry of a config in a metafile."""
    checkpoint, data_set = zoo_checkpoints()[name], _data_set(name)
    measure = 'mDice' if data_set in _VESSELS else 'mIoU'
    scores = zip((measure, f'{measure}(ms+flip)'), checkpoint.score)
    crop, iterations = re.search(r'\d{2,4}x\d{2,4}', name), _iterations(name)
    metadata: dict[str, Any] = {}
    if crop is not None:
        metadata['crop size'] = f'({crop[0].replace("x", ",")})'
    if iterations:
        metadata['lr schd'] = int(iterations)
    return {'Name': name, 'In Collection': method, 'Metadata': metadata,
            'Results': [{'Task': 'Semantic Segmentation', 'Dataset': data_set, 'Metrics': {
                measure: score for measure, score in scores if score is not None}}],
            'Config': f'configs/{checkpoint.config}', 'Weights': f'{ADDRESS}/{checkpoint.path}'}
