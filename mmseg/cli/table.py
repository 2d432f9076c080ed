"""The commands of ``mmseg``: a name and one line of help each.

A new command is one row here and one file: ``mmseg/cli/<name>.py`` with ``add_arguments(parser)``
and ``run(args)``. A name of two words belongs to a group and is in ``mmseg/cli/<group>/``;
hyphens become underscores in file names.
"""

SECTIONS: dict[str, dict[str, str]] = {
    'use a network': {
        'layout': 'find the regions of pages and write them as JSON, PAGE-XML, ALTO, hOCR, ...',
        'serve': 'answer for pages over HTTP, with a web page to try it on',
        'image': 'paint the prediction for one image over it',
        'video': 'paint the predictions for the frames of a video over them',
        'webcam': 'paint the predictions for a camera in a window',
        'ensemble': 'average the scores of several networks and write label maps',
    },
    'train and evaluate': {
        'train': 'train a network as a config says',
        'test': 'evaluate a checkpoint: scores, painted pages, label maps',
        'find-layers': 'find the scales that each class should use in layered inference',
        'compare': 'train several layout configs briefly and tabulate cost and scores',
        'score-blocks': 'compare blocks of text in PAGE-XML files with true ones',
        'score-ocr': 'compare Tesseract on the text lines of PDF pages with Tesseract alone',
        'confusion': 'draw the confusion matrix of predictions',
        'cam': 'show where on a page a network finds evidence for a class (Grad-CAM)',
        'logs': 'draw curves from training logs',
    },
    'prepare data': {
        'convert': 'make a data set from annotations, PDFs or public archives',
        'build-corpus': "build a corpus of pages from the PDFs in Debian's archive",
        'sample-pages': 'draw a small data set of documents and slides to try everything on',
        'scan-pages': 'copy a data set with its pages as a scanner gives them',
        'split': 'divide the pages of a data set into training, validation and test',
        'check': 'find mistakes in the data of a config',
        'browse': 'draw what a training pipeline does to pages',
        'pack': 'pack a data set into one tar or LMDB file',
    },
    'export and inspect': {
        'export': 'write a network as TorchScript, ONNX, TensorRT engine or TorchServe archive',
        'test-exported': 'evaluate an exported network on a data set',
        'trace': 'write a checkpoint as TorchScript for programs without Python',
        'trace-check': 'compare a traced file with its checkpoint on one page',
        'bench': 'measure how many pages a second a network processes',
        'flops': 'count the parameters and FLOPs of a network',
        'config': 'print a config with its base files and options merged in',
        'download': "fetch checkpoints of MMSegmentation 0.x's model zoo",
        'publish': 'prepare a checkpoint for publication',
        'make-weights': 'make a checkpoint a network that is found by name',
        'convert-weights': 'convert weights of other projects',
    },
    'shell': {
        'completion': 'print the completion script for bash or zsh',
    },
}

GROUPS: dict[str, dict[str, str]] = {
    'convert': {
        'labelme': 'JSON files of labelme',
        'coco': 'annotations in the COCO format: PubLayNet, DocLayNet, D4LA, M6Doc, TableBank, ...',
        'prima': 'PAGE-XML, such as the data sets of PRImA',
        'voc': 'boxes in Pascal VOC XML, such as IIIT-AR-13K',
        'boxes': 'label maps in VOC layout, or files of labelme, as boxes in the COCO format',
        'slides': 'slides with pixel masks, such as SPaSe and WiSe',
        'pdf': 'born-digital PDFs, labelled from what is drawn on their pages',
        'chase-db1': 'CHASE DB1',
        'cityscapes': 'Cityscapes',
        'coco-stuff10k': 'COCO-Stuff 10k',
        'coco-stuff164k': 'COCO-Stuff 164k',
        'drive': 'DRIVE',
        'hrf': 'HRF',
        'isaid': 'iSAID',
        'loveda': 'LoveDA',
        'pascal-context': 'Pascal Context',
        'potsdam': 'ISPRS Potsdam',
        'stare': 'STARE',
        'vaihingen': 'ISPRS Vaihingen',
        'voc-aug': 'the labels of SBD for PASCAL VOC 2012',
    },
    'convert-weights': {
        'beit': 'BEiT',
        'efficientnet-lite': 'EfficientNet-Lite',
        'hrnet-ocr': 'HRNet and HRNet with OCR',
        'mit': 'SegFormer',
        'mpvit': 'MPViT',
        'stdc': 'STDC',
        'swin': 'Swin',
        'twins': 'Twins (PCPVT and SVT)',
        'vit': 'ViT and DeiT of timm',
        'vitjax': 'ViT of its authors (JAX)',
    },
    'export': {
        'torchscript': 'TorchScript',
        'onnx': 'ONNX',
        'tensorrt': 'TensorRT engine, from an ONNX file',
        'torchserve': 'archive for TorchServe',
    },
}


def all_commands() -> dict[str, str]:
    """Each command that runs, as it is typed (``layout``, ``export onnx``), and its help."""
    commands = {}
    for section in SECTIONS.values():
        for name, text in section.items():
            if name in GROUPS:
                commands.update({f'{name} {part}': line for part, line in GROUPS[name].items()})
            else:
                commands[name] = text
    return commands


def module_of(command: str) -> str:
    """The module of a command: ``'export onnx'`` is in ``mmseg.cli.export.onnx``."""
    return 'mmseg.cli.' + command.replace('-', '_').replace(' ', '.')
