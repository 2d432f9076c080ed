"""Text lines as polygons: lines from score maps, and target maps from lines."""
from .boundaries import LineOptions, TextLine, find_boundaries, vatti_growth
from .polygons import MAX_POINTS, LinePolygon, moved, offset_polygon, usable_polygon

__all__ = ['MAX_POINTS', 'LineOptions', 'LinePolygon', 'TextLine', 'find_boundaries', 'moved',
           'offset_polygon', 'usable_polygon', 'vatti_growth']
