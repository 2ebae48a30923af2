"""Onset and offset from the frames of a clip, where the sheet's are missing or cannot be."""

from __future__ import annotations

from .assembly import Row
from .frame_folders import FrameFolders


def bounds_from_folder(row: Row, folders: FrameFolders) -> Row:
    """The row with the first and last frame of its folder as onset and offset, if its own cannot be.

    For releases whose folders hold the movement alone. Onset and offset cannot be if one is missing or not a whole
    number, if they are in the wrong order, if no frame of the folder lies between them, or if the apex is a frame of
    the folder after the offset.

    Args:
        row (Row): As for :func:`~.assembly.assemble`.
        folders (FrameFolders): Where the frames are.

    Returns:
        Row: The row itself, or a copy with other bounds and a remark.
    """
    key = folders.find(str(row['subject']), str(row.get('folder', row['clip'])))
    numbers = [number for number, _ in folders.frames(key)[0]] if key else []
    onset, apex, offset = row['onset'], row.get('apex'), row['offset']
    if not numbers or (
            isinstance(onset, int) and isinstance(offset, int) and any(onset <= n <= offset for n in numbers)
            and not (isinstance(apex, int) and offset < apex <= numbers[-1])):
        return row
    said = f'onset {onset!r} and offset {offset!r} cannot be: the first and the last frame of the clip are used'
    return {**row, 'onset': numbers[0], 'offset': numbers[-1],
            'remark': f'{row["remark"]}; {said}' if row.get('remark') else said}
