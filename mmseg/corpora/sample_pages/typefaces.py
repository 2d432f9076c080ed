"""Typefaces of rich sample pages: what common packages of fonts hold, as far as installed."""
from __future__ import annotations

from functools import lru_cache

from mmseg.core.visualization import fonts

from .canvas import Typeface

# (regular, bold) font files of a family, by its kind.
FAMILIES: dict[str, tuple[tuple[str, str], ...]] = {
    'sans': (('DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'),
             ('DejaVuSansCondensed.ttf', 'DejaVuSansCondensed-Bold.ttf'),
             ('LiberationSans-Regular.ttf', 'LiberationSans-Bold.ttf'),
             ('LiberationSansNarrow-Regular.ttf', 'LiberationSansNarrow-Bold.ttf'),
             ('texgyreheros-regular.otf', 'texgyreheros-bold.otf'),
             ('texgyreadventor-regular.otf', 'texgyreadventor-bold.otf'),
             ('lmsans10-regular.otf', 'lmsans10-bold.otf'),
             ('OpenSans-Regular.ttf', 'OpenSans-Bold.ttf'), ('Lato-Regular.ttf', 'Lato-Bold.ttf'),
             ('Carlito-Regular.ttf', 'Carlito-Bold.ttf'), ('Arial.ttf', 'Arial Bold.ttf'),
             ('NotoSans-Regular.ttf', 'NotoSans-Bold.ttf')),
    'serif': (('DejaVuSerif.ttf', 'DejaVuSerif-Bold.ttf'),
              ('DejaVuSerifCondensed.ttf', 'DejaVuSerifCondensed-Bold.ttf'),
              ('LiberationSerif-Regular.ttf', 'LiberationSerif-Bold.ttf'),
              ('texgyretermes-regular.otf', 'texgyretermes-bold.otf'),
              ('texgyrepagella-regular.otf', 'texgyrepagella-bold.otf'),
              ('texgyreschola-regular.otf', 'texgyreschola-bold.otf'),
              ('texgyrebonum-regular.otf', 'texgyrebonum-bold.otf'),
              ('lmroman10-regular.otf', 'lmroman10-bold.otf'),
              ('Caladea-Regular.ttf', 'Caladea-Bold.ttf'),
              ('GenBasR.ttf', 'GenBasB.ttf'),
              ('LinLibertine_R.otf', 'LinLibertine_RB.otf'),
              ('Vollkorn-Regular.otf', 'Vollkorn-Bold.otf'),
              ('Times New Roman.ttf', 'Times New Roman Bold.ttf'),
              ('NotoSerif-Regular.ttf', 'NotoSerif-Bold.ttf')),
    'mono': (('DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf'),
             ('LiberationMono-Regular.ttf', 'LiberationMono-Bold.ttf'),
             ('texgyrecursor-regular.otf', 'texgyrecursor-bold.otf'),
             ('lmmono10-regular.otf', 'lmmonolt10-bold.otf'),
             ('Inconsolata.otf', 'Inconsolata.otf')),
    'old': (('OldStandard-Regular.ttf', 'OldStandard-Bold.ttf'),
            ('EBGaramond12-Regular.otf', 'EBGaramond12-Bold.otf'),
            ('JunicodeTwoBeta-Regular.otf', 'JunicodeTwoBeta-Bold.otf'),
            ('GFSDidot.otf', 'GFSDidotBold.otf'),
            ('GoudyBookletter1911.otf', 'GoudyBookletter1911.otf'),
            ('LinLibertine_R.otf', 'LinLibertine_RB.otf')),
    'hand': (('breipfont.ttf', 'breipfont.ttf'), ('Kristi.ttf', 'Kristi.ttf'),
             ('DancingScript-Regular.otf', 'DancingScript-Bold.otf'),
             ('Ecolier-court.ttf', 'Ecolier-court.ttf'), ('Isabella.ttf', 'Isabella.ttf'),
             ('texgyrechorus-mediumitalic.otf', 'texgyrechorus-mediumitalic.otf')),
}
# Where a machine has none of a kind.
INSTEAD = {'mono': 'sans', 'old': 'serif', 'hand': 'serif'}


# Characters beyond ASCII that words of a language need.
GLYPHS = {'english': '', 'german': 'äöüß', 'french': 'éèçù', 'spanish': 'ñéó', 'russian': 'жЯщё',
          'chinese': '中研表'}


@lru_cache(maxsize=1000)
def covers(path: str | None, text: str) -> bool:
    """Whether the font file has a glyph for every character of the text."""
    font = fonts.open_font(path, 24)
    # what is drawn for a character that no font has
    missing = bytes(font.getmask('\U0010fffe'))
    return all(bytes(font.getmask(letter)) != missing for letter in text)


def installed(kind: str, text: str = '') -> list[Typeface]:
    """The typefaces of a kind that this machine has and that can write the text.

    Where there are none, those of a similar kind, and at last the one inside Pillow.
    """
    found = [(fonts.find_font((regular,)), fonts.find_font((bold,)))
             for regular, bold in FAMILIES[kind]]
    faces = [Typeface(regular, bold if bold and covers(bold, text) else regular)
             for regular, bold in found if regular and covers(regular, text)]
    if faces:
        return faces
    if kind in INSTEAD:
        return installed(INSTEAD[kind], text)
    return [Typeface.named('cjk' if fonts.is_cjk(text) else 'sans')]
