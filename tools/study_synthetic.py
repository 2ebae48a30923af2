"""How difficult is the embedded synthetic dataset, and does a single frame give the class away?

Leave one subject out, with two simple classifiers on each preset:

  static  HOG of the apex frame, linear SVM. Should stay near chance: the class is in the motion.
  flow    DIS optical flow from onset to apex, the head's motion taken out, pooled in a grid, linear SVM.

Scores are the unweighted F1 (UF1) and accuracy of the pooled predictions of all folds. Five balanced
classes: chance is 0.2.

Example:
  python tools/study_synthetic.py --out work_dirs/study.json --figure docs/images/synthetic_difficulty.png
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
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
)
from fdp_mmaction.engine.trials import subject_folds


def static_features(frame: np.ndarray) -> np.ndarray:
    """HOG of one gray frame."""
    hog = cv2.HOGDescriptor((128, 128), (32, 32), (16, 16), (16, 16), 9)
    return hog.compute(cv2.resize(frame, (128, 128), interpolation=cv2.INTER_AREA)).ravel()


def flow_features(onset: np.ndarray, apex: np.ndarray, cells: int = 12) -> np.ndarray:
    """Onset-to-apex flow without the head's motion, averaged in a grid of cells.

    The head's motion is a quadratic in x and y (translation, roll, zoom, and the depth-proportional part
    of yaw and pitch), fitted with outliers down-weighted.
    """
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    dis.setFinestScale(0)
    dis.setPatchSize(10)
    flow = dis.calc(onset, apex, None)
    height, width = onset.shape
    y, x = np.mgrid[-1:1:height * 1j, -1:1:width * 1j]
    face = ((x / 0.8) ** 2 + ((y + 0.02) / 0.95) ** 2 < 1)
    design = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    rows, values = design[face][::5], flow[face][::5]
    weights = np.ones(len(rows))
    for _ in range(5):
        fit = np.linalg.lstsq(rows * weights[:, None], values * weights[:, None], rcond=None)[0]
        rest = np.hypot(*(values - rows @ fit).T)
        weights = 1 / np.maximum(rest, 0.05) ** 0.5
    flow = np.where(face[..., None], flow - design @ fit, 0).astype(np.float32)
    pooled = cv2.resize(cv2.GaussianBlur(flow, (0, 0), width / cells / 3), (cells, cells), interpolation=cv2.INTER_AREA)
    return pooled.ravel()


def clip_features(plan: ClipPlan, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Static and flow features of one clip, rendered for the purpose."""
    frames = render_aligned_clip(plan, size=size, frames=[0, plan.apex_index]).frames
    return static_features(frames[1]), flow_features(frames[0], frames[1])


def leave_subjects_out(features: np.ndarray, labels: np.ndarray, subjects: np.ndarray, folds: Sequence[Sequence[str]],
                       cost: float, whiten: bool) -> dict[str, object]:
    """Scores of the pooled predictions of a linear SVM that never saw the subjects of the fold it is tested on."""
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC
    predicted = np.full_like(labels, -1)
    for fold in folds:
        test = np.isin(subjects, list(fold))
        whitened = [StandardScaler(), PCA(min(64, (~test).sum()), random_state=0)]
        steps = whitened if whiten else [StandardScaler(with_std=False)]
        model = make_pipeline(*steps, LinearSVC(C=cost, max_iter=20000, random_state=0))
        scale = 1.0 if whiten else features[~test].std()
        model.fit(features[~test] / scale, labels[~test])
        predicted[test] = model.predict(features[test] / scale)
    tested = predicted >= 0
    return scores(labels[tested], predicted[tested])


def scores(labels: np.ndarray, predicted: np.ndarray) -> dict[str, object]:
    """UF1, accuracy and F1 by class of pooled predictions."""
    from sklearn.metrics import f1_score
    by_class = f1_score(labels, predicted, labels=range(len(EMOTIONS)), average=None, zero_division=0)
    return {'UF1': round(float(by_class.mean()), 3), 'ACC': round(float((labels == predicted).mean()), 3),
            'F1': {name: round(float(f), 3) for name, f in zip(EMOTIONS, by_class)}}


