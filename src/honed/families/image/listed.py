"""Which pictures a path names, and of which class each is: `listed` for learning, `asked` for predicting."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from honed.errors import InputError
from honed.families import archive
from honed.families.labelled import check_counts, with_reasons
from honed.figures import counted
from honed.table import several
from honed.table.cells import brief, some

SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff")
TARGET = "class"  # what the folders of pictures are called together


class Listed(NamedTuple):
    """Files of pictures, sorted by path.

    Attributes
    ----------
    folder : the folder that `names` are relative to.
    labels : the subfolder of each; none where they lie in no subfolders.
    notes : sentences on what was left out.
    """

    folder: Path
    names: tuple[str, ...]
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def paths(self) -> list[Path]:
        """Where each is."""
        return [self.folder / name for name in self.names]


def is_picture(name: str | Path) -> bool:
    """Whether a name ends as that of a picture."""
    return os.path.splitext(str(name))[1].lower() in SUFFIXES


def holds_pictures(path: str | Path) -> bool:
    """Whether a path names pictures and no table: a folder with some, a file, or an archive of arrays.

    Raises
    ------
    InputError
        A folder holds tables and subfolders of pictures, of which either could be meant.
    """
    if not os.path.isdir(path):
        return is_picture(path) or archive.is_archive(path)
    folder = Path(path)
    tables = tables_in(folder)
    classes = [each for each in _subfolders(folder) if _any_picture(each)]
    if tables and classes:
        raise InputError(
            f"The folder {folder} holds both {counted(len(classes), 'subfolder')} of pictures, such as "
            f"{brief(classes[0].name)!r}, and {counted(len(tables), 'table')}, such as {brief(tables[0])!r}, and only "
            "one of them can be learned from. Move one of them away; or, where the table names the pictures, give its "
            "path, with --image COLUMN and --target COLUMN."
        )
    return bool(classes) or (not tables and (_any_picture(folder) or _any_deeper(folder)))


def holds_any(folder: str | Path) -> bool:
    """Whether a folder holds pictures, itself or in a subfolder."""
    return any(map(_any_picture, (Path(folder), *_subfolders(Path(folder)))))


def is_flat(path: str | Path) -> bool:
    """Whether a path names a folder with pictures in it, and no table."""
    return os.path.isdir(path) and _any_picture(Path(path)) and not tables_in(path)


def listed(path: str | Path, *, learns: bool = True) -> Listed:
    """The pictures of a folder with one subfolder a class.

    Parameters
    ----------
    learns : whether they are learned from, which takes two classes of two pictures each; validating takes one picture.

    Raises
    ------
    InputError
        There is no such folder, it has no such subfolders, or too few to learn from.
    """
    folder = Path(path)
    _check_folder(folder, learns)
    classes = _subfolders(folder)
    found = {each.name: list(_names(each)) for each in classes}
    empty = [name for name, names in found.items() if not names]
    found = {name: names for name, names in found.items() if names}
    if not found:
        raise InputError(_no_classes(folder))
    notes = []
    if empty:
        notes.append(
            f"{folder}: left out {counted(len(empty), 'subfolder')} without pictures ({some(empty, 4)})."
        )
    loose, others = len(list(_names(folder))), sum(map(_others, classes))
    if loose:
        notes.append(
            f"{folder}: left out {counted(loose, 'picture')} that {'lies' if loose == 1 else 'lie'} in no subfolder, "
            "and so in no class."
        )
    if others:
        notes.append(
            f"{folder}: left out {counted(others, 'file')} whose name does not end as that of a picture."
        )
    notes += _said_of_deeper(folder)
    if learns:
        with with_reasons(notes):
            _check_can_learn(found, folder)
    pairs = [(f"{name}/{each}", name) for name in sorted(found) for each in found[name]]
    names, labels = zip(*pairs, strict=True)
    return Listed(folder, names, labels, tuple(notes))


def asked(path: str | Path) -> Listed:
    """The pictures to predict that a path names: one file, those of a folder, or those of its subfolders.

    Raises
    ------
    InputError
        There is none.
    """
    path = Path(path)
    if not path.is_dir():
        if not path.exists():
            raise InputError(f"There is no file or folder {brief(str(path))!r}. Check the path.")
        if not is_picture(path):
            raise InputError(
                f"{path} is no picture by the end of its name. Give a picture ({', '.join(SUFFIXES)}), a folder of "
                "such, an archive of arrays (.npz), or a table (such as .csv) with a column of paths."
            )
        return Listed(path.parent, (path.name,))
    flat, classes = tuple(_names(path)), _subfolders(path)
    pairs = [(f"{each.name}/{name}", each.name) for each in classes for name in _names(each)]
    if not flat and not pairs:
        raise InputError(
            f"The folder {path} holds no picture: no file in it, or in a folder in it, has a name that ends in "
            f"{', '.join(SUFFIXES)}. Give another folder."
        )
    if not flat:
        names, labels = zip(*pairs, strict=True)
        return Listed(path, names, labels, tuple(_said_of_deeper(path)))
    notes = ()
    if pairs:
        notes = (f"{path}: left out {counted(len(pairs), 'picture')} in folders below it.",)
    return Listed(path, flat, (), notes)


def target_of(path: str | Path) -> str:
    """What the target of pictures is called where nobody names it."""
    return archive.TARGET if archive.is_archive(path) else TARGET


def tables_in(folder: str | Path) -> list[str]:
    """Names of the tables in a folder."""
    names = sorted(item.name for item in os.scandir(folder) if item.is_file())
    return [name for name in names if several.is_table(name) and not name.startswith((".", "_"))]


def _check_can_learn(found: dict[str, list[str]], folder: Path) -> None:
    """Refuse a single class, or classes of a single picture."""
    if len(found) == 1:
        (only,) = found
        raise InputError(
            f"The folder {folder} holds pictures of one class alone, {brief(only)!r}, so there is nothing to tell "
            "apart. Add a subfolder with pictures of another class."
        )
    check_counts({name: len(names) for name, names in found.items()}, str(folder), "picture")


def _check_folder(folder: Path, learns: bool) -> None:
    if folder.is_dir():
        return
    if folder.exists():
        why = "learning takes many" if learns else "its class is not known"
        is_one = f"is one picture, and {why}" if is_picture(folder) else "is no folder of pictures"
        table = ", or only tables, with --image COLUMN" if several.is_table(folder.name) else ""
        raise InputError(f"{folder} {is_one}. Give a folder with one subfolder of pictures a class{table}.")
    raise InputError(f"There is no folder {brief(str(folder))!r}. Check the path.")


def _no_classes(folder: Path) -> str:
    """Why a folder names no classes, and what to give in its place."""
    if any(_names(folder)):
        return (
            f"The folder {folder} holds pictures, but no subfolders with any, and a picture's class is the name of its "
            f"subfolder. Sort them into one subfolder a class, such as {folder}/cat and {folder}/dog; or give a table "
            "with a column of paths, with --image COLUMN and --target COLUMN."
        )
    deeper = next((each for each in _subfolders(folder) if any(map(_any_picture, _subfolders(each)))), None)
    if deeper is not None:
        return (
            f"The subfolders of {folder} hold no pictures, but subfolders of pictures, and classes are looked for one "
            f"folder down. Give the one that holds the classes, such as {deeper}."
        )
    return (
        f"The folder {folder} holds no picture: no file in a folder in it has a name that ends in "
        f"{', '.join(SUFFIXES)}. Give a folder with one subfolder of pictures a class."
    )


def _subfolders(folder: Path) -> list[Path]:
    """Folders in a folder that are not hidden, by name."""
    return sorted(
        Path(item.path) for item in os.scandir(folder) if item.is_dir() and not item.name.startswith(".")
    )


def _names(folder: Path) -> Iterator[str]:
    """Names of the pictures in a folder, sorted."""
    yield from sorted(
        item.name
        for item in os.scandir(folder)
        if is_picture(item.name) and not item.name.startswith(".") and item.is_file()
    )


def _others(folder: Path) -> int:
    """Files in a folder that are no pictures by their names, but for hidden ones."""
    return sum(
        item.is_file() and not is_picture(item.name) and not item.name.startswith(".")
        for item in os.scandir(folder)
    )


def _said_of_deeper(folder: Path) -> list[str]:
    """A sentence where subfolders have subfolders with pictures."""
    deeper = [name for each in _subfolders(folder) for below in _subfolders(each) for name in _names(below)]
    if not deeper:
        return []
    return [f"{folder}: left out {counted(len(deeper), 'picture')} in folders below its subfolders."]


def _any_picture(folder: Path) -> bool:
    with os.scandir(folder) as items:
        return any(is_picture(item.name) and not item.name.startswith(".") for item in items)


def _any_deeper(folder: Path) -> bool:
    return any(_any_picture(below) for each in _subfolders(folder) for below in _subfolders(each))
