"""Pictures of label maps: painted pages, legends, panels side by side, saved atomically.

Every image is uint8 ``(H, W, 3)`` in BGR, as ``cv2.imread`` gives it; a palette is RGB, as the
data sets state it. Signatures:

- ``paint_result(image, result, class_names, palette=None, page_classes=None, opacity=0.5,
  legend=True) -> image``: a test's result, ``(H, W)`` array or dict with page type.
- ``paint_segmentation(image, seg, palette, opacity=0.5, clear=None, ignore_index=255,
  ignored=None) -> image``
- ``compose_legend(image, class_names, palette, page_type=None, page_score=None, seg=None,
  clear=(), size=None) -> image``: the same image with a legend strip below.
- ``paint_boxes(image, boxes, class_names=(), palette=None, score_thr=0.3, opacity=0.5) -> image``
- ``side_by_side(images, captions=None, columns=None, panel_height=None) -> image``
- ``distinct_palette(num_classes) -> list of [r, g, b]``
- ``save_image(path, image, colours=None)``: written atomically.
- ``load_font(size, text='', bold=False)``: a Pillow font that has the characters of ``text``.
- ``PipelineRecorder(skip_types).watch(dataset)`` and ``draw_panels(panels, palette) -> image``:
  what each transform did to a page.
"""
from .boxes import paint_boxes
from .compose import compose_legend, paint_result, side_by_side
from .fonts import find_font, load_font
from .paint import distinct_palette, paint_segmentation, save_image
from .pipeline import Panel, PipelineRecorder, draw_panels

__all__ = [
    'Panel', 'PipelineRecorder', 'compose_legend', 'distinct_palette', 'draw_panels', 'find_font',
    'load_font', 'paint_boxes', 'paint_result', 'paint_segmentation', 'save_image', 'side_by_side',
]
