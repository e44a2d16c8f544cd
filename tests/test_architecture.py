"""The repository holds to its own rules: names, sizes, exports, what is printed, what is documented."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from padan.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "padan"
MODULES = sorted(SOURCE.rglob("*.py"))
PACKAGES = sorted(p.parent for p in MODULES if p.name == "__init__.py")
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
#: only these may speak on standard output
SPEAKING = ("cli/", "__main__.py", "centre/demo.py")


def _name(path: Path) -> str:
    return ".".join(("padan", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")


def _export_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest, each by the alphabet."""
    bare = name.strip("_")
    kind = 0 if bare.isupper() and len(bare) > 1 else 1 if bare[:1].isupper() else 2
    return kind, name


def _all_of(path: Path) -> list[str] | None:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets
        ):
            return list(ast.literal_eval(node.value))
    return None


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 30
    assert SOURCE / "matching" in PACKAGES


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.relative_to(SOURCE.parent).as_posix())
def test_exports_of_a_package_are_sorted_unique_and_there(package: Path) -> None:
    exported = _all_of(package / "__init__.py")
    if exported is None:
        names = [p for p in package.glob("*.py") if p.name != "__init__.py"]
        code = ast.parse((package / "__init__.py").read_text(encoding="utf-8")).body
        imports = [node for node in code if isinstance(node, ast.ImportFrom) and node.module != "__future__"]
        assert not imports, f"{package.name} imports names and declares no __all__ ({len(names)} modules)"
        return
    assert exported == sorted(exported, key=_export_order)
    assert len(exported) == len(set(exported))
    name = _name(package / "__init__.py")
    if name.startswith("padan.cli"):
        return  # a face; its commands have tests of their own
    module = importlib.import_module(name)
    missing = [n for n in exported if not hasattr(module, n)]
    assert not missing


@pytest.mark.parametrize("path", [p for p in MODULES if p.name != "__init__.py"], ids=lambda p: _name(p))
def test_exports_of_a_module_are_defined_in_it(path: Path) -> None:
    exported = _all_of(path)
    if exported is None:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    defined: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Assign):
            defined |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            defined.add(node.target.id)
        elif isinstance(node, ast.ImportFrom):
            defined |= {alias.asname or alias.name for alias in node.names}
    assert set(exported) <= defined
    assert not [n for n in exported if n.startswith("_") and not n.startswith("__")]


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_has_at_most_900_lines_and_a_docstring(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 900
    if text.strip():
        assert ast.get_docstring(ast.parse(text)) or path.name == "_version.py"


def test_no_module_is_called_by_what_it_does_not_say() -> None:
    names = {part for path in MODULES for part in path.relative_to(SOURCE).with_suffix("").parts}
    assert not names & FORBIDDEN


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_only_the_command_line_prints(path: Path) -> None:
    relative = path.relative_to(SOURCE).as_posix()
    if relative.startswith(SPEAKING):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        is_print = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        assert not is_print, f"{relative}:{getattr(node, 'lineno', 0)} prints"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_rooms_read_no_setting_no_clock_and_no_network(path: Path) -> None:
    room = path.relative_to(SOURCE).parts[0]
    if room not in ("matching", "linking", "reading", "countries", "taxonomy", "model.py", "errors.py"):
        return
    text = path.read_text(encoding="utf-8")
    imported: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module)
        elif isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
    assert not {m for m in imported if m.split(".")[0] in ("requests", "httpx", "urllib3", "aiohttp")}
    assert not {"padan.settings", "urllib.request", "socket"} & imported
    assert not re.search(r"\bdate\.today\(|\bdatetime\.(?:now|utcnow|today)\(", text)
    if path.name != "documents.py":  # hands a stripped environment to the process that opens a CV
        assert not re.search(r"os\.environ|getenv", text)


def test_every_setting_is_documented() -> None:
    pages = [p for p in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if p.exists()]
    text = "\n".join(p.read_text(encoding="utf-8") for p in pages)
    if not (ROOT / "README.md").exists() and "PADAN_HOME" not in text:
        pytest.skip("README.md and the page of settings are not written yet")
    missing = [s.name for s in SETTINGS if s.name not in text]
    assert not missing, f"settings without a word in README.md or docs/: {', '.join(missing)}"
    assert all(s.help for s in SETTINGS)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from padan.settings import settings

    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    assert (settings().country, settings().threads) == ("indonesia", 0)
    assert settings().home == Path("~/.padan").expanduser()
    monkeypatch.setenv("PADAN_HOME", "/somewhere/padan")
    monkeypatch.setenv("PADAN_THREADS", "3")
    assert settings().schemes == Path("/somewhere/padan/schemes")
    assert settings().threads == 3
    for wrong in ("many", "-2", "1.5"):
        monkeypatch.setenv("PADAN_THREADS", wrong)
        assert settings().threads == 0
    monkeypatch.setenv("PADAN_COUNTRY", "")
    assert settings().country == "indonesia"


def test_the_names_of_padan_are_loaded_from_their_rooms() -> None:
    import padan

    assert padan.load_country.__module__ == "padan.countries"
    assert padan.rank.__module__ == "padan.matching.rank"
    assert set(dir(padan)) == set(padan.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = padan.no_such_name
    # every name that is loaded late is exported, and the other way round
    assert set(padan._HOME) == set(padan.__all__) - {"__version__"}


def test_the_tree_of_errors_has_the_exit_codes_it_draws() -> None:
    from padan import errors

    drawn = {
        "InputError": (2, 422),
        "NotFound": (3, 404),
        "Conflict": (4, 409),
        "Forbidden": (5, 403),
        "EngineError": (1, 500),
    }
    for name, (code, status) in drawn.items():
        kind = getattr(errors, name)
        assert issubclass(kind, errors.PadanError)
        assert (kind.exit_code, kind.http_status) == (code, status)
    assert issubclass(errors.ShapeError, errors.InputError)
    assert issubclass(errors.UnknownCode, errors.InputError)
    assert issubclass(errors.MissingPart, errors.EngineError)
    assert str(errors.InputError("so it is", hint="do this")) == "so it is\n  do this"
    assert str(errors.InputError("so it is")) == "so it is"
    unknown = errors.UnknownCode("'9' is no code", near=("91", "92"))
    assert unknown.near == ("91", "92")
    assert "nearest: 91, 92" in str(unknown)
