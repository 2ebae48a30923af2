"""A folder in which the commands of the documentation find, in miniature, what they name."""

from __future__ import annotations

import importlib
import re
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import cv2
import mini_casme
import mini_casme3
import mini_casme_squared
import mini_mmew
import mini_smic
import numpy as np
import pytest
from fake_loso import noisy_run
from load_file import load_file
from markdown_pages import PAGES, REPO, Command, blocks
from mini_casme import write_mini_casme
from mini_casme2 import write_frames, write_landmarks
from mini_casme3 import write_mini_part_c
from mini_casme_squared import write_mini_casme_squared
from mini_mmew import write_mini_mmew
from mini_parts import LISTED, SAMM, SMIC, write_part
from synthetic_layouts import Shot, render_shots, write_release
from toy_loso import forget_runs

from fdp_mmaction.datasets.preparation import prepare_synthetic
from fdp_mmaction.datasets.synthetic import SyntheticConfig
from fdp_mmaction.functional.optical_flow import FLOW_METHODS, dis_flow

CASME2_MES = tuple((subject, f'EP0{clip}_02', emotion) for subject in ('sub01', 'sub05', 'sub17')
                   for clip, emotion in enumerate(('happiness', 'disgust', 'repression', 'surprise', 'others'), 1))
OWN_MES = (('p01', 'a', 'tense'), ('p01', 'b', 'neutral'), ('p02', 'first', 'tense'), ('p02', 'second', 'neutral'))
"""Those of the table in docs/datasets/custom.md."""
QUICK = ['train_cfg.max_epochs=1', 'param_scheduler=[]', 'train_dataloader.batch_size=8',
         'train_dataloader.num_workers=0', 'val_dataloader.num_workers=0', 'test_dataloader.num_workers=0']
"""Settings that end every training after seconds."""
NARROW = ['model.backbone.stem_channels=[4,4,4,4]', 'model.backbone.stage_channels=[4,4,8,8]',
          'model.backbone.num_local=[1,1,1,1]', 'model.backbone.global_channels=[16,16,16,16]',
          'model.backbone.head_channels=4', 'model.aux_heads.dynamic_image.channels=[4,4,4,4,4]']
"""More of them for FDP in full size."""
FULL_FDP = ('configs/fdp_casme2.py', 'configs/fdp_casme2_3cls.py', 'configs/fdp_samm.py', 'configs/fdp_megc2019.py',
            'configs/fdp_custom.py')

EXAMPLE = re.compile(r'# ([\w/]+\.py)(?:, .*)?\n')
"""First line of a block that is the content of a file."""


class Parsed(BaseException):
    """Ends a tool that has read its command line."""


def load_tool(name: str) -> ModuleType:
    """A tool by its path (``tools/train.py``) or as a module (``fdp_mmaction.doctor``)."""
    return load_file(name) if name.endswith('.py') else importlib.import_module(name)


def python_tool(words: Sequence[str]) -> tuple[str, list[str]] | None:
    """Tool and arguments of ``python tools/X.py ...`` and ``python -m fdp_mmaction.X ...``; of launchers their tool."""
    if words[0] == 'bash':
        script = Path(words[1]).name
        assert (REPO / words[1]).is_file(), f'{words[1]} does not exist'
        rest = list(words[2:])
        if script == 'dist_train.sh':      # CONFIG GPUS [options]
            return 'tools/train.py', [rest[0], *rest[2:]]
        if script == 'dist_test.sh':       # CONFIG CHECKPOINT GPUS [options]
            return 'tools/test.py', [*rest[:2], *rest[3:]]
        if script == 'slurm_train.sh':     # PARTITION JOB CONFIG [options]
            return 'tools/train.py', rest[2:]
        raise AssertionError(f'{words[1]}: say in tests/docs_sandbox.py which tool it starts')
    if words[0] not in ('python', 'python3', '.venv/bin/python'):
        return None
    if words[1] == '-m':
        return (words[2], list(words[3:])) if words[2].startswith('fdp_mmaction') else None
    if not words[1].endswith('.py'):
        return None
    host = Path(find_spec('mmaction').submodule_search_locations[0])
    return re.sub(r'^.*site-packages/mmaction/', f'{host}/', words[1]), list(words[2:])


