"""Write configs/METHOD/README.md of every method of 0.x's model zoo, from the tables of names.

Papers are those of configs/README.md.
"""
import argparse
import re
from pathlib import Path

from mmseg.cli.entry import user_errors
from mmseg.utils.atomic_write import atomic_write
from mmseg.utils.zoo.pages import method_page, zoo_methods

ROOT = Path(__file__).resolve().parents[1]


def papers() -> dict[str, str]:
    """Folder → paper, of the tables in configs/README.md."""
    text = (ROOT / 'configs' / 'README.md').read_text(encoding='utf-8')
    return dict(re.findall(r'^\| \[\w+\]\((\w+)\) \| (.+) \|$', text, re.M))


def pages() -> dict[str, str]:
    """Path below ``configs`` → text of every page."""
    known = papers()
    return {f'{method}/README.md': method_page(method, method, known[method])
            for method in zoo_methods()}


@user_errors()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', default=str(ROOT / 'configs'), metavar='DIR',
                        help='folder of the methods (default: configs of this checkout)')
    folder = Path(parser.parse_args().out)
    for path, text in pages().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(folder / path) as part:
            part.write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main()
