"""matplotlib, if it is installed, and figures that are written atomically."""
import io
import os
from pathlib import Path
from typing import Any

from .atomic_write import atomic_write
from .errors import InputError, nearest


def pyplot(backend: str | None = None, window: bool = False,
           instead: str = 'give a file to write to instead') -> Any:
    """Return ``matplotlib.pyplot``.

    Args:
        backend: What matplotlib draws with, such as 'TkAgg'; None leaves it the choice of a window
            and takes 'Agg' for files, which needs no screen.
        window: Whether a window is to be opened.
        instead: What to do where none can, for the message.

    Raises:
        InputError: matplotlib is not installed, there is no such backend, or no window can open.
    """
    try:
        import matplotlib
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise InputError("charts need matplotlib: install the extra 'optional' (pip install -e "
                         "'.[optional]')") from error
    if backend is not None or not window:
        try:
            plt.switch_backend(backend or 'Agg')
        except (ImportError, ValueError) as error:
            raise InputError(f'matplotlib has no backend {backend!r} here: {error}') from error
    if window and matplotlib.get_backend().lower() in ('agg', 'pdf', 'svg', 'ps', 'cairo'):
        raise InputError('no window can open here (no screen, or no toolkit for matplotlib): '
                         f'{instead}')
    return plt


def check_window(option: str) -> None:
    """Check that a window can open.

    Args:
        option: What writes a file instead, for the message.

    Raises:
        InputError: None can, or matplotlib is not installed.
    """
    pyplot(window=True, instead=f'give {option}')


def use_style(plt: Any, name: str) -> None:
    """Set the look of charts: a style of matplotlib, or seaborn's 'dark', 'whitegrid' and so on.

    Raises:
        InputError: There is no such style.
    """
    known = {style.removeprefix('seaborn-v0_8-'): style for style in plt.style.available}
    if name != 'default' and name not in known and name not in plt.style.available:
        raise InputError(f"there is no style '{name}'{nearest(name, known)}; there are "
                         f'{", ".join(sorted(known))}')
    plt.style.use(['default', known.get(name, name)])


def save_figure(figure: Any, path: str | os.PathLike, **options: Any) -> None:
    """Write a figure of matplotlib to ``path`` atomically; the folder is made.

    Args:
        figure: The figure.
        path: Its suffix says the format: png, pdf, svg or what else matplotlib knows.
        **options: For ``figure.savefig``.

    Raises:
        InputError: An unknown suffix, or the file cannot be written.
    """
    path = Path(path)
    known = figure.canvas.get_supported_filetypes()
    kind = path.suffix.lower().lstrip('.')
    if kind not in known:
        raise InputError(f'{path}: charts are written as {", ".join(sorted(known))}; give a name '
                         'that ends so')
    content = io.BytesIO()
    figure.savefig(content, format=kind, **options)
    with atomic_write(path) as part:
        part.write_bytes(content.getvalue())
