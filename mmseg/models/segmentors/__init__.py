"""Whole networks: a backbone, heads per pixel and, where wanted, a head per page."""
from .base import BaseSegmentor
from .cascade_encoder_decoder import CascadeEncoderDecoder
from .dbnet import DBNet
from .encoder_decoder import EncoderDecoder

__all__ = ['BaseSegmentor', 'CascadeEncoderDecoder', 'DBNet', 'EncoderDecoder']