@contextmanager
def program(name: str, arguments: Sequence[str], environment: Sequence[tuple[str, str]], folder: Path,
            ) -> Iterator[pytest.MonkeyPatch]:
    """Command line, variables and working directory of a tool; all is as it was afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, 'argv', [name, *arguments])
        patch.setattr(sys, 'path', list(sys.path))
        for key in ('ME_TEST_SUBJECT', 'LOCAL_RANK', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'CUBLAS_WORKSPACE_CONFIG'):
            patch.setenv(key, '1')
            if key.startswith(('ME_', 'LOCAL', 'CUBLAS')):
                patch.delenv(key)
        for key, value in environment:
            if key == 'PYTHONPATH':
                patch.syspath_prepend(str(folder / value))
            else:
                patch.setenv(key, value)
        yield patch


def parse(command: Command, folder: Path) -> Namespace | None:
    """What the tool's own parser makes of a command; None of a call for help.

    Raises:
        AssertionError: If the tool or one of the options does not exist, or a value is wrong.
    """
    tool, arguments = python_tool(command.words)
    original = ArgumentParser.parse_args

    def parse_and_stop(self: ArgumentParser, args: Sequence[str] | None = None, namespace: Namespace | None = None):
        raise Parsed(original(self, args, namespace))

    with program(tool, arguments, command.environment, folder) as patch:
        patch.setattr(ArgumentParser, 'parse_args', parse_and_stop)
        try:
            load_tool(tool).main()
        except Parsed as parsed:
            return parsed.args[0]
        except SystemExit as stop:
            assert stop.code in (0, None), f'{command.place}: {command}: its parser refuses it (see stderr)'
            return None
    raise AssertionError(f'{tool} has no parser')


class Sandbox:
    """The folder.

    Args:
        root: An empty one.
    """

    def __init__(self, root: Path) -> None:
        self.root, self.written, self.trained = root, 0, set()
        shutil.copytree(REPO / 'configs', root / 'configs', ignore=shutil.ignore_patterns('__pycache__'))
        (root / 'tools').symlink_to(REPO / 'tools')
        write_examples(root)
        write_releases(root)
        prepare_synthetic(SyntheticConfig(2, 5, fps=50), root / 'data/synthetic')
        for name in ('casme2', 'casme2_released'):
            write_part(root / 'data' / name, 'casme2', CASME2_MES, size=144, frames=9)
        write_part(root / 'data/samm', 'samm', SAMM, size=144, frames=9)
        write_part(root / 'data/smic', 'smic', SMIC, size=144, frames=9)
        write_part(root / 'data/custom', 'custom', OWN_MES, size=144, frames=9)
        (root / 'data/quickstart').mkdir()
        (root / 'data/quickstart/release').symlink_to(root / 'CASME2')
        (root / 'data/quickstart/prepared').symlink_to(root / 'data/synthetic')
        for number, name in enumerate(('fdp_casme2', 'mol_casme2', 'A', 'B')):
            noisy_run(root / 'work_dirs/loso' / name, noise=number, selections=('last', 'inner-val', 'best-on-test'))

    def arguments(self, tool: str, words: Sequence[str]) -> list[str]:
        """The same command in miniature: paths that are here, a few clips, one epoch, a folder of its own."""
        words = [re.sub(r'^/path/to/(?=CASME2|landmarks)', '', word).replace('landmarks', 'LANDMARKS')
                 if word.startswith('/path/to/') else word for word in words]
        if '--out' in words and (self.root / words[words.index('--out') + 1]).exists():
            self.written += 1
            words[words.index('--out') + 1] = f'out/{self.written}'
        words = [found for word in words for found in
                 (sorted(str(path.relative_to(self.root)) for path in self.root.glob(word)) if '*' in word else [word])]
        name = Path(tool).stem
        if name == 'prepare_data':
            more = {'census': ['--allow-missing'], 'composite': ['--allow-missing'],
                    'synthetic': ['--subjects', '1', '--clips', '5', '--workers', '1']}
            words += more.get(words[0], ['--allow-missing', '--workers', '1'])
        elif name == 'generate_synthetic':
            words += ['--subjects', '1', '--clips', '1', '--width', '160', '--fps', '25', '--workers', '1']
        elif name in ('train', 'test', 'loso') and words[0] not in ('report', 'compare'):
            quick = [option for option in QUICK if '--no-validate' not in words or 'val_dataloader' not in option]
            words = with_options(words, [*quick, *(NARROW if words[0] in FULL_FDP else [])])
        return words

    def run(self, command: Command) -> None:
        """Run a command in miniature.

        Raises:
            AssertionError: If it does not end with exit status 0.
        """
        tool, words = python_tool(command.words)
        words = self.arguments(tool, words)
        if tool == 'tools/train.py' and '--resume' not in words:      # refused where another command has trained
            shutil.rmtree(self.root / work_folder(words), ignore_errors=True)
        self.provide(words, Path(command.place.rsplit(':', 1)[0]))
        if (tool == 'tools/test.py' and words[1] == 'last'      # its own training may not have been run
                and not (self.root / work_folder(words) / 'last_checkpoint').exists()):
            train = ('python', 'tools/train.py', words[0], '--test-subject', option(words, '--test-subject'))
            self.run(Command(command.place, train, command.environment))
        with program(tool, words, command.environment, self.root) as patch:
            patch.setitem(FLOW_METHODS, 'tvl1', dis_flow)      # TV-L1 takes long
            forget_runs()
            try:
                code = load_tool(tool).main()
            except SystemExit as stop:
                code = stop.code
        assert code in (0, None), f'{command.place}: {command}: exit status {code} (see stdout and stderr)'

    def provide(self, names: Sequence[str], page: Path | None = None) -> None:
        """Make what is named and not there: checkpoints, and files that a Python block of the page writes."""
        for name in names:
            if (self.root / name).exists():
                continue
            if name.endswith('.pth'):
                self._put_checkpoint(self.root / name)
            elif page is not None and re.fullmatch(r'[\w/]+\.\w+', name):
                for block in blocks(REPO / page):
                    if block.language == 'python' and f"'{name}'" in block.text:
                        with program('', [], [('PYTHONPATH', '.')], self.root):
                            exec(compile(block.text, block.place, 'exec'), {'__name__': block.place})
                        break

    def _put_checkpoint(self, path: Path) -> None:
        """The last checkpoint of the folder under another name; where nobody trained, a small FDP with its config."""
        path.parent.mkdir(parents=True, exist_ok=True)
        folder, last = self.root / 'work_dirs/trained', path.parent / 'last_checkpoint'
        if last.exists():
            shutil.copy(last.read_text().strip(), path)
            return
        if not folder.exists():
            self.run(Command('', ('python', 'tools/train.py', 'configs/fdp_synthetic.py', '--work-dir',
                                  'work_dirs/trained', '--no-validate', '--test-subject', 'sub01')))
        shutil.copy(folder / 'epoch_1.pth', path)
        shutil.copy(folder / 'fdp_synthetic.py', path.parent)


def option(words: Sequence[str], name: str) -> str:
    """Value of an option; empty if it is not given."""
    return words[words.index(name) + 1] if name in words else ''


def work_folder(words: Sequence[str]) -> Path:
    """Where a training or a test of these arguments writes."""
    return Path(option(words, '--work-dir') or Path('work_dirs', Path(words[0]).stem, option(words, '--test-subject')))


def with_options(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """Arguments with further ``--cfg-options``, which win over those that are there."""
    words = list(words)
    if '--cfg-options' not in words:
        return [*words, '--cfg-options', *options]
    start = words.index('--cfg-options') + 1
    end = next((index for index in range(start, len(words)) if words[index].startswith('--')), len(words))
    return [*words[:end], *options, *words[end:]]


def write_examples(root: Path) -> None:
    """Blocks of the pages whose first line is the name of a file that they are the content of."""
    for page in PAGES:
        for block in blocks(page):
            name = EXAMPLE.match(block.text)
            if name and not (root / name[1]).exists():
                (root / name[1]).write_text(block.text.replace('/path/to/fdp_mmaction', str(REPO)))


def write_releases(root: Path) -> None:
    """Downloads of the datasets, landmarks, data of one's own, a folder of images and a video."""
    rng, landmarks = np.random.default_rng(0), root / 'LANDMARKS'
    shots = render_shots()
    for name, folder in (('casme2', 'CASME2'), ('samm', 'SAMM'), ('smic', 'SMIC'), ('casme3', 'CASME3')):
        write_release(name, shots, root / folder)
        shutil.copytree(root / folder / 'landmarks', landmarks, dirs_exist_ok=True)
    copy_frames(root / 'CASME2/CASME2_RAW_selected', root / 'CASME2/Cropped', 'reg_')
    copy_frames(root / 'SMIC/SMIC_all_raw', root / 'SMIC/SMIC_all_cropped', 'reg_')
    copy_frames(root / 'SAMM/SAMM', root / 'SAMM/SAMM_CROP', '')
    for layout in ('raw_selected', 'cropped'):
        write_mini_casme(root / 'CASME', layout)
    write_mini_mmew(root / 'MMEW')
    write_mini_casme_squared(root / 'CASME_squared')
    write_mini_casme_squared(root / 'cropped', 'cropped')
    (root / 'cropped/cropped').rename(root / 'CASME_squared/cropped')
    write_mini_part_c(root / 'CASME3')
    write_long_smic(shots, root / 'SMIC/SMIC-E_raw image/HS_long')
    (root / 'video442Names.txt').write_text('\n'.join(LISTED))
    own = [*mini_casme.GOOD, *mini_mmew.GOOD, *mini_casme_squared.GOOD, *mini_casme_squared.GOOD_MACRO,
           *(f'{subject}/{number}' for subject in mini_casme3.PART_C_FRAMES for number in range(1, 4)),
           *(f'{subject}/{clip}' for subject, clip, _ in OWN_MES)]
    for name in own:
        write_landmarks(landmarks, *name.split('/'), range(1100), rng)
    table = next(block.text for block in blocks(REPO / 'docs/datasets/custom.md') if block.language == 'csv')
    (root / 'own').mkdir()
    (root / 'own/clips.csv').write_text(table)
    write_frames(root / 'own/clips/a', range(12, 62), 'img', rng)
    write_frames(root / 'own/clips/b', range(8), 'img', rng)
    write_film(shots[0], root / 'own/videos/v.mp4', 871)
    write_frames(root / 'clips/EP02_01f', range(20), 'img', rng)
    for name in ('face.mp4', 'long.mp4', 'clips/a.mp4'):
        write_film(shots[0], root / name, 200)


