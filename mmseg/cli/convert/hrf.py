"""Convert HRF to the folders that HRFDataset reads."""
from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.description = __doc__
    parser.add_argument('healthy_path', help='healthy.zip, or its folder')
    parser.add_argument('healthy_manualsegm_path', help='healthy_manualsegm.zip, or its folder')
    parser.add_argument('glaucoma_path', help='glaucoma.zip, or its folder')
    parser.add_argument('glaucoma_manualsegm_path', help='glaucoma_manualsegm.zip, or its folder')
    parser.add_argument('diabetic_retinopathy_path',
                        help='diabetic_retinopathy.zip, or its folder')
    parser.add_argument('diabetic_retinopathy_manualsegm_path',
                        help='diabetic_retinopathy_manualsegm.zip, or its folder')
    parser.add_argument('--tmp_dir',
                        help='taken as 0.x took it, but nothing is unpacked to a disk any more')
    parser.add_argument('-o', '--out_dir', default='data/HRF',
                        help='where the data set goes (default: %(default)s)')
    parser.add_argument('--nproc', type=int, default=1, metavar='N',
                        help='number of processes (default: %(default)s)')


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    from mmseg.corpora.archives.vessels import convert_hrf

    photos = [args.healthy_path, args.glaucoma_path, args.diabetic_retinopathy_path]
    labels = [args.healthy_manualsegm_path, args.glaucoma_manualsegm_path,
              args.diabetic_retinopathy_manualsegm_path]
    tally = convert_hrf(photos, labels, args.out_dir, args.nproc)
    print(f'{tally}, in {args.out_dir}')
