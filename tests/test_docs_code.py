"""Commands and Python of README.md and docs/ work: they are run in miniature, or at least parsed, or compiled."""

from __future__ import annotations

import importlib
import re
from argparse import Namespace
from pathlib import Path

import pytest
from docs_python import check_config, config_texts, is_config, run_block
from docs_sandbox import EXAMPLE, Sandbox, parse, program, python_tool
from load_file import load_file
from markdown_pages import PAGES, REPO, Block, Command, blocks, commands, inline_commands, read_command
from mmengine.config import Config
from mmengine.registry import init_default_scope

import fdp_mmaction  # noqa: F401
from fdp_mmaction.registry import MODELS

pytestmark = pytest.mark.slow
ONLY_PARSED = {
    r'tools/loso\.py configs/(?!.*loso/trial)': 'trains many networks; the shortest of these commands is run',
    r'tools/loso\.py my_config\.py': 'as above; its training is run',
    r'tools/ablate\.py': 'trains many networks; tests/tools/test_ablate.py runs it',
    r'tools/study_synthetic\.py': 'renders whole datasets; tests/tools/test_study_synthetic.py runs it',
    r'tools/benchmark\.py (train|inference|stream|data)': 'times for minutes; tests/tools/test_benchmark.py runs it',
    r'tools/convert_checkpoint\.py': "needs the authors' files; tests/tools/test_convert_checkpoint.py has stand-ins",
    r'(train|test)\.py configs/(fdp|mol)_released': 'large networks; tests/test_released_end_to_end.py runs them',
    r'mmaction/\.mim/tools': "MMAction2's own tool; tests/test_end_to_end.py runs it",
    r'(dist_train|dist_test|slurm_train)\.sh': 'several processes or machines; tests/tools/test_launch.py runs it',
    r'tools/export\.py': 'translates for half a minute; tests/test_export.py runs it',
    r'demo/onnx_runtime\.py': 'needs an extra; tests/test_export.py runs it',
    r'demo/app\.py': 'serves a page until it is stopped',
    r'--landmark-source (mediapipe|dlib|openface)': 'needs what the tests do not install; tests/faces/ has stand-ins',
}
"""Commands that are not run, and why. All others of our tools are."""
ONLY_COMPILED = {
    'docs/speed.md': "goes on with the reader's model and video; tests/inference/test_windows.py runs it",
    'docs/preparation.md': 'steps out of a pipeline; tests/test_configs.py builds those of the configs',
}
"""Pages whose Python is not run, and why."""
PLACEHOLDER = re.compile(r'\.\.\.|[<>…*]|\b(CONFIG|CHECKPOINT|DIR|FILE|OUT|A|B|X|PARTITION|JOB)\b')


def unique(found: list[Command]) -> list[Command]:
    """Each command once, at its first place."""
    return list({str(command): command for command in reversed(found)}.values())[::-1]


COMMANDS = unique([command for page in PAGES for command in commands(page)])
OURS = [command for command in COMMANDS if command.words[0] in ('python', 'bash') and python_tool(command.words)]
OTHERS = [command for command in COMMANDS if command not in OURS]
INLINE = unique([command for page in PAGES for command in inline_commands(page)
                 if not PLACEHOLDER.search(str(command)) and command.words[0] != 'make' and python_tool(command.words)])


PYTHON = [block for page in PAGES for block in blocks(page) if block.language == 'python']
BUILT: set[tuple[str, str]] = set()


def name(command: Command) -> str:
    return f'{command.place} {str(command)[:70]}'


def reason(command: Command) -> str | None:
    """Why a command is only parsed."""
    return next((why for pattern, why in ONLY_PARSED.items() if re.search(pattern, str(command))), None)


@pytest.fixture(scope='module')
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return Sandbox(tmp_path_factory.mktemp('docs'))


def check_configs(parsed: Namespace | None, command: Command, folder: Path) -> None:
    """The configs that a command names exist, and give a model with its ``--cfg-options``."""
    one, several = getattr(parsed, 'config', None), getattr(parsed, 'configs', None)
    for config in several or ([one] if one else []):
        path = folder / config
        assert path.exists(), f'{command.place}: {config} does not exist'
        with program('', [], command.environment, folder):
            build(str(min(path.glob('*.py')) if path.is_dir() else path), getattr(parsed, 'cfg_options', None) or {})


