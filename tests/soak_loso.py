"""Kill a leave-one-subject-out run at random, again and again, and compare its result with an undisturbed run.

    PYTHONPATH=.:tests python tests/soak_loso.py --kills 20 --seed 0

Each kill is a SIGKILL of the scheduler, of a fold, or of the server that folds are forked from. Not collected by
pytest; tests/engine/loso/test_kills.py is the short form.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from conftest import write_prepared
from loso_kills import alive, begin, fold_processes, kill, loso, parent_of, results, wait_for
from toy_loso import write_loso_config


def parse_args() -> Namespace:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument('--kills', type=int, default=12, help='kills at least (default: 12)')
    parser.add_argument('--seed', type=int, default=0, help='of the kills (default: 0)')
    parser.add_argument('--select', default='inner-val', help='as of tools/loso.py (default: inner-val)')
    parser.add_argument('--jobs', type=int, default=2, help='folds side by side (default: 2)')
    parser.add_argument('--epochs', type=int, default=30, help='of each fold (default: 30)')
    return parser.parse_args()


def kill_something(rng: random.Random, scheduler: subprocess.Popen, out: Path) -> str | None:
    """Kill the scheduler, a fold or the server of folds; what it was, or None if there was nothing of the kind."""
    folds = [pid for pid in fold_processes(out).values() if alive(pid)]
    target = rng.choice(['scheduler', 'fold', 'fold', 'server'])
    if target == 'scheduler':
        kill(scheduler.pid)
        scheduler.communicate()
        assert wait_for(lambda: not any(map(alive, folds)), 15), 'folds outlived their scheduler'
        return target
    if not folds:
        return None
    pid = rng.choice(folds) if target == 'fold' else parent_of(folds[0])
    if pid is None or pid in (1, scheduler.pid):
        return None
    kill(pid)
    return target


def let_something_happen(out: Path, scheduler: subprocess.Popen) -> None:
    """Wait until a checkpoint has come or gone."""
    known = {path.name for path in out.rglob('epoch_*.pth')}
    wait_for(lambda: {path.name for path in out.rglob('epoch_*.pth')} != known, 40, scheduler)


def main() -> int:
    args = parse_args()
    rng = random.Random(args.seed)
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / 'data').mkdir()
        config = write_loso_config(
            folder, write_prepared(folder / 'data', subjects=4, clips=5), epochs=args.epochs, workers=1,
            more="custom_hooks = [dict(type='SlowHook', seconds=0.02), dict(type='SplitGuardHook')]\n"
                 'default_hooks = dict(checkpoint=dict(interval=3))')
        words = (config, '--select', args.select, '--jobs-per-device', args.jobs, '--seeds', 0, 1)
        done = loso(*words, '--out', folder / 'whole')
        assert done.returncode == 0, done.stdout + done.stderr
        whole = results(folder / 'whole')
        out, killed, starts = folder / 'out', Counter(), 0
        scheduler = None
        while True:
            if scheduler is None or scheduler.poll() is not None:
                if scheduler is not None and scheduler.returncode == 0:
                    break
                if scheduler is not None and scheduler.returncode > 0:      # a fold was killed twice in a row
                    print(f'ended with {scheduler.returncode}', flush=True)
                scheduler, starts = begin(*words, '--out', out), starts + 1
            if sum(killed.values()) >= args.kills:
                scheduler.communicate()
                continue
            let_something_happen(out, scheduler)
            time.sleep(rng.uniform(0, 1.5))
            target = kill_something(rng, scheduler, out)
            if target:
                killed[target] += 1
                print(f'{sum(killed.values())}: killed {target}', flush=True)
        assert results(out) == whole, 'another result than that of the undisturbed run'
        left = [str(path.relative_to(out)) for path in out.rglob('.*partial*')]
        assert not left, left
        attempts = sum(log.read_text().count('\n--- ') + 1 for log in out.rglob('log.txt'))
        print(f'{sum(killed.values())} kills ({dict(killed)}), {starts} starts, {attempts} attempts at {len(whole)} '
              'folds: votes, epochs and histories are those of the undisturbed run.')
    return 0


if __name__ == '__main__':
    sys.exit(main())
