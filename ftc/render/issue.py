"""The issue of one flake: title and body.

The rule it keeps: the same flake gives the same bytes, and the whole body stays below the limit whatever it holds.
"""

from ftc.core.analysis import RootCause
from ftc.core.history import failure_rate
from ftc.core.labels import prefixed
from ftc.core.markdown import bound, strip_control
from ftc.core.model import FailureClass, Flake, Signature
from ftc.core.owners import MOST_MENTIONED, can_be_mentioned
from ftc.core.progress import Assessment
from ftc.core.reproduce import commands_for
from ftc.core.split import lost_seconds
from ftc.core.state import encode_flake
from ftc.render.environment import render
from ftc.render.region import outside, splice

TITLE_LIMIT = 256
"""GitHub refuses longer titles."""
BODY_LIMIT = 60_000
"""GitHub refuses 65,536 characters; the rest is room for people's own words and for line ends counted twice."""
BLOCK_BUDGET = 40_000
NEWEST_SHOWN = 20
EXCERPTS_SHOWN = 3
EXCERPT_CHARS = 4_000
SIGNATURE_CHARS = 80

VERDICT_WORDS = {
    FailureClass.FLAKY_TEST: "Flaky test",
    FailureClass.INFRA_FLAKE: "Unreliable infrastructure",
    FailureClass.LIKELY_REGRESSION: "Likely a regression",
    FailureClass.UNKNOWN: "Not decided yet",
}


def issue_title(flake: Flake) -> str:
    """``[flaky] <test> — <short signature>``, cut to GitHub's limit; written once, so that searches keep finding it."""
    test = _one_line(flake.test.name)
    text = _cut(_one_line(flake.signatures[-1].text), SIGNATURE_CHARS) if flake.signatures else ""
    return _cut(f"[flaky] {test} — {text}" if text else f"[flaky] {test}", TITLE_LIMIT)


def _one_line(text: str) -> str:
    return " ".join(strip_control(text).split("\n"))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def issue_body(
    flake: Flake,
    *,
    previous: str,
    prefix: str,
    hmac_key: bytes | None = None,
    language: str = "en",
    adopted: bool = False,
) -> str:
    """The whole body: our region with the state block in it, spliced into what people wrote in ``previous``.

    ``adopted``: it is the text of the bot's comment on an issue that a person opened.
    """
    room = BODY_LIMIT - len(outside(previous))
    for excerpts in range(EXCERPTS_SHOWN, -1, -1):
        visible = _region(flake, excerpts=excerpts, prefix=prefix, language=language, adopted=adopted)
        budget = min(BLOCK_BUDGET, room - len(visible))
        if budget > BLOCK_BUDGET // 2 or not excerpts:
            return splice(previous, visible + "\n" + encode_flake(flake, hmac_key=hmac_key, max_chars=budget))
    raise AssertionError("the loop ends with no excerpt")


def _region(flake: Flake, *, excerpts: int, prefix: str, language: str, adopted: bool) -> str:
    verdict = flake.verdict
    newest = flake.occurrences[:NEWEST_SHOWN]
    return render(
        "issue.md.j2",
        {
            "flake": flake,
            "verdict": verdict,
            "verdict_words": VERDICT_WORDS[verdict.failure_class] if verdict else "",
            "evidence": sorted(verdict.evidence, key=lambda item: -item.weight) if verdict else (),
            "surer": verdict.surer if verdict else (),
            "rate": failure_rate(flake),
            "lost": lost_seconds(flake.occurrences),
            "members": len(flake.signatures) if len(flake.signatures) > 1 else 0,
            "owners": [name for name in flake.owners if can_be_mentioned(name)][:MOST_MENTIONED],
            "newest": newest,
            "older": flake.total - len(newest),
            "excerpts": tuple(_shown(item) for item in flake.signatures if item.excerpt)[:excerpts],
            "commands": commands_for(flake),
            "likeliest": _likeliest(flake),
            "adopted": adopted,
            "lead": flake.progress.lead,
            "number": flake.issue.issue if flake.issue else 0,
            "asked": None if adopted else flake.progress.question,
            "rule": flake.progress.rule if flake.progress.rule and flake.progress.rule.ok else None,
            "managed_label": prefixed("ai-managed", prefix=prefix),
        },
        language=language,
    )


def _likeliest(flake: Flake) -> Assessment | None:
    """What the analysis found, unless it found nothing."""
    known = flake.progress.assessment
    return known if known and known.root_cause != RootCause.UNKNOWN else None


def _shown(signature: Signature) -> dict[str, str]:
    return {
        "text": signature.text,
        "fingerprint": signature.fingerprint,
        "excerpt": bound(signature.excerpt, max_lines=120, max_chars=EXCERPT_CHARS),
        "excerpt_url": signature.excerpt_url,
    }
