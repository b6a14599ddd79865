"""The tuned numbers of deciding, each with its unit and the reason for its default.

The rule it keeps: whatever compares with a number takes it from here, so that it has one name and one reason.
"""

from dataclasses import dataclass
from datetime import timedelta

from ftc.core.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """How much evidence is enough; fields that people may configure carry the name of their configuration key."""

    window_days: int = 7
    """Days of runs that are looked at again in every scan: a re-run keeps its creation time (spec, section 5)."""
    environment_failing_tests: int = 3
    """Distinct failing top-level tests from which one log speaks of its environment (spec, section 5)."""
    environment_failing_share: float = 0.25
    """Share of failing jobs above which a commit speaks of its environment (spec, section 5)."""
    environment_jobs: int = 4
    """Jobs a commit needs before that share means anything: of three jobs, one failure alone is more than a quarter."""
    unrelated_prs: int = 3
    """Pull requests that must show the same failure for grade B; two do with a base-branch hit (spec, section 6)."""
    unrelated_authors: int = 2
    """Authors those pull requests must come from: one author's work stacked in several is one cause."""
    base_runs: int = 3
    """Newest base-branch runs that must be free of the failure for grade B (spec, section 6)."""
    regression_commits: int = 2
    """Base-branch commits failing in a row from which on a regression is likelier than chance; one is any flake."""
    occurrences_to_file: int = 2
    """Failed run attempts that grades A+ and A need for an issue: the second-failure gate (spec, section 6)."""
    max_new_issues: int = 3
    """New issues a scan, worst first: bots that open more are switched off (spec, section 6)."""
    max_comments: int = 20
    """Comments a scan; a flood of notifications is worse than a late one (spec, section 6)."""
    notice_days: int = 3
    """Days between two comments about new failures of one test (spec, section 7)."""
    breakage_threshold: int = 10
    """More new flakes than this at once are a breakage and no flakiness (spec, section 6)."""
    breakage_hours: int = 24
    """Hours before the newest run scanned within which a flake counts as new for the breakage brake."""
    watch_days: int = 30
    """Days after its last failure that an entry stays on the watch list."""
    file_on_opinion: bool = False
    """Whether grade D may be filed on a cited opinion (spec, section 6)."""
    opinion_threshold: float = 0.9
    """Probability from which it may."""

    @classmethod
    def of(cls, config: Config) -> "Thresholds":
        """The thresholds that a configuration asks for."""
        return cls(
            window_days=config.window_days,
            environment_failing_tests=config.environment_failing_tests,
            environment_failing_share=config.environment_failing_share,
            max_new_issues=config.max_new_issues,
            max_comments=config.max_comments,
            notice_days=config.notice_days,
            breakage_threshold=config.breakage_threshold,
            watch_days=config.watch_days,
            file_on_opinion=config.file_on == "opinion",
            opinion_threshold=config.opinion_threshold,
        )

    @property
    def window(self) -> timedelta:
        """The window as a duration."""
        return timedelta(days=self.window_days)
