"""The handler under its path of MMSegmentation 0.x; it is in ``mmseg.serve.torchserve_handler``."""
from mmseg.serve.torchserve_handler import MMsegHandler

__all__ = ['MMsegHandler']
