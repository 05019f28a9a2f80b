"""Find the system that a command line names: `chardev`, `package.module:System` or `path/to/file.py:System`."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import itertools
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from ..spec.language.errors import SpecError
from ..spec.language.system import System

FLAGSHIP = "chardev"


def load(spec: str = FLAGSHIP) -> System:
    """The system that `spec` names; a file or module that has only one need not name it.

    Raises `SpecError`, one line, for whatever keeps it from being found.
    """
    if spec == FLAGSHIP:
        spec = f"{__package__.partition('.')[0]}.spec:CHARDEV"
    where, _, name = spec.partition(":")
    is_file = where.endswith(".py") or "/" in where
    if not is_file and not all(part.isidentifier() for part in where.split(".")):
        raise SpecError(f"`{spec}` names no system", instead=_FORMS)
    return _system(_file(where) if is_file else _module(where), where, name)


_FORMS = "write `chardev`, `package.module:System` or `path/to/file.py:System`"


def _module(name: str) -> ModuleType:
    with _importing(Path.cwd()):
        try:
            return _run(name, lambda: importlib.import_module(name))
        except ModuleNotFoundError as error:
            missing = error.name or name
            where = f"no module `{missing}`" if missing == name else f"no module `{missing}`, so no `{name}`"
            raise SpecError(where, instead=_FORMS) from None


def _file(name: str) -> ModuleType:
    path = Path(name)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise SpecError(f"the file {name} {what}", instead=_close(path))
    described = importlib.util.spec_from_file_location(_free(f"_spec_{path.stem}"), path.resolve())
    if described is None or described.loader is None:
        raise SpecError(f"{name} is no Python file", instead="give its name as `path/to/file.py:System`")
    module = importlib.util.module_from_spec(described)
    sys.modules[described.name] = module  # annotations are evaluated in the module that they stand in
    execute = described.loader.exec_module

    def run() -> ModuleType:
        execute(module)
        return module

    with _importing(path.resolve().parent):
        return _run(name, run)


def _free(name: str) -> str:
    """A name that no module has: what was loaded before goes on looking for its names in its own module."""
    names = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
    return next(each for each in names if each not in sys.modules)


def _close(path: Path) -> str:
    """A neighbour with a similar name, if there is one."""
    neighbours = [other.name for other in path.parent.glob("*.py")] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, neighbours, 1)
    return f"did you mean `{path.parent / close[0]}`?" if close else ""


@contextmanager
def _importing(folder: Path) -> Iterator[None]:
    """A spec may import what lies beside it."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        if str(folder) in sys.path:
            sys.path.remove(str(folder))


def _run(name: str, execute: Callable[[], ModuleType]) -> ModuleType:
    """Import a module; what it raises becomes one line that says where."""
    try:
        return execute()
    except SpecError:
        raise
    except SyntaxError as error:
        raise SpecError(f"{error.msg}", file=error.filename or name, line=error.lineno or 0) from None
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise
        raise _raised(error, name) from None
    except ImportError as error:
        if "no known parent package" in str(error):
            instead = "it is part of a package: name it as `package.module:System`"
            raise SpecError(f"{name} can't be run as a file", instead=instead) from None
        raise _raised(error, name) from None
    except (Exception, SystemExit) as error:
        raise _raised(error, name) from None


def _raised(error: BaseException, name: str) -> SpecError:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _machinery(frame.filename)]
    file, line = (frames[-1].filename, frames[-1].lineno or 0) if frames else (name, 0)
    text = str(error).partition("\n")[0]
    return SpecError(f"{type(error).__name__}: {text}" if text else type(error).__name__, file=file, line=line)


def _machinery(file: str) -> bool:
    """Whether a file is this one, or Python's own: what is wrong stands in the spec that led there."""
    is_library = Path(sysconfig.get_path("stdlib")) in Path(file).parents and "site-packages" not in Path(file).parts
    return file.startswith("<frozen ") or file == __file__ or is_library


def _system(module: ModuleType, where: str, name: str) -> System:
    values = {key: getattr(module, key, None) for key in dir(module)}
    known = {key: value for key, value in values.items() if isinstance(value, System)}
    if not name:
        if len(set(known.values())) == 1:
            return next(iter(known.values()))
        what = "has more than one system" if known else "has no system"
        raise SpecError(f"{where} {what}", instead=_choices(where, known))
    if name in known:
        return known[name]
    if not hasattr(module, name):
        close = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean `{where}:{close[0]}`?" if close else _choices(where, known)
        raise SpecError(f"{where} has no `{name}`", instead=hint)
    kind = type(getattr(module, name)).__name__
    raise SpecError(f"{where}:{name} is no System, but a {kind}", instead=_choices(where, known))


def _choices(where: str, known: dict[str, System]) -> str:
    if not known:
        return 'write `SYSTEM = System("name", machines, scopes)` in it'
    return f"write {' or '.join(f'`{where}:{name}`' for name in known)}"
