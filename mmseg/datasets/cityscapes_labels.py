"""The labels of Cityscapes, as its authors publish them (github.com/mcordts/cityscapesScripts)."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

VOID = 255


class Label(NamedTuple):
    """A kind of object: its number in files, its number in training, its RGB colour."""
    name: str
    id: int
    train_id: int
    colour: tuple[int, int, int]


# name, id, number in training (255: not evaluated), colour in hexadecimal
_TABLE = """
unlabeled             0 255 000000
ego vehicle           1 255 000000
rectification border  2 255 000000
out of roi            3 255 000000
static                4 255 000000
dynamic               5 255 6f4a00
ground                6 255 510051
road                  7   0 804080
sidewalk              8   1 f423e8
parking               9 255 faaaa0
rail track           10 255 e6968c
building             11   2 464646
wall                 12   3 66669c
fence                13   4 be9999
guard rail           14 255 b4a5b4
bridge               15 255 966464
tunnel               16 255 96785a
pole                 17   5 999999
polegroup            18 255 999999
traffic light        19   6 faaa1e
traffic sign         20   7 dcdc00
vegetation           21   8 6b8e23
terrain              22   9 98fb98
sky                  23  10 4682b4
person               24  11 dc143c
rider                25  12 ff0000
car                  26  13 00008e
truck                27  14 000046
bus                  28  15 003c64
caravan              29 255 00005a
trailer              30 255 00006e
train                31  16 005064
motorcycle           32  17 0000e6
bicycle              33  18 770b20
license plate        -1  -1 00008e
"""


def _read(line: str) -> Label:
    name, number, train_id, colour = line.rsplit(maxsplit=3)
    red, green, blue = bytes.fromhex(colour)
    return Label(name, int(number), int(train_id), (red, green, blue))


LABELS = tuple(map(_read, _TABLE.strip().splitlines()))


def ids_of_train_ids() -> np.ndarray:
    """The id of each number in training, (256,) uint8; 0, unlabeled, where there is none."""
    table = np.zeros(256, dtype=np.uint8)
    for label in LABELS:
        if 0 <= label.train_id < VOID:
            table[label.train_id] = label.id
    return table


def palette_of_ids() -> list[list[int]]:
    """The colour of each id from 0 on, RGB."""
    return [list(label.colour) for label in LABELS if label.id >= 0]
