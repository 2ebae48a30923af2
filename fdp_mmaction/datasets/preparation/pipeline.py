"""From clips to a prepared folder: what the release and the synthetic route share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.faces.clip_landmarks import SKIP, Fallback

from .folder import ANNOTATIONS, FORMAT, PreparedFolder
from .parallel import ClipTask, Render, render_clips
from .report import PreparationReport, check_fallbacks, clip_failures

OnProgress = Callable[[int, int, str], None]


def fill_folder(folder: PreparedFolder, identity: Mapping[str, object], metainfo: Mapping[str, object],
                records: Sequence[dict[str, object]], items: Sequence[object], render: Render, size: int,
                landmarks: bool, draft: PreparationReport, workers: int = 1, fresh: bool = False,
                on_progress: OnProgress | None = None, max_fallbacks: float = 1.0) -> PreparationReport:
    """Render what is not there yet, then write ``annotations.json`` and ``preparation.json``.

    Args:
        folder (PreparedFolder): Where to write.
        identity (Mapping[str, object]): Source and settings; only the same may continue.
        metainfo (Mapping[str, object]): About the whole set, for ``annotations.json``.
        records (Sequence[dict]): One mapping per sample, as in ``annotations.json`` but for the file names.
        items (Sequence[object]): What ``render`` is given for each record.
        render (Render): ``render(item)`` gives a :class:`~.parallel.RenderedClip`, or its frames and landmarks.
        size (int): Side of the aligned square in pixels.
        landmarks (bool): Whether clips have landmarks.
        draft (PreparationReport): What is known before rendering.
        workers (int): Number of processes. Defaults to 1.
        fresh (bool): Whether to start over. Defaults to False.
        on_progress (OnProgress | None): Called with clips done, clips in total and the clip just done.
            Defaults to None.
        max_fallbacks (float): Greatest share of clips, 0 to 1, whose landmarks may be found in another way than the
            first. Defaults to 1.0.

    Returns:
        PreparationReport: The completed account.

    Raises:
        DatasetError: If the folder cannot be used, no clip could be prepared, or too many faces were not found in the
            first way; then the clips and ``preparation.json`` are there, marked incomplete.
    """
    if workers < 1:
        raise DatasetError(f'The number of workers must be at least 1, got {workers}.')
    folder.open(identity, fresh)
    names = [(str(record['subject']), str(record['clip'])) for record in records]
    num_frames = [len(record['frame_ids']) for record in records]   # type: ignore[arg-type]
    pending = [index for index, name in enumerate(names)
               if not folder.is_done(*name, num_frames[index], size, landmarks)]
    finished = len(records) - len(pending)
    if on_progress is not None:
        on_progress(finished, len(records), '')

    def on_done(_: int, name: str, failure: str | None) -> None:
        nonlocal finished
        finished += 1
        if on_progress is not None:
            on_progress(finished, len(records), name)

    tasks = [ClipTask(*names[index], items[index]) for index in pending]
    by_task = render_clips(tasks, render, folder, workers, on_done)
    failures = {pending[task]: failure for task, failure in by_task.items()}
    if len(failures) == len(records):
        reason = f' ({failures[0]})' if failures else ''
        raise DatasetError(f'No clip could be prepared for {folder.path}{reason}'
                           + ('' if reason else ': ' + _first_reason(draft)))
    data_list = tuple({
        **record, 'num_frames': num_frames[index], 'frames': folder.frames_file(*names[index]),
        'landmarks': folder.landmarks_file(*names[index]) if landmarks else None,
    } for index, record in enumerate(records) if index not in failures)
    fallbacks = {index: kept for index, name in enumerate(names) if (kept := folder.read_fallbacks(*name))}
    skipped = {index for index in failures if _is_skip(fallbacks.get(index, ()))}
    by_sample = [(str(records[index]['sample_id']), kept) for index, kept in fallbacks.items()
                 if index in skipped or index not in failures]
    remarks = [(sample, fallback.text) for sample, kept in by_sample for fallback in kept if not _is_skip(kept)]
    report = replace(draft, data_list=data_list, already_done=len(records) - len(pending),
                     left_out=draft.left_out + clip_failures(['/'.join(name) for name in names], failures, skipped),
                     remarks=(*draft.remarks, *remarks), fallbacks=tuple(by_sample))
    account = report.to_json({'format': FORMAT, **identity})
    try:
        check_fallbacks(report, max_fallbacks)
    except DatasetError:
        (folder.path / ANNOTATIONS).unlink(missing_ok=True)
        folder.write_report({**account, 'complete': False})
        raise
    folder.write_annotations({**metainfo, 'image_size': size, 'frames': 'gray', 'format': FORMAT}, data_list)
    folder.write_report(account)
    return report


def _is_skip(fallbacks: Sequence[Fallback]) -> bool:
    return any(fallback.kind == SKIP for fallback in fallbacks)


def _first_reason(draft: PreparationReport) -> str:
    return f'{draft.left_out[0].item}: {draft.left_out[0].reason}.' if draft.left_out else 'there are no clips.'
