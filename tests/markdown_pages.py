"""What the project's Markdown holds: pages, fenced blocks, commands, headings, links."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
DOCS = REPO / 'docs'
PAGES = [REPO / 'README.md', *sorted(DOCS.rglob('*.md'))]
SHELLS = ('bash', 'sh', 'shell', 'console')
_FENCE = re.compile(r'^( *)(```+)[ ]*(\w*)[^\n]*\n(.*?)^\1\2[ ]*$', re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r'<!--.*?-->', re.DOTALL)
_LINK = re.compile(r'(!?)\[[^\[\]]*(?:\[[^\]]*\][^\[\]]*)*\]\(([^()\s]*(?:\([^()]*\)[^()\s]*)*)\)')
_ASSIGNMENT = re.compile(r'[A-Za-z_]\w*=')


@dataclass(frozen=True)
class Block:
    """A fenced block; ``line`` is the one of its fence."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        return f'{self.page.relative_to(REPO)}:{self.line}'


@dataclass(frozen=True)
class Command:
    """One command of a shell block: variables in front, then words."""

    place: str
    words: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = field(default=())

    def __str__(self) -> str:
        return ' '.join([*(f'{key}={value}' for key, value in self.environment), *self.words])


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page."""
    text = page.read_text(encoding='utf-8')
    return [Block(page, text.count('\n', 0, match.start()) + 1, match[3],
                  re.sub(rf'^{match[1]}', '', match[4], flags=re.MULTILINE)) for match in _FENCE.finditer(text)]


def without_code(page: Path) -> str:
    """Text of a page; fenced blocks and comments are blank lines, so that line numbers stay."""
    def blank(match: re.Match) -> str:
        return '\n' * match[0].count('\n')
    return _COMMENT.sub(blank, _FENCE.sub(blank, page.read_text(encoding='utf-8')))


def read_command(line: str, place: str) -> list[Command]:
    """Commands of one line, whose continuation lines are joined already; comments and redirections are left out."""
    commands = []
    for part in re.split(r' && | ; ', line):
        words = shlex.split(re.split(r' [12]?>', part)[0], comments=True)
        variables = []
        while words and _ASSIGNMENT.match(words[0]):
            variables.append(tuple(words.pop(0).split('=', 1)))
        if words:
            commands.append(Command(place, tuple(words), tuple(variables)))
    return commands


def commands(page: Path) -> list[Command]:
    """Commands of all shell blocks of a page."""
    found = []
    for block in blocks(page):
        if block.language in SHELLS:
            for number, line in enumerate(_joined(block.text), start=block.line + 1):
                place = f'{page.relative_to(REPO)}:{number}'
                found += read_command(line.removeprefix('$ '), place) if line.strip() else []
    return found


def _joined(text: str) -> list[str]:
    """Lines with their continuations; these leave empty ones, so that line numbers stay."""
    lines, whole = [], ''
    for line in text.splitlines():
        whole += line.removesuffix('\\')
        if line.endswith('\\'):
            lines.append('')
        else:
            lines.append(whole)
            whole = ''
    return lines


def inline_commands(page: Path) -> list[Command]:
    """Commands in the running text, between backticks."""
    text = without_code(page)
    return [command for match in re.finditer(r'`((?:[A-Z_]+=\S+ )*(?:python|bash|make) [^`]+)`', text)
            for command in read_command(re.sub(r'\s+', ' ', match[1]),
                                        f'{page.relative_to(REPO)}:{text.count(chr(10), 0, match.start()) + 1}')]


def anchors(page: Path) -> set[str]:
    """Names of a page's headings, as GitHub makes them."""
    found: dict[str, int] = {}
    for match in re.finditer(r'^#{1,6} +(.+?) *#*$', without_code(page), re.MULTILINE):
        title = re.sub(r'!?\[([^\]]*)\]\([^)]*\)', r'\1', match[1])
        name = re.sub(r'[^\w\- ]', '', title.replace('`', '').lower()).replace(' ', '-')
        found[name] = found.get(name, -1) + 1
        if found[name]:
            found[f'{name}-{found[name]}'] = 0
    return set(found)


def links(page: Path) -> list[tuple[int, str, bool]]:
    """Line, target and whether it is an image, of every link of a page."""
    text = re.sub(r'`[^`\n]*`', '', without_code(page))
    return [(text.count('\n', 0, match.start()) + 1, match[2], bool(match[1]))
            for match in _LINK.finditer(text)]
