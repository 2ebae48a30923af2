"""Real Ray clusters of several nodes on this machine, one of which dies while folds run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conftest import write_prepared
from fdp_mmaction.engine.launch import UsageError
from fdp_mmaction.engine.loso import fold as fold_module
from fdp_mmaction.engine.loso.command import FoldJob, FoldStart
from fdp_mmaction.engine.loso.plan import Settings, open_run
from fdp_mmaction.engine.loso.ray_launcher import RayLauncher
from fdp_mmaction.engine.loso.results import FoldResult
from fdp_mmaction.engine.loso.schedule import run_folds
from loso_kills import alive, fold_processes, results, wait_for
from toy_loso import forget_runs, write_loso_config

SUBJECTS = ('sub01', 'sub02', 'sub03')


class Display:
    """Says nothing."""

    def finished(self, job: FoldJob, result: FoldResult) -> None:
        pass

    def failed(self, job: FoldJob, again: bool) -> None:
        pytest.fail(f'{job} failed')

    def update(self, running: list, waiting: int) -> None:
        pass


def test_without_ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'ray', None)
    with pytest.raises(UsageError, match=r"pip install 'fdp-mmaction\[ray\]'"):
        RayLauncher(FoldStart())


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch):
    """A head without room for folds, and two nodes with room for one each."""
    ray = pytest.importorskip('ray', reason="needs Ray: pip install 'fdp-mmaction[ray]'")
    from ray.cluster_utils import Cluster
    monkeypatch.setenv('PYTHONPATH', ':'.join(path for path in sys.path if path))
    quick = dict(health_check_initial_delay_ms=0, health_check_period_ms=1000, health_check_timeout_ms=2000,
                 health_check_failure_threshold=3)      # a dead node is noticed in seconds
    found = Cluster(initialize_head=True, head_node_args=dict(num_cpus=0, object_store_memory=80 << 20,
                                                              include_dashboard=False, _system_config=quick))
    found.rooms = [found.add_node(num_cpus=1, object_store_memory=80 << 20) for _ in range(2)]
    yield found
    ray.shutdown()
    found.shutdown()


@pytest.mark.slow
def test_a_node_that_dies_takes_no_fold_with_it(cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'data').mkdir()
    data = write_prepared(tmp_path / 'data', subjects=3, clips=5)
    more = "custom_hooks = [dict(type='SlowHook', seconds={}), dict(type='SplitGuardHook')]"
    out, here = tmp_path / 'out', tmp_path / 'here'
    header = open_run(Settings(str(write_loso_config(tmp_path, data, epochs=12, more=more.format(0.3))), out))

    class Dying(RayLauncher):
        def wait(self, tasks, seconds: float) -> None:
            before = fold_processes(out)
            if len(cluster.rooms) == len(before) == 2 and all(any(folder.glob('epoch_*.pth')) for folder in before):
                cluster.remove_node(cluster.rooms.pop(), allow_graceful=False)
                assert wait_for(lambda: sum(map(alive, before.values())) == 1, 60), 'a fold outlived its machine'
            super().wait(tasks, seconds)

    launcher = Dying(FoldStart(), gpus=False, address=cluster.address)
    outcome = run_folds([FoldJob(out, subject, 0) for subject in header['subjects']], launcher, Display())
    assert len(cluster.rooms) == 1 and not outcome.failed and len(outcome.finished) == 3
    logs = [log.read_text() for log in out.glob('folds/*/*/log.txt')]
    assert sum(log.count('left out: ') for log in logs) == 4 and sum(log.count('resumed epoch') for log in logs) == 1

    monkeypatch.setenv('ME_TEST_SUBJECT', 'sub01')
    open_run(Settings(str(write_loso_config(tmp_path, data, epochs=12, more=more.format(0))), here))
    for subject in SUBJECTS:
        forget_runs()
        fold_module.run_fold(here, subject, 0)
    assert results(out) == results(here)


@pytest.mark.slow
def test_stopping_ends_folds_on_all_nodes(cluster, tmp_path: Path) -> None:
    (tmp_path / 'data').mkdir()
    data = write_prepared(tmp_path / 'data', subjects=3, clips=5)
    more = "custom_hooks = [dict(type='SlowHook', seconds=0.5), dict(type='SplitGuardHook')]"
    out = tmp_path / 'out'
    open_run(Settings(str(write_loso_config(tmp_path, data, epochs=50, more=more)), out))
    launcher = RayLauncher(FoldStart(), gpus=False, address=cluster.address)
    tasks = launcher.start([FoldJob(out, subject, 0) for subject in SUBJECTS])
    assert wait_for(lambda: len(fold_processes(out)) == 2, 90)
    folds = fold_processes(out)
    launcher.stop(tasks)
    assert wait_for(lambda: not any(map(alive, folds.values())), 20)
    assert all(wait_for(lambda task=task: task.exit_code() is not None, 20) and task.exit_code() for task in tasks)
