"""The feature map that a page-type head reads."""
from mmseg.utils.errors import InputError


def cls_head_inputs(cls_head: dict, decode_head: dict) -> dict:
    """Config of the page-type head, with the feature of the decode head where it names none.

    A head nested in another (as in K-Net) is found by its ``in_channels``.

    Args:
        cls_head: Config of the page-type head.
        decode_head: Config of the decode head, or of the first of several.

    Raises:
        InputError: The channels are neither given nor known from the decode head.
    """
    while 'in_channels' not in decode_head and 'kernel_generate_head' in decode_head:
        decode_head = decode_head['kernel_generate_head']
    channels, indices = decode_head.get('in_channels'), decode_head.get('in_index', -1)
    by_index = (dict(zip(indices, channels)) if isinstance(channels, (list, tuple))
                else {indices: channels})
    cls_head = dict(cls_head)
    index = cls_head.setdefault('in_index', list(by_index)[-1])
    if 'in_channels' not in cls_head:
        if by_index.get(index) is None:
            raise InputError(f'cls_head reads the feature {index}, of which the decode head does '
                             'not tell its channels; give cls_head.in_channels')
        cls_head['in_channels'] = by_index[index]
    return cls_head
