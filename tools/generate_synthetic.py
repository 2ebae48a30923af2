#!/usr/bin/env python
"""Write the embedded synthetic dataset as if it were a download of CASME II."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from fdp_mmaction.datasets.synthetic import (
    EMOTIONS,
    PRESETS,
    ClipPlan,
    SyntheticConfig,
    plan_clips,
    render_aligned_clip,
    render_clip,
    write_casme2_release,
)
from fdp_mmaction.errors import DatasetError

DESCRIPTION = """\
Write the embedded synthetic dataset as if it were a download of CASME II.

Subjects are faces drawn by formula; each plays micro-expressions of five classes. The folder holds what the
CASME II download holds, so the same reader prepares both:

  OUT/CASME2_RAW_selected/sub01/EP01_02f/img46.jpg ...   frames from onset to offset
  OUT/CASME2-coding-20140508.xlsx                        onset, apex, offset, action units, emotion
  OUT/landmarks/sub01/EP01_02f.npz                       exact 68 landmarks of every frame
  OUT/README.txt, OUT/synthetic.json                     what this is, and the settings it follows from

Everything follows from the seed. Subject 3 and clip 7 stay the same when more subjects or clips are asked
for, and a second call writes only what is missing.
"""
EXAMPLES = """\
examples:
  # the default dataset, 12 subjects x 20 clips (about 1.1 GB)
  python tools/generate_synthetic.py --out data/synthetic_release

  # a quick one: half the camera, few clips, strong motion
  python tools/generate_synthetic.py --out data/quick --subjects 3 --clips 5 --width 320 --preset easy

  # look at the faces first
  python tools/generate_synthetic.py --preview faces.png --preset easy
"""


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    defaults = SyntheticConfig()
    parser = argparse.ArgumentParser(description=DESCRIPTION, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument('--out', type=Path, help='folder to write to')
    target.add_argument('--preview', type=Path, metavar='PNG',
                        help='draw a contact sheet of one clip per subject instead, and stop')
    parser.add_argument('--subjects', type=int, default=defaults.num_subjects, help='subjects (default: %(default)s)')
    parser.add_argument('--clips', type=int, default=defaults.clips_per_subject,
                        help='clips of each subject, classes balanced in every run of five (default: %(default)s)')
    parser.add_argument('--preset', choices=list(PRESETS), default=defaults.preset,
                        help='strength of the motion and of everything that disturbs it (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=defaults.seed,
                        help='everything follows from it (default: %(default)s)')
    parser.add_argument('--width', type=int, default=640,
                        help='width of the frames; the height is three quarters of it, and the face scales along: '
                             'about 280 px at 640, 140 px at 320 (default: %(default)s)')
    parser.add_argument('--fps', type=int, default=defaults.fps,
                        help='frames per second of the camera (default: %(default)s, as CASME II)')
    parser.add_argument('--workers', type=int, default=os.cpu_count() or 1,
                        help='processes that render side by side (default: all cores, %(default)s)')
    return parser.parse_args(argv)


def contact_sheet(plans: Sequence[ClipPlan], side: int = 132) -> np.ndarray:
    """One row per clip: onset, apex, their difference x 6, dynamic image, and the exact motion.

    Args:
        plans (Sequence[ClipPlan]): The clips.
        side (int): Side of a tile in pixels. Defaults to 132.

    Returns:
        np.ndarray: ``(H, W, 3)`` uint8 BGR.
    """
    gap, label, head = 4, 14, 16
    titles = ('onset', 'apex', 'difference x 6', 'dynamic image', 'exact motion')
    sheet = np.full((head + len(plans) * (side + label + gap), len(titles) * (side + gap) + gap, 3), 255, np.uint8)

    def write(text: str, x: int, y: int) -> None:
        cv2.putText(sheet, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (60, 60, 60), 1, cv2.LINE_AA)

    for column, title in enumerate(titles):
        write(title, gap + column * (side + gap), 11)
    for row, plan in enumerate(plans):
        top = head + row * (side + label + gap)
        for column, tile in enumerate(_tiles(plan)):
            left = gap + column * (side + gap)
            tile = cv2.resize(tile, (side, side), interpolation=cv2.INTER_AREA)
            sheet[top:top + side, left:left + side] = tile if tile.ndim == 3 else tile[..., None]
        write(f'{plan.subject}/{plan.clip}   {plan.emotion}   AU {plan.action_units}   '
              f'{plan.amplitude:.1f} px   {plan.num_frames} frames', gap, top + side + 10)
    return sheet | 3  # steps of four grey levels halve the file


def _tiles(plan: ClipPlan) -> list[np.ndarray]:
    apex = plan.apex_index
    colour = render_clip(plan, frames=[0, apex], clean=True).frames[:, 10:470, 90:550]
    aligned = render_aligned_clip(plan, frames=range(apex + 1), clean=True)
    frames = aligned.frames.astype(np.float32)
    # Rank pooling in closed form: later frames weigh more, earlier ones less.
    weights = 2 * np.arange(1, len(frames) + 1) - len(frames) - 1
    dynamic = np.tensordot(weights.astype(np.float32), frames, 1)
    dynamic = 128 + 110 * dynamic / np.percentile(np.abs(dynamic), 99.5)
    flow = aligned.flow_between(0, apex)
    strength = np.hypot(*flow)
    hue = np.degrees(np.arctan2(flow[1], flow[0])) % 360 / 2
    saturation = 255 * np.minimum(strength / np.percentile(strength, 99), 1)
    hsv = np.stack([hue, saturation, np.full_like(hue, 255)], axis=-1)
    return [colour[0], colour[1], _gray(128 + 6 * (frames[apex] - frames[0])), _gray(dynamic),
            cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR)]


def _gray(values: np.ndarray) -> np.ndarray:
    return np.clip(values, 0, 255).astype(np.uint8)


def one_of_each(plans: Sequence[ClipPlan], subjects: int) -> list[ClipPlan]:
    """One clip of each subject, the classes in turn."""
    chosen = []
    for subject in range(subjects):
        own = [plan for plan in plans if plan.subject_index == subject]
        chosen.append(next((p for p in own if p.emotion == EMOTIONS[subject % len(EMOTIONS)]), own[0]))
    return chosen


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit status: 0 done, 2 wrong input."""
    args = parse_args(argv)
    try:
        config = SyntheticConfig(args.subjects, args.clips, args.preset, args.seed, args.fps)
        if args.preview:
            args.preview.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(args.preview), contact_sheet(one_of_each(plan_clips(config), args.subjects)),
                        (cv2.IMWRITE_PNG_COMPRESSION, 9))
        else:
            write_casme2_release(config, args.out, args.width, round(args.width * 0.75), args.workers)
    except DatasetError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())