def study(config: SyntheticConfig, size: int, workers: int, left_out: list[str] | None, num_folds: int = 0,
          ) -> dict[str, object]:
    """Render a dataset and score both classifiers on it: every subject left out once, or some of them together."""
    plans = plan_clips(config)
    labels = np.array([EMOTIONS.index(plan.emotion) for plan in plans])
    subjects = np.array([plan.subject for plan in plans])
    folds = [left_out] if left_out else subject_folds(subjects.tolist(), num_folds)
    work = partial(clip_features, size=size)
    with ProcessPoolExecutor(workers, get_context('spawn'), cv2.setNumThreads, (1,)) as pool:
        found = list(pool.map(work, plans, chunksize=config.clips_per_subject))
    static, flow = (np.stack(column).astype(np.float64) for column in zip(*found))
    return {'static': leave_subjects_out(static, labels, subjects, folds, 0.01, True),
            'flow': leave_subjects_out(flow, labels, subjects, folds, 0.1, False)}


def draw(results: dict[str, dict], path: Path) -> None:
    """Bar chart of UF1 by preset."""
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(figsize=(5.2, 3.2), dpi=120)
    place = np.arange(len(results))
    for k, (kind, label, colour) in enumerate((('static', 'apex frame alone', '#b0b7c3'),
                                               ('flow', 'onset-to-apex flow', '#2f6f9f'))):
        mean = [r[kind]['UF1'] for r in results.values()]
        bars = axes.bar(place + 0.38 * (k - 0.5), mean, 0.36, label=label, color=colour)
        axes.bar_label(bars, fmt='%.2f', fontsize=8)
    axes.axhline(0.2, color='black', lw=0.8, ls=':')
    axes.text(len(results) - 0.45, 0.2, 'chance', fontsize=8, va='center')
    axes.set(xticks=place, xticklabels=list(results), ylim=(0, 1.02), ylabel='UF1, leave one subject out')
    axes.legend(fontsize=8, frameon=False, loc='lower center', bbox_to_anchor=(0.5, 1.0), ncols=2)
    axes.spines[['top', 'right']].set_visible(False)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def main() -> None:
    """Run the study from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    defaults = SyntheticConfig()
    parser.add_argument('--presets', nargs='+', default=list(PRESETS), choices=list(PRESETS))
    parser.add_argument('--subjects', type=int, default=defaults.num_subjects, help='subjects (default: %(default)s)')
    parser.add_argument('--clips', type=int, default=defaults.clips_per_subject,
                        help='clips of each subject (default: %(default)s)')
    parser.add_argument('--seeds', type=int, nargs='+', default=[defaults.seed],
                        help='one dataset per seed; UF1 is averaged over them (default: 0)')
    parser.add_argument('--left-out', nargs='+', metavar='SUBJECT',
                        help='leave these out together and test on them only, for example sub01 sub02 (default: every '
                             'subject in turn)')
    parser.add_argument('--folds', type=int, default=0,
                        help='share the subjects out to so many folds, as tools/ablate.py does (default: 0, one '
                             'subject at a time)')
    parser.add_argument('--size', type=int, default=144, help='side of the aligned face (default: %(default)s)')
    parser.add_argument('--workers', type=int, default=os.cpu_count() or 1, help='processes (default: all cores)')
    parser.add_argument('--out', type=Path, help='write the results to this JSON file')
    parser.add_argument('--figure', type=Path, help='draw the results to this PNG file')
    args = parser.parse_args()
    results: dict[str, dict] = {}
    for preset in args.presets:
        began = time.time()
        configs = [SyntheticConfig(args.subjects, args.clips, preset, seed) for seed in args.seeds]
        runs = [study(config, args.size, args.workers, args.left_out, args.folds) for config in configs]
        results[preset] = {kind: {'UF1': round(float(np.mean([r[kind]['UF1'] for r in runs])), 3),
                                  'runs': [r[kind] for r in runs]} for kind in ('static', 'flow')}
        print(f"{preset:8s} static UF1 {results[preset]['static']['UF1']:.3f}   "
              f"flow UF1 {results[preset]['flow']['UF1']:.3f}   ({time.time() - began:.0f} s)", flush=True)
    if args.out:
        report = {'subjects': args.subjects, 'clips_per_subject': args.clips, 'seeds': args.seeds,
                  'left_out': args.left_out, 'folds': args.folds, 'size': args.size, 'presets': results}
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(report, indent=2) + '\n')
    if args.figure:
        draw(results, args.figure)


if __name__ == '__main__':
    main()