def build(path: str, settings: dict) -> None:
    """Build a model, once; the datasets of all configs are built by tests/test_configs.py."""
    if (path, str(settings)) not in BUILT:
        cfg = Config.fromfile(path)
        cfg.merge_from_dict(settings)
        init_default_scope('mmaction')
        MODELS.build(cfg.model)
        BUILT.add((path, str(settings)))


@pytest.mark.parametrize('command', [c for c in OURS if reason(c) is None], ids=name)
def test_runs(command: Command, sandbox: Sandbox) -> None:
    parse(command, sandbox.root)      # as written, before it is made small
    sandbox.run(command)


@pytest.mark.parametrize('command', [c for c in [*OURS, *INLINE] if reason(c) or c in INLINE], ids=name)
def test_parses(command: Command, sandbox: Sandbox) -> None:
    check_configs(parse(command, sandbox.root), command, sandbox.root)


def test_the_table_is_not_longer_than_needed() -> None:
    unused = [pattern for pattern in ONLY_PARSED if not any(re.search(pattern, str(command)) for command in OURS)]
    named = {word for why in ONLY_PARSED.values() for word in re.findall(r'tests/[\w/.]+', why)}
    assert not unused and not [path for path in named if not (REPO / path).exists()]


@pytest.mark.parametrize('command', OTHERS, ids=name)
def test_other_programs(command: Command, sandbox: Sandbox) -> None:
    """Programs that are not ours: only what they are told of this project is checked."""
    program_, *rest = command.words
    if program_ == 'make':
        targets = re.findall(r'^(\w+):', (REPO / 'Makefile').read_text(), re.MULTILINE)
        assert {word for word in rest if '=' not in word} <= set(targets)
    elif program_ == 'pip':
        extras = {extra for word in rest for extra in re.findall(r'\[([\w,]+)\]', word)
                  if word.startswith(('.', 'fdp'))}
        assert rest[0] == 'install' and extras <= known_extras()
    elif program_ == 'python' and rest[0] == '-c':
        with program('', [], command.environment, sandbox.root):
            exec(compile(rest[1], command.place, 'exec'), {})
    else:
        known = (('python', '-m', 'venv'), ('source', '.venv/bin/activate'))
        assert any(command.words[:len(words)] == words for words in known), f'{command.place}: what is {command}?'


def known_extras() -> set[str]:
    """Extras that setup.py defines."""
    module = load_file('setup.py')
    tables = [value for name, value in vars(module).items() if name.endswith('EXTRAS')]
    return {'all', 'docs', 'tests', *(extra for table in tables for extra in table)}


def test_a_command_that_does_not_exist_is_found(sandbox: Sandbox) -> None:
    """The test of the test."""
    for line in ('python tools/train.py configs/fdp_synthetic.py --no-such-option', 'python tools/no_such_tool.py',
                 'python tools/visualize.py no-such-command', 'bash tools/no_such_tool.sh'):
        [command] = read_command(line, 'here')
        with pytest.raises(AssertionError):
            parse(command, sandbox.root)
    [command] = read_command('python tools/train.py configs/no_such_config.py', 'here')
    with pytest.raises(AssertionError, match='no_such_config.py does not exist'):
        check_configs(parse(command, sandbox.root), command, sandbox.root)


def id_of(block: Block) -> str:
    return block.place


@pytest.mark.parametrize('block', PYTHON, ids=id_of)
def test_python(block: Block, sandbox: Sandbox) -> None:
    if str(block.page.relative_to(REPO)) in ONLY_COMPILED:
        compile(block.text, block.place, 'exec')
    elif is_config(block):
        name = EXAMPLE.match(block.text)
        if name and (REPO / name[1]).is_file():
            assert block.text[name.end():] in (REPO / name[1]).read_text(), f'{block.place}: {name[1]} reads otherwise'
        for number, text in enumerate(config_texts(block)):
            path = sandbox.root / (name[1] if name else f'block{number}.py')
            path.write_text(text)
            check_config(path, sandbox.root)
    elif EXAMPLE.match(block.text):      # a module: another block or a config imports it
        with program('', [], [('PYTHONPATH', '.')], sandbox.root):
            importlib.import_module(Path(EXAMPLE.match(block.text)[1]).stem)
    else:
        sandbox.provide(re.findall(r"'([\w/]+\.pth)'", block.text))
        run_block(block, sandbox.root)
