"""Packages whose files are elsewhere in the checkout; everything else is in pyproject.toml."""
from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=('mmseg', 'mmseg.*')), 'mmseg.configs', 'mmseg.schemas'],
    package_dir={'mmseg': 'mmseg', 'mmseg.configs': 'configs', 'mmseg.schemas': 'docs/schemas'},
    package_data={'mmseg': ['py.typed', 'weights/*',
                            *(f'**/*.{suffix}'
                              for suffix in ('html', 'yaml', 'json', 'txt', 'tsv'))],
                  'mmseg.configs': ['**/*.py', '**/*.md'],
                  'mmseg.schemas': ['*.json']},
)
