"""testify's failure reports: the labelled block under ``file_test.go:12:`` becomes message and call path.

Labels are read by their tab-aligned form, so that a log line with the word "Error:" is no report.
"""

import re
from dataclasses import dataclass

from ftc.core.model import Frame

_LABEL = re.compile(r"\s*\t(Error Trace|Error|Test|Messages):\s*\t(.*)$")
_MORE = re.compile(r"\s*\t {4,}\t(.*)$")
_PLACE = re.compile(r"\s*(\S.*?\.\w+):(\d{1,9})$")
MESSAGE_LINES = 30  # of one Error text; a diff is cut before that


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One failed assertion."""

    frames: tuple[Frame, ...]
    error: str
    test: str
    messages: str
    texts: tuple[str, ...]
    """The block as printed."""

    @property
    def message(self) -> str:
        """Error text without its diff, then the author's own message."""
        return "\n".join(part for part in (self.error, self.messages) if part)


def first_report(texts: list[str], *, test: str) -> Report | None:
    """The first report in ``texts`` that is about ``test``, or that does not say it is about a stranger."""
    found = reports(texts)
    own = [report for report in found if report.test == test]
    kin = [report for report in found if not report.test or _related(report.test, test)]
    # testify's EventuallyWithT prints the inner reports, which name no test, before its own
    return next(iter([*(kin if kin and not kin[0].test else []), *own, *kin]), None)


def _related(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def reports(texts: list[str]) -> list[Report]:
    """Every report that has an error text, in order."""
    found: list[Report] = []
    start = 0
    while True:
        start = next((i for i in range(start, len(texts)) if "Error Trace:" in texts[i]), -1)
        if start < 0:
            return found
        fields, end = _fields(texts, start)
        if fields.get("Error"):
            found.append(_report(fields, tuple(texts[start:end])))
        start = end


def _fields(texts: list[str], start: int) -> tuple[dict[str, list[str]], int]:
    fields: dict[str, list[str]] = {}
    label = ""
    for index in range(start, len(texts)):
        text = texts[index]
        if (match := _LABEL.match(text)) and match[1] not in fields:
            label = match[1]
            fields[label] = [match[2]]
        elif label and (match := _MORE.match(text)):
            fields[label].append(match[1])
        else:
            return fields, index if index > start else start + 1
    return fields, len(texts)


def _report(fields: dict[str, list[str]], texts: tuple[str, ...]) -> Report:
    return Report(
        frames=tuple(_frame(text) for text in fields.get("Error Trace", ()) if ".go:" in text and _PLACE.match(text)),
        error=_without_diff(fields["Error"]),
        test="".join(fields.get("Test", ())).strip(),
        messages="\n".join(fields.get("Messages", ())).strip(),
        texts=texts,
    )


def _frame(text: str) -> Frame:
    match = _PLACE.match(text)
    assert match is not None
    return Frame(path=match[1].strip(), line=int(match[2]))


def _without_diff(lines: list[str]) -> str:
    """Expected and actual are already named above the diff, which only repeats them line by line."""
    cut = lines.index("Diff:") if "Diff:" in lines else len(lines)
    return "\n".join(line.rstrip() for line in lines[:cut][:MESSAGE_LINES]).strip()
