"""The errors a user of the package may meet."""

from __future__ import annotations


class DatasetError(ValueError):
    """Input data is missing, damaged, or not what it was declared to be.

    The message is one sentence that names the file, row or clip and the remedy.
    """


class FaceError(ValueError):
    """Landmarks are missing or unusable, so a face cannot be aligned.

    The message is one sentence that names the image or clip and the remedy.
    """
