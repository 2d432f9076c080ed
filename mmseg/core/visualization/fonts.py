"""Fonts for captions and sample pages: those of the system, or else the one inside Pillow."""
from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont as Font

__all__ = ['CJK', 'SANS', 'SANS_BOLD', 'SERIF', 'SERIF_BOLD', 'Font', 'find_font', 'is_cjk',
           'load_font', 'open_font']

# The folders where Linux, macOS and Windows keep fonts.
FONT_FOLDERS = (
    '/usr/share/fonts', '/usr/local/share/fonts', '~/.fonts', '~/.local/share/fonts',
    '/System/Library/Fonts', '/Library/Fonts', 'C:/Windows/Fonts',
)
SANS = ('DejaVuSans.ttf', 'LiberationSans-Regular.ttf', 'NotoSans-Regular.ttf', 'Arial.ttf')
SANS_BOLD = ('DejaVuSans-Bold.ttf', 'LiberationSans-Bold.ttf', 'NotoSans-Bold.ttf',
             'Arial Bold.ttf', 'arialbd.ttf')
SERIF = ('DejaVuSerif.ttf', 'LiberationSerif-Regular.ttf', 'NotoSerif-Regular.ttf',
         'Times New Roman.ttf', 'times.ttf')
SERIF_BOLD = ('DejaVuSerif-Bold.ttf', 'LiberationSerif-Bold.ttf', 'NotoSerif-Bold.ttf',
              'Times New Roman Bold.ttf', 'timesbd.ttf')
CJK = ('NotoSansCJK-Regular.ttc', 'NotoSerifCJK-Regular.ttc', 'NotoSansSC-Regular.otf',
       'NotoSansCJKsc-Regular.otf', 'SourceHanSansSC-Regular.otf', 'wqy-microhei.ttc',
       'wqy-zenhei.ttc', 'uming.ttc', 'DroidSansFallbackFull.ttf', 'DroidSansFallback.ttf',
       'PingFang.ttc', 'msyh.ttc', 'simsun.ttc')


@lru_cache(maxsize=1)
def _installed() -> dict[str, str]:
    """Path of each font file on this machine by its lower-case name, the first found winning."""
    found: dict[str, str] = {}
    for folder in FONT_FOLDERS:
        for root, folders, files in os.walk(Path(folder).expanduser()):
            folders.sort()
            for name in sorted(files):
                if name.lower().endswith(('.ttf', '.otf', '.ttc')):
                    found.setdefault(name.lower(), os.path.join(root, name))
    return found


def find_font(names: tuple[str, ...]) -> str | None:
    """Path of the first of these font files that this machine has, else None."""
    installed = _installed()
    return next((installed[n.lower()] for n in names if n.lower() in installed), None)


def is_cjk(text: str) -> bool:
    """Whether the text holds a Chinese, Japanese or Korean character."""
    return any('\u2e80' <= c <= '\u9fff' or '\uac00' <= c <= '\ud7af' or '\uff00' <= c <= '\uffef'
               for c in text)


@lru_cache(maxsize=256)
def open_font(path: str | None, size: int) -> Font:
    """The font file at this size in pixels; Pillow's own scalable font where path is None."""
    # Basic layout does without the Raqm library, so that machines with and without it agree.
    if path is None:
        font = ImageFont.load_default(size)
        assert isinstance(font, Font), 'Pillow comes without FreeType'
        return font
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def load_font(size: int, text: str = '', bold: bool = False) -> Font:
    """A font of this size in pixels that can write the text.

    Args:
        size: Height of the em square in pixels.
        text: What will be written; CJK characters ask for a CJK font.
        bold: Prefer a bold face (CJK text stays regular).
    """
    names = CJK + SANS if is_cjk(text) else (SANS_BOLD + SANS if bold else SANS)
    return open_font(find_font(names), size)