def copy_frames(source: Path, target: Path, prefix: str) -> None:
    """The same frames as another layout of a release."""
    for path in list(source.rglob('*.*')):
        copied = target / path.relative_to(source).with_name(prefix + path.name)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copied)


def write_long_smic(shots: Sequence[Shot], folder: Path) -> None:
    """The same clips as in the short version, without further frames."""
    rows = []
    for shot in shots:
        name = f's{shot.subject}_ne_{shot.clip:02d}'
        path = folder / 'SMIC-HS-E' / f's{shot.subject:02d}' / name
        path.mkdir(parents=True)
        for number, jpeg in zip(shot.frame_ids, shot.jpegs):
            (path / f'image{number:06d}.jpg').write_bytes(jpeg)
        rows.append(mini_smic.hs_row(shot.subject, name, (shot.frame_ids[0], shot.frame_ids[-1]), 'negative'))
    mini_smic.write_sheet(folder / 'SMIC-HS-E_annotation.xlsx', rows, mini_smic.HEADERS['HS'])


def write_film(shot: Shot, path: Path, frames: int) -> None:
    """A clip that is played again and again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) for jpeg in shot.jpegs]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 25, images[0].shape[1::-1])
    for number in range(frames):
        writer.write(images[number % len(images)])
    writer.release()
