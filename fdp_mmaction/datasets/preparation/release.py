"""Preparing an original release."""

from __future__ import annotations

from pathlib import Path

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces.landmark_sources import build_landmark_source

from ..readers.record import MERecord, ReadResult, ReleaseReader
from .aligned_clips import AlignedClips
from .folder import PreparedFolder
from .pipeline import OnProgress, fill_folder
from .report import PreparationReport
from .settings import PreparationSettings


def prepare_release(reader: ReleaseReader, root: str | Path, out: str | Path, settings: PreparationSettings, *,
                    layout: str = 'auto', errata: bool = True, dataset: str | None = None,
                    fps: int | None = None, workers: int = 1, fresh: bool = False,
                    on_progress: OnProgress | None = None) -> PreparationReport:
    """Prepare a release: read it, align every clip, write the prepared folder.

    A preparation that was interrupted continues where it stopped. Clips that cannot be prepared are left out and
    reported.

    Args:
        reader (ReleaseReader): The dataset's reader.
        root (str | Path): The release folder.
        out (str | Path): The prepared folder.
        settings (PreparationSettings): How to align.
        layout (str): Which frames of the release, or ``auto``. Defaults to 'auto'.
        errata (bool): Whether to correct known mistakes of the sheet. Defaults to True.
        dataset (str | None): Another dataset name, for other data in the layout of this release; then no census is
            expected. Defaults to None, the reader's own.
        fps (int | None): Frames per second, if not those of the release. Defaults to None.
        workers (int): Number of processes. Defaults to 1.
        fresh (bool): Whether to delete what an earlier preparation wrote to ``out``. Defaults to False.
        on_progress (OnProgress | None): Called with clips done, clips in total and the clip just done.
            Defaults to None.

    Returns:
        PreparationReport: What was written and what was left out.

    Raises:
        DatasetError: If the release or the output folder cannot be used, no clip could be prepared, or more faces
            than allowed were not found in the first way.
        FaceError: If the landmark source cannot be set up.
    """
    name = dataset or reader.name
    landmarks = settings.landmark_source != 'none'
    if not landmarks and layout == 'auto':
        layout = reader.cropped_layouts[0] if reader.cropped_layouts else layout
    if not landmarks and layout not in reader.cropped_layouts:
        raise DatasetError(f"Landmark source 'none' is for cropped frames, not for layout {layout!r}: "
                           'give landmarks, or choose the cropped layout.')
    backend = build_landmark_source(settings.landmark_source, **settings.landmark_options).backend
    result, draft = read_release(reader, root, out, layout=layout, errata=errata, dataset=name)
    identity = {'dataset': name, 'source': result.source, 'layout': result.layout, 'errata': errata,
                'settings': {**settings.to_json(), **({'landmark_backend': backend} if backend else {})}}
    metainfo = {'dataset': name, 'fps': fps or reader.fps, 'align': settings.align if landmarks else 'none'}
    return fill_folder(PreparedFolder(out), identity, metainfo, draft.data_list,
                       result.records, AlignedClips(settings), settings.size, landmarks, draft, workers, fresh,
                       on_progress, settings.max_fallbacks)


def read_release(reader: ReleaseReader, root: str | Path, out: str | Path = '', *, layout: str = 'auto',
                 errata: bool = True, dataset: str | None = None) -> tuple[ReadResult, PreparationReport]:
    """Read a release, and account for what was found, before any image is opened.

    Args:
        reader (ReleaseReader): The dataset's reader.
        root (str | Path): The release folder.
        out (str | Path): The prepared folder, for the account. Defaults to ''.
        layout (str): Which frames of the release, or ``auto``. Defaults to 'auto'.
        errata (bool): Whether to correct known mistakes of the sheet. Defaults to True.
        dataset (str | None): Another dataset name; then no census is expected. Defaults to None, the reader's own.

    Returns:
        tuple[ReadResult, PreparationReport]: What the reader found, and the account with these samples.

    Raises:
        DatasetError: If the release cannot be read.
    """
    name = dataset or reader.name
    result = reader.read(root, errata=errata, layout=layout, dataset=name)
    expected = result.census or reader.census
    return result, PreparationReport(
        folder=Path(out), dataset=name, data_list=tuple(map(_annotation, result.records)), left_out=result.left_out,
        unlabelled=result.unlabelled, remarks=result.remarks, errata_applied=result.errata_applied,
        expected=expected if name == reader.name else None)


def _annotation(record: MERecord) -> dict[str, object]:
    return {
        'sample_id': record.sample_id, 'dataset': record.dataset, 'subject': record.subject, 'clip': record.clip,
        'emotion': record.emotion, 'onset': record.onset, 'apex': record.apex, 'offset': record.offset,
        'apex_source': record.apex_source, 'frame_ids': list(record.frame_ids),
        'action_units': list(record.action_units), 'objective_class': record.objective_class,
    }
