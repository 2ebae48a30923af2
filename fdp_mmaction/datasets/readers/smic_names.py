"""Names in the SMIC releases: subjects, clips, emotions.

The short clips number subjects without a leading zero (``s1``), the long clips with one (``s01``), and clips carry the
short form in both (``s1_ne_01``). One form is used here, ``s01`` and ``s01_ne_01``: so a micro-expression has the same
name in every version, and ``<subject>_<clip>`` is its name in the list of MEGC2019 (``s01_s01_ne_01``).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .sheets import text_of

EMOTIONS = ('negative', 'positive', 'surprise')
_WORDS = {'ne': 'negative', 'neg': 'negative', 'po': 'positive', 'pos': 'positive', 'sur': 'surprise',
          'surprised': 'surprise', **{emotion: emotion for emotion in EMOTIONS}}


class ClipName(NamedTuple):
    """The parts of a clip's name.

    Attributes:
        subject (str): For example ``s01``.
        word (str): Which emotion, as in the name: ``ne``, ``po``, ``sur``.
        number (int): Running number within subject and emotion.
    """

    subject: str
    word: str
    number: int

    def __str__(self) -> str:
        return f'{self.subject}_{self.word}_{self.number:02d}'

    @property
    def emotion(self) -> str | None:
        """The emotion that the name says; None if it says none."""
        return emotion_of_word(self.word)


def parse_clip(name: object) -> ClipName | None:
    """Take a clip's name apart.

    Args:
        name (object): For example ``s1_ne_01``.

    Returns:
        ClipName | None: Its parts; None if it is not of this form.
    """
    match = re.fullmatch(r's(\d{1,3})[_ -]([a-z]+)[_ -]?(\d{1,3})', text_of(name).lower(), re.ASCII)
    return ClipName(f's{int(match[1]):02d}', match[2], int(match[3])) if match else None


def clip_name(name: object) -> str:
    """A clip's name in the form used here; any other text as it is.

    Args:
        name (object): For example ``s1_ne_01``.

    Returns:
        str: For example ``s01_ne_01``.
    """
    parsed = parse_clip(name)
    return text_of(name) if parsed is None else str(parsed)


def subject_name(name: object) -> str | None:
    """A subject in the form used here.

    Args:
        name (object): ``s1``, ``s01``, ``1``.

    Returns:
        str | None: ``s01``; None if it is no subject.
    """
    match = re.fullmatch(r'(?:s[ _-]?)?(\d{1,3})', text_of(name).lower(), re.ASCII)
    return f's{int(match[1]):02d}' if match else None


def is_subject_folder(name: str) -> bool:
    """Whether a folder is called like a subject: ``s1``, ``S01``."""
    return name[:1] in 'sS' and subject_name(name) is not None


def emotion_of_word(word: object) -> str | None:
    """The emotion that a word or a folder stands for.

    Args:
        word (object): ``negative``, ``Positive``, ``sur``.

    Returns:
        str | None: One of :data:`EMOTIONS`, or None.
    """
    return _WORDS.get(text_of(word).lower())


def label_of(given: object, clip: ClipName | None) -> tuple[str, str]:
    """The emotion of a clip, and what is to be remarked of it.

    Args:
        given (object): What the sheet or the folders say; empty if nothing.
        clip (ClipName | None): What the clip's name says.

    Returns:
        tuple[str, str]: The emotion, lower case: the given one, or that of the name if none is given; and a remark.
    """
    emotion = emotion_of_word(given) or text_of(given).lower()
    named = clip.emotion if clip else None
    if named is None or emotion == named:
        return emotion, ''
    if not emotion:
        return named, 'the emotion is taken from the name of the clip'
    return emotion, f'the emotion given is {emotion}, the name of the clip says {named}'
