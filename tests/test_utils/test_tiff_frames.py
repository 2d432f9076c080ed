"""Frames of a TIFF are found by its directories and opened one by one."""
import io
import struct

import numpy as np
import pytest
from PIL import Image

from mmseg.utils.errors import InputError
from mmseg.utils.page_images import TooManyPages, count_frames, read_page, read_pages
from mmseg.utils.tiff_frames import FrameFile, find_pages

from ..test_serve.attack_files import tiff_of_frames


class CountingFile(io.BytesIO):
    """Counts how often it is read."""
    reads = 0

    def read(self, *size):
        self.reads += 1
        return super().read(*size)


def frames(count=3, mode='L', **options):
    """Frames of 4 × 5, 5 × 5, ... pixels, each of one grey: 10, 20, ..."""
    first, *rest = (Image.new('L', (4 + number, 5), 10 + 10 * number).convert(mode)
                    for number in range(count))
    file = io.BytesIO()
    first.save(file, 'TIFF', save_all=True, append_images=rest, **options)
    return file.getvalue()


def test_places_and_their_end():
    # each directory has 2 bytes, 9 tags of 12 and 4 for the next one's place, from byte 10 on
    content = tiff_of_frames(3)
    assert find_pages(io.BytesIO(content)) == ([10, 124, 238], None)
    assert find_pages(io.BytesIO(content[:300])) == ([10, 124], 'the file ends before it')
    assert find_pages(io.BytesIO(content), most=1) == ([10, 124], None)
    circle = content[:238 + 110] + struct.pack('<I', 10)  # the last one is followed by the first
    assert find_pages(io.BytesIO(circle)) == ([10, 124, 238], None)
    assert find_pages(io.BytesIO(b'II*\0' + bytes(4))) == ([], None)
    far = b'MM\0+\0\x08\0\0' + b'\xff' * 8
    assert find_pages(io.BytesIO(far)) == ([], 'the file ends before it')


@pytest.mark.parametrize('order, kind, value', [
    ('<', 4, struct.pack('<I', 1)), ('>', 4, struct.pack('>I', 1)),
    ('<', 3, struct.pack('<HH', 1, 0)), ('>', 3, struct.pack('>HH', 1, 0))])
def test_smaller_copies_are_no_pages_in_either_byte_order(order, kind, value):
    head = b'II*\0' if order == '<' else b'MM\0*'
    copy = struct.pack(f'{order}HHHI4sI', 1, 254, kind, 1, value, 0)
    page = struct.pack(f'{order}HHHI4sI', 1, 254, kind, 1, bytes(4), 8)
    content = head + struct.pack(f'{order}I', 8 + len(copy)) + copy + page
    assert find_pages(io.BytesIO(content)) == ([8 + len(copy)], None)


@pytest.mark.parametrize('options', [
    {}, dict(compression='tiff_lzw'), dict(compression='jpeg'), dict(big_tiff=True),
    dict(mode='1', compression='group4'), dict(compression='tiff_lzw', big_tiff=True)], ids=str)
def test_each_page_by_itself(options, tmp_path):
    content = frames(**options)
    path = tmp_path / 'a.tif'
    path.write_bytes(content)
    for source in (content, path):
        pages = [read_page(source, number, 'a.tif') for number in (2, 0, 1)]
        assert [page[:3] for page in pages] == [('a.tif', number, 3) for number in (2, 0, 1)]
        assert [page.image.shape for page in pages] == [(5, 6, 3), (5, 4, 3), (5, 5, 3)]
        for page, other in zip(sorted(pages, key=lambda page: page.number), read_pages(source)):
            assert np.array_equal(page.image, other.image)
            if 'mode' not in options:
                assert page.image[0, 0].tolist() == [10 * page.number + 10] * 3
        assert count_frames(source) == 3
    with pytest.raises(InputError, match='^a.tif has 3 pages, not a page 4$'):
        read_page(content, 3, 'a.tif')


def test_a_frame_is_opened_without_the_others():
    content = tiff_of_frames(5000)
    places = find_pages(io.BytesIO(content)).places
    assert len(places) == count_frames(content) == 5000
    file = CountingFile(content)
    with Image.open(FrameFile(file, places[-1])) as image:
        assert np.asarray(image).tolist() == [[255]]
    assert file.reads < 100
    file = CountingFile(content)
    assert len(find_pages(file, most=50).places) == 51 and file.reads < 200
    with pytest.raises(TooManyPages, match='^a.tif has more than 50 pages'):
        read_page(content, 0, 'a.tif', max_pages=50)


def test_a_damaged_frame_is_that_page_alone():
    content = bytearray(frames(3))
    second = find_pages(io.BytesIO(content)).places[1]
    tags = int.from_bytes(content[second:second + 2], 'little')
    for number in range(tags):  # its compression has a number that means nothing
        tag = second + 2 + 12 * number
        if int.from_bytes(content[tag:tag + 2], 'little') == 259:
            content[tag + 8:tag + 10] = struct.pack('<H', 12345)
    with pytest.raises(InputError, match='^page 2 of a.tif cannot be read as a picture'):
        read_page(bytes(content), 1, 'a.tif')
    assert read_page(bytes(content), 2, 'a.tif').image[0, 0].tolist() == [30, 30, 30]
