"""Recognise a micro-expression with an exported model: ONNX Runtime, NumPy and OpenCV, nothing else.

    pip install onnxruntime numpy opencv-python
    python onnx_runtime.py fdp_synthetic.onnx FRAMES           # images of one aligned face, onset to offset
    python onnx_runtime.py fdp_synthetic.onnx VIDEO --start 40 --end 101 --save outputs.npz

tools/export.py of fdp_mmaction writes such models; what they take is written inside them. Frames must show an aligned
face, as tools/prepare_data.py makes them (see --about). A .npy array (F, H, W) of uint8 is read too.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import cv2
import numpy as np

IMAGES = ('.jpg', '.jpeg', '.png', '.bmp')


def read_frames(path: Path) -> np.ndarray:
    """All frames of a folder of images, a video or an array: (F, H, W) uint8, grey."""
    if path.suffix == '.npy':
        frames = list(np.load(path, allow_pickle=False))
    elif path.is_dir():
        names = [file for file in path.iterdir() if file.suffix.lower() in IMAGES and not file.name.startswith('.')]
        names.sort(key=lambda file: ([int(number) for number in re.findall(r'\d+', file.stem)[-1:]], file.name))
        frames = [cv2.imdecode(np.fromfile(name, np.uint8), cv2.IMREAD_GRAYSCALE) for name in names]
        if any(frame is None for frame in frames):
            raise SystemExit(f'{path}: {names[[frame is None for frame in frames].index(True)].name} is no image.')
    else:
        video, frames = cv2.VideoCapture(str(path)), []
        while True:
            there, frame = video.read()
            if not there:
                break
            frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
    if not frames:
        raise SystemExit(f'{path} holds no frames: name a folder of images, a video, or a .npy array.')
    if len({frame.shape for frame in frames}) > 1 or frames[0].shape[0] != frames[0].shape[1]:
        raise SystemExit(f'{path}: frames must be squares of one size, cut around an aligned face.')
    return np.stack(frames)


def sample(num_frames: int, rule: dict) -> np.ndarray:
    """Numbers of the frames of each clip, (clips, T): as written in the model, sampling.rule."""
    length = rule['clip_len']
    step = num_frames // length
    if num_frames < length and not rule['allow_short']:
        raise SystemExit(f'{num_frames} frames are fewer than the {length} that the model needs.')
    number = max(step, 1) if rule['num_clips'] == 'all' else rule['num_clips']
    if rule['mode'] == 'stride' and step:
        return np.arange(length) * step + np.arange(number)[:, None] % step
    spread = np.linspace(0, num_frames - 1, length) if length > 1 else np.array([num_frames - 1.0])
    shift = (np.arange(number) + 0.5) / number - 0.5
    spread = spread + shift[:, None] * (num_frames - 1) / max(length - 1, 1)
    return np.clip(np.rint(spread), 0, num_frames - 1).astype(int)


def resize(frame: np.ndarray, side: int) -> np.ndarray:
    """A square frame in another size."""
    return cv2.resize(frame, (side, side), interpolation=cv2.INTER_AREA if side < len(frame) else cv2.INTER_LINEAR)


def prepare(frames: np.ndarray, preprocessing: dict) -> np.ndarray:
    """Aligned frames (F, S, S) as the model sees them."""
    side = preprocessing['alignment']['size']
    prepared = []
    for frame in frames:
        frame = frame if len(frame) == side else resize(frame, side)
        for step in preprocessing['steps']:
            if 'crop' in step:
                skip = (len(frame) - step['crop']) // 2
                frame = frame[skip:skip + step['crop'], skip:skip + step['crop']]
            elif step['resize'] != len(frame):
                frame = resize(frame, step['resize'])
        prepared.append(frame)
    return np.stack(prepared)


def main() -> None:
    """Read, sample, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', help='.onnx file')
    parser.add_argument('frames', nargs='?', type=Path, help='folder of images, video, or .npy array')
    parser.add_argument('--start', type=int, default=0, help='first frame, the onset; counted from 0 (default: 0)')
    parser.add_argument('--end', type=int, help='last frame, included (default: the last)')
    parser.add_argument('--save', metavar='NPZ', help='write all outputs to this file')
    parser.add_argument('--threads', type=int, default=0, help="of ONNX Runtime (default: its choice)")
    parser.add_argument('--about', action='store_true', help='print what is written in the model')
    args = parser.parse_args()
    if args.frames is None and not args.about:
        parser.error('name the frames, or use --about')

    import onnxruntime                  # here, so that --help needs nothing
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    session = onnxruntime.InferenceSession(args.model, options, providers=['CPUExecutionProvider'])
    about = json.loads(session.get_modelmeta().custom_metadata_map['fdp_mmaction'])
    if args.about:
        print(json.dumps(about, indent=2))
    if args.frames is None:
        return

    frames = read_frames(args.frames)
    end = len(frames) - 1 if args.end is None else args.end
    if not 0 <= args.start <= end < len(frames):
        raise SystemExit(f'{args.frames} has frames 0 to {len(frames) - 1}; got --start {args.start} --end {end}.')
    numbers = args.start + sample(end - args.start + 1, about['sampling'])                      # (clips, T)
    clips = prepare(frames[numbers.ravel()], about['preprocessing'])
    clips = clips.reshape(*numbers.shape, *clips.shape[1:])                                     # (clips, T, H, W)
    names = [output.name for output in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, {about['input']['name']: clips})))
    scores = outputs['class_scores'].mean(axis=0)                                               # over clips
    if args.save:
        np.savez(args.save, frame_numbers=numbers, **outputs)

    print(f'{args.frames}: frames {numbers[0].tolist()}' + (f' and {len(numbers) - 1} more clips' * (len(numbers) > 1)))
    for index in scores.argsort()[::-1]:
        print(f'{about["classes"][index]:>12}  {scores[index]:.3f}  {"#" * round(40 * max(scores[index], 0))}')


if __name__ == '__main__':
    main()
