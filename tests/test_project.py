"""The project around the code: what every file, lock and page of it keeps to."""

import ast
import re
import subprocess
import tomllib
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.version import Version
from typer.main import get_command

ROOT = Path(__file__).parent.parent
PACKAGES = ("schemas", "connectors", "streams", "sinks")
LOCKS = sorted((ROOT / "locks").glob("*.lock"))
# Spelt in parts, so that this file does not name what it looks for.
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "maven" + ".org/maven2", "npm" + "js.org", "crates" + ".io"]
SECRETS = [
    "-----BEGIN [A-Z ]*PRIVATE " + "KEY-----",
    r"\bAKIA[0-9A-Z]{16}\b",
    r"\bgh[pousr]_[0-9A-Za-z]{36}\b",
    r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
    r"://[\w.-]+:[^/\s:@${}]+@(?!127\.0\.0\.1|localhost)",
]


def _listed(*patterns: str) -> list[Path]:
    """Files that git knows or would take, as they are now."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns]
    names = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _inside(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_names_a_package_registry() -> None:
    """Whoever installs Vigie chooses where packages come from: no file of ours does."""
    naming = [(_inside(path), host) for path in _listed() for host in REGISTRIES if host in _text(path)]
    assert naming == []


def test_no_file_holds_a_secret() -> None:
    """No key, token or password in a URL is in any file."""
    found = [(_inside(path), what) for path in _listed() for what in SECRETS if re.search(what, _text(path))]
    assert found == []


def _pins(lock: Path) -> dict[str, tuple[str, int]]:
    """Version and number of hashes of each requirement of a lock."""
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", _text(lock)))
    pins = {}
    for entry in filter(None, (entry.strip() for entry in entries)):
        requirement = Requirement(re.split(r"\s*\\?\s*--hash", entry)[0].rstrip(" \\\n"))
        pins[requirement.name] = (str(requirement.specifier), len(re.findall(r"--hash=sha256:[0-9a-f]{64}", entry)))
    return pins


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_requirement_of_a_lock_has_one_version_and_hashes(lock: Path) -> None:
    """Nothing that a lock installs can be anything but what was looked at."""
    pins = _pins(lock)
    assert pins
    loose = {name for name, (version, hashes) in pins.items() if not (version.startswith("==") and hashes)}
    assert loose == set()


def test_the_locks_agree_with_each_other() -> None:
    """Installing the test tools changes nothing of what Vigie runs on."""
    run, test = (_pins(ROOT / "locks" / f"{name}.lock") for name in ("run", "test"))
    assert {name: (run[name][0], test[name][0]) for name in run.keys() & test.keys() if run[name] != test[name]} == {}


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    """Each dependency stands in its lock at a version that pyproject allows: `make lock` was not forgotten."""
    pyproject = tomllib.loads(_text(ROOT / "pyproject.toml"))
    groups = pyproject["dependency-groups"]
    asked = {
        "run": [*pyproject["project"]["dependencies"], *groups["build"], *pyproject["build-system"]["requires"]],
        "test": [*groups["test"], *groups["check"]],
    }
    for lock, requirements in asked.items():
        pins = _pins(ROOT / "locks" / f"{lock}.lock")
        for requirement in map(Requirement, requirements):
            version = pins[requirement.name.lower()][0].removeprefix("==")
            assert requirement.specifier.contains(Version(version)), f"{lock}.lock: {requirement} is at {version}"


def test_source_files_are_short() -> None:
    """No source file is longer than 300 lines."""
    long = {_inside(path): _text(path).count("\n") for path in _listed("*.py", "*.sql", "scripts/*", "Makefile")}
    assert {name: lines for name, lines in long.items() if lines > 300} == {}


def _tests(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [n for n in ast.walk(ast.parse(_text(path))) if isinstance(n, functions) and n.name.startswith("test_")]


def test_every_test_says_in_one_sentence_what_is_true() -> None:
    """Each test has a docstring of one sentence."""
    silent = [
        f"{_inside(path)}: {test.name}"
        for path in _listed("tests/**/test_*.py", "tests/test_*.py")
        for test in _tests(path)
        if not re.fullmatch(r"[^\n]+(\n[^\n]+)*\.", (ast.get_docstring(test) or "").strip())
    ]
    assert silent == []


def _pages() -> list[Path]:
    return _listed("*.md")


def test_every_command_of_a_page_is_a_target_of_make() -> None:
    """Whoever types what a page says finds that make knows it."""
    targets = set(re.findall(r"^([a-z]+):", _text(ROOT / "Makefile"), re.MULTILINE))
    command = re.compile(r"(?:`|^ *)make ([a-z]+)", re.MULTILINE)
    typed = {(_inside(page), word) for page in _pages() for word in command.findall(_text(page))}
    assert {(page, word) for page, word in typed if word not in targets} == set()
    assert ("README.md", "demo") in typed


def _takes(command: Any, word: str) -> bool:
    """Whether a command is no group, or has one of that name; some groups know theirs only when asked."""
    group = getattr(command, "get_command", None)
    return group is None or group(command.context_class(command), word) is not None


def test_every_command_of_a_page_is_one_of_vigie() -> None:
    """Whoever types what a page says finds that vigie knows it, down to the second word of a group."""
    typed = re.compile(r"(?:`|/|^ *)vigie ([a-z]+)(?: ([a-z_]+))?", re.MULTILINE)
    said = {(_inside(page), *words) for page in _pages() for words in typed.findall(_text(page))}
    known = vars(get_command(import_module("streams.cli").build()))["commands"]
    unknown = {
        (page, first, second)
        for page, first, second in said
        if first not in known or (second and not _takes(known[first], second))
    }
    assert unknown == set()
    assert ("README.md", "up", "") in said


def test_every_target_of_make_is_in_its_help() -> None:
    """`make help` names each target."""
    declared = set(re.findall(r"^\.PHONY: (\w+)", _text(ROOT / "Makefile"), re.MULTILINE))
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {target for target in declared if f"make {target} " not in helped} == set()


def test_every_link_of_a_page_leads_somewhere() -> None:
    """Each relative link or picture of a page is a file of the project."""
    broken = [
        (_inside(page), link)
        for page in _pages()
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"", _text(page))
        for link in filter(None, link)
        if not re.match(r"[a-z]+:", link) and not (page.parent / link).exists()
    ]
    assert broken == []


def test_the_wheel_carries_every_file_of_the_packages(tmp_path: Path) -> None:
    """Whoever installs Vigie without a checkout has its templates, queries and schemas too."""
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(built) as wheel:
        carried = set(wheel.namelist())
    assert {_inside(path) for path in _listed(*PACKAGES)} - carried == set()
