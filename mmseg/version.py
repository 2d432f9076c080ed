"""The package's version, as a string and as a tuple that compares."""
__version__ = '0.31.0'
version_info = tuple(int(part) for part in __version__.split('.'))
