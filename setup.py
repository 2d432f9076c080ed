"""Installs the package `mmseg`; torch's and mmcv's builds are chosen by `make setup`."""
import runpy
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent


def requirements(name: str) -> list[str]:
    """The requirements in `requirements/<name>.txt`, without its comments."""
    lines = (HERE / 'requirements' / f'{name}.txt').read_text(encoding='utf-8').splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith('#')]


PARTS = ('build', 'tests', 'optional', 'data', 'pdf', 'export', 'serve', 'logging')
EXTRAS = {name: requirements(name) for name in PARTS}

setup(
    # The name of 0.x, whose package this replaces: side by side they would own the same files.
    name='mmsegmentation',
    version=runpy.run_path(str(HERE / 'mmseg' / 'version.py'))['__version__'],
    description='Page layout: pixels into figure, text, table, separator; pages into types',
    long_description=(HERE / 'README.md').read_text(encoding='utf-8')
    if (HERE / 'README.md').exists() else '',
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    python_requires='>=3.11',
    packages=find_packages(include=('mmseg', 'mmseg.*')),
    include_package_data=True,
    entry_points={'console_scripts': ['mmseg = mmseg.cli:main']},
    install_requires=requirements('runtime'),
    extras_require={**EXTRAS, 'all': sorted(sum(EXTRAS.values(), []))},
    zip_safe=False,
)
