"""``ftc extract``: what failed, from logs, reports, folders and archives, without a token or a network.

Rule: whatever a log says, the exit code is 0; only input that cannot be read at all is an error (64).
"""

import argparse
import gzip
import os
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TextIO, cast

from ftc.clients.runner import harmless
from ftc.core.errors import UsageError
from ftc.core.model import Extraction, Outcome
from ftc.core.sanitize import Sanitizer, strip_control
from ftc.ingest.archive import Budget, is_readable, without_steps
from ftc.ingest.extract import extract_stream
from ftc.ingest.lines import CHUNK_SIZE
from ftc.ingest.zipped import bounded, extract_zip
from ftc.render.extraction import json_pieces, text_lines

STDIN = "-"
_ZIP_MAGIC = b"PK\x03\x04"
_EMPTY_ZIP_MAGIC = b"PK\x05\x06"
_GZIP_MAGIC = b"\x1f\x8b"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="log, report, folder or zip file; - reads standard input"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text for people (default) or json")
    parser.add_argument("--excerpts", action="store_true", help="with text: print the excerpt of each failure")


def run(args: argparse.Namespace, *, stdin: IO[bytes] | None = None, stdout: TextIO | None = None) -> int:
    """Extract and print; raises ``UsageError`` for input that cannot be read, before anything is printed."""
    out = stdout or sys.stdout
    for path in args.paths:
        check_readable(path)
    found = extractions(args.paths, stdin=stdin or sys.stdin.buffer, sanitizer=Sanitizer())
    if args.format == "json":
        out.writelines(json_pieces(found))
    else:
        out.writelines(harmless(strip_control(line)) + "\n" for line in text_lines(found, excerpts=args.excerpts))
    return 0


def check_readable(path: str) -> None:
    """Raise ``UsageError`` with the reason when the path cannot be read."""
    if path == STDIN:
        return
    try:
        if Path(path).is_dir():
            os.listdir(path)
        elif Path(path).is_file():
            _check_file(Path(path))
        else:
            Path(path).stat()
    except OSError as error:
        raise UsageError(f"cannot read {path!r}: {error.strerror or error}") from error
    except zipfile.BadZipFile as error:
        raise UsageError(
            f"cannot read {path!r}: {error}; it is no zip file or a damaged one, fetch it again"
        ) from error


def _check_file(path: Path) -> None:
    with path.open("rb") as stream:
        magic = stream.read(len(_ZIP_MAGIC))
    if magic in (_ZIP_MAGIC, _EMPTY_ZIP_MAGIC) or path.suffix.lower() == ".zip":
        zipfile.ZipFile(path).close()


def extractions(paths: Iterable[str], *, stdin: IO[bytes], sanitizer: Sanitizer) -> Iterator[Extraction]:
    """One extraction for each file, in the order of the paths; folders in the order of their names."""
    for path in paths:
        if path == STDIN:
            yield extract_stream(_chunks(stdin), path=STDIN, sanitizer=sanitizer)
        elif Path(path).is_dir():
            for file in files_below(Path(path)):
                yield from _file(file, sanitizer=sanitizer)
        else:
            yield from _file(Path(path), sanitizer=sanitizer)


def files_below(folder: Path) -> Sequence[Path]:
    """Readable files in a folder and its sub-folders; links out of it are not followed, hidden folders not entered."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(parent, name) for name in names if _is_wanted(Path(parent, name))]
    chosen = set(without_steps(file.as_posix() for file in found))
    return sorted(file for file in found if file.as_posix() in chosen)


def _is_wanted(file: Path) -> bool:
    suffixed = is_readable(file.name) or file.suffix.lower() in (".zip", ".gz")
    return suffixed and file.is_file() and not file.is_symlink()


def _file(file: Path, *, sanitizer: Sanitizer) -> Iterator[Extraction]:
    """The file's extractions; one that became unreadable since it was listed is told as a problem."""
    try:
        with file.open("rb") as stream:
            magic = stream.peek(len(_ZIP_MAGIC))[: len(_ZIP_MAGIC)]
            if magic in (_ZIP_MAGIC, _EMPTY_ZIP_MAGIC) or file.suffix.lower() == ".zip":
                yield from extract_zip(stream, path=str(file), sanitizer=sanitizer)
            elif magic.startswith(_GZIP_MAGIC):
                yield bounded(partial(_gunzip, file), path=str(file), sanitizer=sanitizer, budget=Budget())
            else:
                yield extract_stream(_chunks(stream), path=str(file), sanitizer=sanitizer)
    except (OSError, zipfile.BadZipFile) as error:
        yield Extraction(path=str(file), outcome=Outcome.NO_FAILURE, problems=(f"cannot be read: {error}",))


def _gunzip(file: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(file, "rb"))


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK_SIZE):
        yield chunk
