"""Arguments that the converters of weights share."""
import argparse


def add_weights_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``src`` and ``dst``."""
    parser.add_argument('src', help='path or http(s) address of the original checkpoint')
    parser.add_argument('dst', help='file to write')
