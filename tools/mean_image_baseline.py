"""How well the mean dynamic image of the training part predicts those of the left-out subject.

    python tools/mean_image_baseline.py configs/fdp_synthetic.py --test-subject sub01

A model's dynamic_image/PSNR and dynamic_image/SSIM should be higher. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter

import fdp_mmaction  # noqa: F401  (repairs the host before anything of it is imported)
from fdp_mmaction.engine.config_options import merge_options
from fdp_mmaction.engine.launch import add_common_arguments, read_config, user_errors
from fdp_mmaction.evaluation.mean_image import mean_image_quality
from fdp_mmaction.registry import DATASETS


def parse_args() -> Namespace:
    """The command line."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config file whose pipeline makes dynamic images')
    add_common_arguments(parser)
    return parser.parse_args()


def main() -> None:
    """Measure and print; both parts go through the test pipeline, which is not random."""
    args = parse_args()
    with user_errors(args.debug):
        cfg = merge_options(read_config(args), args)
        test = cfg.test_dataloader.dataset
        parts = [DATASETS.build(dict(test, test_mode=mode)) for mode in (False, True)]
        images = [[part[i]['data_samples'].gt_dynamic_image.numpy() for i in range(len(part))] for part in parts]
        sys.stdout.write(json.dumps(mean_image_quality(*images)) + '\n')


if __name__ == '__main__':
    main()
