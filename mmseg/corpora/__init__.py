"""Making data: label maps from PDFs, annotation files, archives of public data sets, or drawn.

- :mod:`mmseg.corpora.pdf`: born-digital PDFs.
- :mod:`mmseg.corpora.annotations`: files of labelme, COCO, PAGE-XML and PASCAL VOC.
- :mod:`mmseg.corpora.archives`: public data sets of MMSegmentation 0.x, as they are distributed.
- :mod:`mmseg.corpora.sample_pages`: generated pages.
"""
