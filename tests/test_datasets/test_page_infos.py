"""Dicts of pages out of arrays."""
import copy
import gc
import pickle

import numpy as np
import pytest

from mmseg.datasets.page_infos import Names, PageInfos, page_infos


def test_names():
    names = ['a.jpg', '', 'ä/ß.jpg', 'bad\udcff.png']
    held = Names(names)
    assert list(held) == names and len(held) == 4
    assert [held[i] for i in range(4)] == names and held[1:3] == names[1:3]
    assert list(Names([])) == [] and list(Names([''])) == ['']
    with pytest.raises(ValueError, match='NUL'):
        Names(['a\0b'])


def test_dicts_are_made_when_they_are_asked_for():
    infos = PageInfos(['a.jpg', 'x/b.jpg'], ('.jpg', '.png'))
    assert infos == [dict(filename='a.jpg', ann=dict(seg_map='a.png')),
                     dict(filename='x/b.jpg', ann=dict(seg_map='x/b.png'))]
    assert infos[-1]['filename'] == 'x/b.jpg' and 'cls_label' not in infos[0]
    assert PageInfos(['a.jpg']) == [dict(filename='a.jpg')]
    assert PageInfos(['a.jpg'], ['m.png'])[0]['ann'] == dict(seg_map='m.png')
    with pytest.raises(IndexError, match='no page 2'):
        infos[2]


def test_numbers_of_pages():
    infos = PageInfos(['a', 'b', 'c'])
    infos.set_column('cls_label', [1, -1, 0])
    assert [info.get('cls_label') for info in infos] == [1, None, 0]
    some = infos.take([2, 0, 0])
    assert [info['filename'] for info in some] == list(some.filenames()) == ['c', 'a', 'a']
    assert [info['cls_label'] for info in some] == [0, 1, 1]
    assert infos[1:] == [dict(filename='b'), dict(filename='c', cls_label=0)]


def test_what_is_written_to_a_dict_stays():
    infos = PageInfos(['a', 'b'])
    for info in infos:
        info['size'] = 3
    infos[1].update(more=1)
    assert infos == [dict(filename='a', size=3), dict(filename='b', size=3, more=1)]
    infos[0].pop('size')
    assert infos[0] == dict(filename='a') and infos.take([1])[0]['more'] == 1


def test_copies_are_plain_dicts():
    infos = PageInfos(['a', 'b'])
    for copied in (copy.copy(infos[0]), copy.deepcopy(infos[0]), pickle.loads(
            pickle.dumps(infos[0]))):
        assert type(copied) is dict and copied == dict(filename='a')
        copied['x'] = 1
    assert infos[0] == dict(filename='a')
    assert pickle.loads(pickle.dumps(infos)) == infos


def test_a_list_of_dicts_keeps_what_it_holds():
    infos = page_infos([dict(filename='a', ann=dict(seg_map='m'), x=1), dict(filename='b')])
    assert infos == [dict(filename='a', ann=dict(seg_map='m'), x=1), dict(filename='b')]
    assert page_infos(infos) is infos


def test_many_names_take_their_letters_and_a_number_each():
    """A million dicts would take 0.5 GB, which each worker that looks at them copies."""
    names = [f'folder/page_{number:06d}.jpg' for number in range(50_000)]
    gc.collect()
    before = len(gc.get_objects())
    infos = PageInfos(names, ('.jpg', '.png'))
    infos.set_column('cls_label', np.zeros(len(names), np.int64))
    assert sum(info['cls_label'] for info in infos) == 0 and infos[49_999]['ann'] == dict(
        seg_map='folder/page_049999.png')
    gc.collect()
    assert len(gc.get_objects()) - before < 100  # nothing is kept for each page
    assert len(pickle.dumps(infos)) < len(names) * (len(names[0]) + 1 + 8 + 4) + 5000
