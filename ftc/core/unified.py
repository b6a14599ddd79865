"""Unified diffs in git's form, made from texts before and after.

The rule it keeps: ``git apply`` on the same base gives exactly the text after, to the last line end.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

CONTEXT = 3
"""Unchanged lines around a change, as git shows them."""
LARGEST_MIDDLE = 4_000
"""Changed lines that are matched with each other; above, one block replaces another, which is as right and is quick."""

Codes = tuple[str, int, int, int, int]


def patch_of(before: Mapping[str, str | None], after: Mapping[str, str]) -> str:
    """One patch of every file of ``after`` that differs, by path; None before is a file that was not there."""
    return "".join(diff_of(path, before.get(path), after[path]) for path in sorted(after))


def diff_of(path: str, before: str | None, after: str) -> str:
    """The diff of one file with git's headers; empty when nothing changed. ``ValueError`` for a name it cannot hold."""
    if before == after:
        return ""
    if not path.isprintable() or '"' in path or "\\" in path:
        raise ValueError(f"a patch cannot name {path!r}")
    old, new = _lines(before or ""), _lines(after)
    end = "\t" if " " in path else ""  # as git: else a name with a space ends there
    head = f"diff --git a/{path} b/{path}\n"
    head += "new file mode 100644\n--- /dev/null\n" if before is None else f"--- a/{path}{end}\n"
    if not old and not new:
        return head.replace("--- /dev/null\n", "")
    return head + f"+++ b/{path}{end}\n" + "".join(_hunks(old, new))


def _lines(text: str) -> list[str]:
    """Lines with their ends: only ``\\n`` ends one, whatever else Python takes for a line end."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for group in _groups(_codes(old, new)):
        first, last = group[0], group[-1]
        yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (_line(" ", line) for line in old[i1:i2])
            else:
                yield from (_line("-", line) for line in old[i1:i2])
                yield from (_line("+", line) for line in new[j1:j2])


def _line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _range(start: int, stop: int) -> str:
    """As diff writes it: the first line, counted from 1, and how many; of none, the line before."""
    count = stop - start
    return f"{start + 1 if count else start},{count}"


def _codes(old: Sequence[str], new: Sequence[str]) -> list[Codes]:
    """What becomes of the lines; equal heads and tails are set aside first, so that large files cost little."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(middle_old) + len(middle_new) > LARGEST_MIDDLE:
        inner: list[Codes] = [("replace", 0, len(middle_old), 0, len(middle_new))]
    else:
        inner = list(SequenceMatcher(None, middle_old, middle_new, autojunk=False).get_opcodes())
    codes = [(tag, i1 + head, i2 + head, j1 + head, j2 + head) for tag, i1, i2, j1, j2 in inner]
    ends = [("equal", len(old) - tail, len(old), len(new) - tail, len(new))]
    return [("equal", 0, head, 0, head), *codes, *ends]


def _groups(codes: Sequence[Codes]) -> Iterator[list[Codes]]:
    """The changes with their context; those with little between them together."""
    group: list[Codes] = []
    for tag, i1, i2, j1, j2 in codes:
        if tag != "equal":
            group.append((tag, i1, i2, j1, j2))
            continue
        size = i2 - i1
        if group and size <= 2 * CONTEXT and (i1, i2) != (0, 0):
            group.append((tag, i1, i2, j1, j2))
            continue
        if any(code[0] != "equal" for code in group):
            keep = min(size, CONTEXT)
            yield [*group, ("equal", i1, i1 + keep, j1, j1 + keep)]
        keep = min(size, CONTEXT)
        group = [("equal", i2 - keep, i2, j2 - keep, j2)]
    if any(code[0] != "equal" for code in group):
        yield group
