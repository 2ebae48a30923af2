"""Publishing trained weights: slim files, one config, one card, in a folder of their own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from mmengine.config import Config

from fdp_mmaction.atomic import replacing, write_text
from fdp_mmaction.engine.launch import UsageError, check_folder
from fdp_mmaction.engine.loso.plan import CONFIG
from fdp_mmaction.engine.loso.results import REPORT, RUN, LosoRun, fold_folder, read_run
from fdp_mmaction.engine.loso.summary import summarise
from fdp_mmaction.engine.safe_loading import CheckpointError
from fdp_mmaction.errors import DatasetError

from .card import CARD, write_model_card
from .checkpoint_card import checkpoint_facts
from .facts import WeightsFile
from .gather import data_setting
from .loso_card import main_selection, run_facts, weights_of
from .portable_config import portable_config
from .same_predictions import check_same
from .slim import read_checkpoint, slim, trained_config


@dataclass(frozen=True)
class Published:
    """What was published.

    Args:
        card (Path): The model card.
        config (Path): The config.
        weights (tuple[Path, ...]): The files of weights.
        datasets (tuple[str, ...]): What the weights saw; see :mod:`.licences`.
        failed (tuple[str, ...]): Folds that could not be published, and why. Defaults to none.
    """

    card: Path
    config: Path
    weights: tuple[Path, ...]
    datasets: tuple[str, ...]
    failed: tuple[str, ...] = ()


def publish_checkpoint(checkpoint: str | Path, out: str | Path, config: str | Path | None = None,
                       name: str | None = None) -> Published:
    """Publish one file of weights.

    Args:
        checkpoint (str | Path): That a training wrote; left as it is.
        out (str | Path): Folder of this model alone.
        config (str | Path, optional): Its config. Defaults to None: the one that is in the checkpoint.
        name (str, optional): Of the published files. Defaults to None: that of the config; of a fold with seed and
            subject.

    Returns:
        Published: The files; the same ones with the same content when it is called again.

    Raises:
        CheckpointError: If the checkpoint cannot be loaded safely, or the published form predicts something else.
        UsageError: If there is no config, or the folder holds another model.
    """
    source, out = Path(checkpoint), Path(out)
    loaded = read_checkpoint(source)
    cfg = trained_config(loaded, source, config)
    facts = checkpoint_facts(source, loaded, cfg, config)
    stem = check_name(name or facts.title or facts.model.name)
    _check_place(out, [stem])
    target = out / f'{stem}.py'
    file, parameters = _write_weights(source, cfg, stem, target, portable_config(cfg), loaded)
    model = replace(facts.model, parameters=parameters, data_setting=data_setting(cfg))
    facts = replace(facts, model=model, config=target.name, checkpoint=file.name, files=(file,), title=stem)
    write_text(out / CARD, write_model_card(facts))
    return Published(out / CARD, target, (out / file.name,), facts.data.datasets)


def publish_run(folder: str | Path, out: str | Path, name: str | None = None) -> Published:
    """Publish the weights of every finished fold of a leave-one-subject-out run.

    Args:
        folder (str | Path): Of the run.
        out (str | Path): Folder of this model alone.
        name (str, optional): Of the published files. Defaults to None: that of the run's config.

    Returns:
        Published: One file for each fold, one config and one card; what failed is listed.

    Raises:
        CheckpointError: If no fold could be published.
        DatasetError: If the folder holds no run, or no fold is done.
        UsageError: If the folder holds another model.
    """
    run, out = read_run(folder), Path(out)
    if not (run.folder / CONFIG).is_file():
        raise UsageError(f'{run.folder} has no {CONFIG}, so its weights cannot be published: run it with --fresh.')
    summary = summarise(run)
    name = check_name(name or run.header.get('name', run.folder.name))
    selection = main_selection(run)
    stems = {(fold.seed, fold.subject): f'{name}_{fold_name(fold.seed, fold.subject)}' for fold in run.folds}
    _check_place(out, [*stems.values(), name])
    cfg, target = Config.fromfile(run.folder / CONFIG), out / f'{name}.py'
    text = portable_config(cfg, subject=run.header['subjects'][0])
    files, failed, parameters = [], [], None
    for fold in run.folds:
        source = weights_of(fold, selection)
        try:
            if source is None:
                raise UsageError(f'the weights of epoch {fold.epochs.get(selection)}, which counted, were not kept; '
                                 '--keep-checkpoints all keeps them.')
            loaded = read_checkpoint(source)
            file, parameters = _write_weights(source, trained_config(loaded, source), stems[fold.seed, fold.subject],
                                              target, text, loaded)
            about = f'seed {fold.seed}, without {fold.subject}, epoch {fold.epochs[selection]}'
            files.append(replace(file, about=about, subject=fold.subject))
        except (CheckpointError, DatasetError, UsageError) as error:
            failed.append(f'seed {fold.seed}, {fold.subject}: {error}')
    if not files:
        raise CheckpointError(f'No fold of {run.folder} could be published; the first: {failed[0]}')
    facts = run_facts(run, summary)
    facts = replace(facts, model=replace(facts.model, parameters=parameters), config=target.name, title=name,
                    checkpoint=files[0].name, files=tuple(files), limits=(*facts.limits, *_absent(run, len(files))))
    write_text(out / CARD, write_model_card(facts))
    return Published(out / CARD, target, tuple(out / file.name for file in files), facts.data.datasets, tuple(failed))


def fold_name(seed: int, subject: str) -> str:
    """A fold in a file name, for example ``seed0_sub01``."""
    folder = fold_folder('', seed, subject)
    return f'{folder.parent.name}_{folder.name}'


def is_run(path: str | Path) -> bool:
    """Whether a path is the folder of a leave-one-subject-out run."""
    return Path(path, RUN).is_file()


def check_name(name: str) -> str:
    """Refuse a name that is none for a file.

    Args:
        name (str): Without suffix.

    Returns:
        str: The name.

    Raises:
        UsageError: If it has other signs than letters, digits, points, dashes and underscores.
    """
    if not re.fullmatch(r'\w[\w.-]*', name):
        raise UsageError(f'{name!r} is no name for a file: give letters, digits, points, dashes and underscores with '
                         '--name.')
    return name


def _absent(run: LosoRun, published: int) -> Iterable[str]:
    planned = len(run.header['subjects']) * len(run.header['seeds'])
    return [f'Weights of {published} of {planned} folds are here.'] if published < planned else []


def _check_place(out: Path, stems: Collection[str]) -> None:
    """Refuse a folder with files of another model: its card would be overwritten."""
    check_folder(out)
    if out.name == REPORT or is_run(out) or (out / 'last_checkpoint').exists():
        raise UsageError(f'{out} is a folder of trainings: give a folder of its own with --out.')
    mine = re.compile('|'.join(rf'{re.escape(stem)}(-[0-9a-f]{{8}}\.pth|\.py)' for stem in stems))
    others = sorted(path.name for pattern in ('*.pth', '*.py') for path in out.glob(pattern)
                    if not mine.fullmatch(path.name))
    if others:
        raise UsageError(f'{out} holds another model ({others[0]}): give each model a folder of its own with --out.')


def _write_weights(source: Path, cfg: Config, stem: str, target: Path, text: str, loaded: dict
                   ) -> tuple[WeightsFile, int]:
    """Write config and weights after comparing what they predict; nothing appears unless it is the same."""
    form = slim(loaded, cfg)
    path = target.with_name(form.name(stem))
    older = sorted(other.name for other in target.parent.glob(f'{stem}-*.pth')
                   if other != path and re.fullmatch(rf'{re.escape(stem)}-[0-9a-f]{{8}}\.pth', other.name))
    if older:
        raise UsageError(f'{target.parent} holds other weights of the same name ({older[0]}): delete them, or give '
                         'another folder with --out.')
    with replacing(target) as config_part, replacing(path) as part:
        config_part.write_text(text, encoding='utf-8')
        part.write_bytes(form.content)
        parameters = check_same((cfg, source), (Config.fromfile(config_part), part))
    return WeightsFile(path.name, len(form.content), form.sha256), parameters
