"""Links of the documentation that leave ``docs/``, for ``make docs``: checked, kept readable.

Pictures become files of the site; links to other files of the repository become their paths as
text. A target that is missing ends the build.
"""
import os
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r'(?P<picture>!?)\[(?P<text>[^]]*)\]\((?P<path>\.\./[^)#\s]+)(?:#[^)]*)?\)')


def on_config(config: Any) -> Any:
    """Keep letters of all scripts in the anchors of headings, as GitHub does."""
    from markdown.extensions.toc import slugify_unicode
    config['mdx_configs'].setdefault('toc', {})['slugify'] = slugify_unicode
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pictures of the repository to those of the site."""
    from mkdocs.structure.files import File
    for path in sorted((ROOT / 'readme_png').glob('*.png')):
        files.append(File(f'readme_png/{path.name}', str(ROOT), config['site_dir'],
                          config['use_directory_urls']))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """The page with its links out of ``docs/`` replaced."""
    return replace_links(markdown, Path(page.file.src_uri))


def replace_links(markdown: str, page: Path) -> str:
    """The text of a page with its links out of ``docs/`` replaced.

    Args:
        markdown: Its text.
        page: Its path below ``docs/``.

    Raises:
        FileNotFoundError: A target is not there.
    """
    def replaced(found: re.Match[str]) -> str:
        target = os.path.normpath(ROOT / 'docs' / page.parent / found['path'])
        if not os.path.exists(target):
            raise FileNotFoundError(f"docs/{page}: {found['path']} is not there")
        place = os.path.relpath(target, ROOT)
        if found['picture']:
            return f"![{found['text']}]({os.path.relpath(place, page.parent)})"
        return f"{found['text']} (`{place}`)"

    return LINK.sub(replaced, markdown)
