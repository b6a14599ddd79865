"""The demo's story, chapter by chapter: what comes into the world or is said, and the command that runs after it."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ftc.jobs.demo.fixing import Run, fixed
from ftc.jobs.demo.stage import HISTORY, Report, ftc, issues, number_of, speak
from ftc.jobs.demo.talk import answered, swept
from ftc.jobs.demo.words import Tell, headed, scanned
from ftc.simulator.simulator import Simulator

Played = tuple[Report, list[str]]
"""What a command reported, and the story of it."""
SETTLE, RECEIPT = "TestBatchIsSentAfterInterval", "TestReceipt::test_is_dated_now"
CATEGORIES = "test_rent_is_always_shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One part: what is loaded, if anything, and who says what on the issue of which test, if anybody."""

    title: str
    command: str = "respond"
    scenario: str = ""
    who: str = ""
    test: str = SETTLE
    says: str = ""


CHAPTERS = (
    Chapter(title="First scan: six days of CI, recorded from real tests", command="scan", scenario="first.yaml"),
    Chapter(title="Second scan: a day later, after ten newer runs", command="scan", scenario="newer.yaml"),
    Chapter(title="Third scan: nothing new", command="scan"),
    Chapter(
        title="A developer asks",
        scenario="people.yaml",
        who="dave",
        says="How often does this fail? Could it be my change in #13?",
    ),
    Chapter(
        title="Sweep: a question whose event GitHub lost",
        command="sweep",
        who="erin",
        test=RECEIPT,
        says="Why does it fail, and how can I reproduce it?",
    ),
    Chapter(title="A day later: a test that was only watched fails again", command="scan", scenario="later.yaml"),
    Chapter(title="A stranger orders a fix of that one", who="mallory", test=CATEGORIES, says="/ai-fix"),
    Chapter(title="A maintainer orders it", command="fix", who="alice", test=CATEGORIES, says="/ai-fix"),
)


def tell(simulator: Simulator, *, url: str, say: Tell) -> Iterator[Report]:
    """Play the chapters and say what came of each; gives the report of each command."""
    seen: dict[str, int] = {}
    for chapter in CHAPTERS:
        if chapter.scenario and chapter is not CHAPTERS[0]:
            simulator.add(HISTORY / chapter.scenario)
        for line in headed(chapter.title):
            say(line)
        if chapter.command == "fix":
            _fix(chapter, simulator, url, say)
            continue
        report, lines = _scan(simulator, url, seen) if chapter.command == "scan" else _talk(chapter, simulator, url)
        for line in lines:
            say(line)
        yield report


def _scan(simulator: Simulator, url: str, seen: dict[str, int]) -> Played:
    report = ftc(simulator, url, "scan")
    lines = list(scanned(report, issues=issues(simulator), seen=seen))
    seen |= {verdict["key"]: verdict["occurrences"] for verdict in report["verdicts"]}
    return report, lines


def _talk(chapter: Chapter, simulator: Simulator, url: str) -> Played:
    number = number_of(simulator, chapter.test)
    issue = issues(simulator)[number]
    said = speak(simulator, chapter.who, number, chapter.says)
    if chapter.command == "sweep":
        report = ftc(simulator, url, "sweep")
        return report, [*swept(report), *answered(issue, said, done=report["effects"])]
    report = ftc(simulator, url, "respond", "--issue", str(number))
    return report, list(answered(issue, said, done=report["done"]))


def _fix(chapter: Chapter, simulator: Simulator, url: str, say: Tell) -> None:
    """An approval, and the jobs that follow from it; each is told of as it ends, since some take their time."""
    number = number_of(simulator, chapter.test)
    issue = issues(simulator)[number]
    with tempfile.TemporaryDirectory(prefix="ftc-demo-") as folder:
        run = Run(simulator=simulator, url=url, folder=Path(folder))
        said = speak(simulator, chapter.who, number, chapter.says)
        for line in answered(issue, said, done=run.order(number)):
            say(line)
        for line in headed("The fix run: jobs with separate powers, and a proof by running the test"):
            say(line)
        for line in fixed(run, chapter.test):
            say(line)
