"""The package's version, as a string and as a tuple that compares."""
__version__ = '1.0.0'
version_info = (1, 0, 0)
