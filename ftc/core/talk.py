"""The words by which rules understand English comments on a flaky test: what is asked, and which cause is told.

The rule it keeps: one entry a meaning, and each is tried on real-looking comments; what is doubtful is not listed,
since a wrong answer annoys more than a missing one. Sentences come in small letters on one line.
"""

# ruff: noqa: E501 - a pattern reads best on one line

import re
from collections.abc import Mapping

Words = Mapping[str, re.Pattern[str]]


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in alternatives))


_IT = r"(?:it|this|that|the test|this test|this one|this flake|the flake|test\w*)"

ASKS = re.compile(
    r"(?:(?:so|and|but|btw|also|hmm+|ok|please|hi|hey|any idea|just wondering|wondering|curious|i wonder|do you know|"
    r"can you (?:say|tell)(?: me)?|tell me|not sure|remind me|who knows)[,:]? +)*"
    r"(?:how (?:often|much|many|frequent\w*|come|do|can|to|flaky|long)|why|what(?:'s| is| are| was| causes| caused| next)|"
    r"since when|when did|which (?:commit|pr|pull|change|version)|who|is (?:it|this|that|there|the|my)|"
    r"are (?:we|you|there)|does (?:it|this)|did (?:it|this|my)|has (?:it|this|anyone|anybody)|can (?:you|we|i|this)|could (?:you|this)|"
    r"should (?:i|we)|whether|where|any (?:news|update|progress|idea))\b"
)
"""How a question begins that somebody ended without its mark."""

INTENT_WORDS: Words = {
    "rate": _any(
        r"how (?:often|frequent|flaky|many times|many runs|bad|much does)",
        r"\b(?:failure|fail|flak\w+|error) rate\b",
        r"\bhow likely\b.*\bfail",
        r"\bwhat(?:'s| is) the (?:frequency|probability|percentage|chance)\b",
        r"\b(?:percentage|share) of (?:the )?runs\b",
        r"\bhow many (?:\w+ )?failures\b",
    ),
    "cause": _any(
        rf"\bwhy (?:is|does|did|do|was|would|has|are) (?:{_IT}|we)\b",
        rf"\bwhy {_IT} (?:\w+ )?(?:fail|flak|break|time|hang|is|was|panic|crash)\w*",
        r"\bwhy (?:so )?flaky\b",
        r"\bwhat(?:'s| is| was|'re| are| could be| might be)? (?:the |its |your )?(?:likely |actual |real |most likely )?"
        r"(?:root )?(?:cause|reason)s?\b",
        rf"\bwhat (?:causes|caused|is causing|makes|triggers|breaks) {_IT}\b",
        r"\b(?:know|known|found|find|figured? out|clear|understand) (?:out )?(?:the (?:root )?(?:cause|reason)|why|what(?:'s| is) (?:wrong|going on))",
        r"\broot cause\b",
        rf"\bhow come {_IT}\b",
        r"\bwhat(?:'s| is) (?:going on|happening|wrong)\b",
    ),
    "reproduce": _any(
        r"\breproduc\w*\b",
        r"\brepro\b",
        rf"\bhow (?:do|can|could|should|would) (?:i|we|you|one) (?:run|trigger|see|debug) {_IT}",
        r"\b(?:fail|happen|run)s? (?:it )?locally\b",
    ),
    "since": _any(
        r"\bsince when\b",
        rf"\bwhen (?:did|was|has) (?:{_IT})\b.*\b(?:start|begin|began|first|introduced|break|become|became|seen)",
        r"\bwhen (?:was it|did we) first\b",
        r"\b(?:which|what) (?:commit|pr|pull request|change|merge|version)\b",
        r"\bhow long (?:has|have|is|was)\b",
        r"\bwho (?:broke|introduced|changed)\b",
        r"\b(?:suspect|culprit|first bad commit|bisect\w*)\b",
        r"\bintroduced (?:by|in)\b",
    ),
    "fixed": _any(
        rf"\b(?:is|was|has|isn't|hasn't|wasn't) (?:{_IT}|the issue|the problem)(?: been| not)?(?: now| already| really| actually)? (?:fixed|resolved|solved|gone|done)\b",
        rf"\b(?:is|does|are) (?:{_IT}|we|the issue|there)?\s*still\b",
        r"\bstill (?:happen|fail|flak|occur|see|a problem|an issue|relevant|valid|open|needed|broken|unstable)\w*",
        rf"\b(?:did|does|has) (?:the|that|your|my|#?\d*)?\s*(?:fix|pr|patch|#\d+)?.*\b(?:help|work|hold|fix) ?(?:{_IT})?\b.*\?",
        r"\bany (?:new )?(?:failures?|occurrences?|recurrences?) (?:since|lately|recently|after|in the last|this week)\b",
        r"\b(?:seen|failed|happened) (?:it )?(?:again |any ?more |recently|lately|since)\b",
        r"\bcan (?:we|i|this|you) (?:\w+ )?(?:close|be closed)\b",
        r"\bwhen (?:did|was) (?:it|this)(?: test)? last\b",
    ),
    "owners": _any(
        r"\bwho (?:owns|own|maintains|is responsible|is the owner|should (?:i|we) (?:ask|ping|cc|assign)|can (?:look|help|take|fix)|knows|wrote|should (?:look|fix|take|handle)|is (?:looking|working))\b",
        r"\b(?:code ?)?owners?\b.*\?",
        r"\bwhose (?:test|code|is)\b",
        r"\b(?:anyone|anybody|someone|somebody) (?:own|responsible|assigned|looking at|working on)\w*",
        r"\bwho(?:'s| is) (?:on|taking|responsible|assigned|the owner|looking|working)\b",
    ),
    "next": _any(
        r"\bwhat(?:'s| is| are| happens)? (?:the )?next(?: steps?)?\b",
        r"\bnext steps?\b",
        r"\b(?:can|could|will|would) (?:you|the bot|we|ftc|it) (?:please |try to |also |just )?(?:fix|repair|open a pr|send a pr|make a pr|handle|take|solve|work on)\b",
        r"\bhow (?:do|can|should) (?:i|we) (?:approve|start|get (?:it|this) fixed|fix (?:it|this)|proceed|trigger)\b",
        r"\bwhat (?:should|can|do|must) (?:i|we|you) (?:do|need)\b",
        r"\bwhat (?:is|are) (?:it|this|you|we) waiting for\b",
        r"\bany (?:news|updates?|progress|plans?)\b",
        r"\bwhat(?:'s| is) the (?:status|state|plan|eta)\b",
        r"\bare you (?:going to|able to|planning to)\b",
        r"\bfix (?:it|this)(?: please| pls)?\?",
    ),
    "my-pull": _any(
        r"\b(?:my|our|the|this) (?:pr|pull request|change|commit|patch|branch)\b.*\b(?:caus|broke|break|fault|relat|respons|introduc|affect|touch|fail|trigger|flak|because)\w*",
        r"\b(?:caused|broken|introduced|related|due|because|fault|triggered)\b.*\b(?:my|our|this|the) (?:pr|pull request|change|commit|patch|branch)\b",
        r"\b(?:is|was|it's) (?:it|this|that)? ?(?:my|our) (?:fault|pr|change|bug)\b",
        r"\b(?:could|can|may|might) (?:it|this|that) (?:be|have been|come from) (?:due to |because of |from )?(?:my|our|pr|#)",
        r"\b(?:unrelated|related) (?:to|with) (?:my|this|the|our|pr|#)",
        r"\b(?:pr|pull request) ?#?\d+\b.*\b(?:caus|broke|break|relat|introduc|fault)\w*",
        r"#\d+ .*\b(?:caus|broke|break|relat|introduc|fault)\w*",
        r"\bdid i (?:break|cause)\b",
    ),
}
"""By the name of an intent: how people ask for it."""

SUBJECT = _any(
    r"\b(?:because|since|due to|caused by|root cause|the cause|reason|culprit|thanks to|again|same|looks? like|seems?|"
    r"it's|it is|this is|that's|that is|probably|likely|i think|i guess|i believe|must be|should be|comes? from|"
    r"problem is|issue is|happens when|fails when|fails because|races? (?:with|between)|turns out|found|debugged|confirmed)\b",
)
"""What makes a sentence with a cause in it a statement about this failure."""

CAUSE_WORDS: Words = {
    "tight-timeout": _any(
        r"\btime-?out (?:is |was )?(?:too )?(?:short|tight|small|low|aggressive)",
        r"\btoo (?:short|tight|small|low|aggressive) (?:a )?(?:time-?out|deadline|wait)",
        r"\b(?:deadline|time-?out) (?:too|is not|isn't) (?:enough|long)",
    ),
    "async-wait": _any(
        r"\b(?:doesn't|does not|didn't|did not|without|not|never|missing) (?:a )?wait(?:ing|s)?\b",
        r"\b(?:before|until|while) .{0,60}\b(?:ready|elected|leader|started|finished|synced|applied|propagated|available|up)\b",
        r"\bleader (?:transfer|change|switch|election|re-?election)\w*",
        r"\b(?:fixed|hard-?coded) sleep\b",
        r"\bsleep\w* (?:is|was)? ?(?:not enough|too short)",
        r"\basync\w*\b",
        r"\beventual(?:ly)?\b",
    ),
    "concurrency": _any(
        r"\b(?:data )?rac(?:e|es|y)\b(?! to)",
        r"\bdead ?locks?\w*",
        r"\bconcurren\w+",
        r"\bgo ?routines?\b(?!.*\bleak)",
        r"\batomicity\b|\bnot thread[- ]safe\b",
    ),
    "order-dependency": _any(
        r"\b(?:depends? on|dependent on|because of) (?:the )?(?:test )?order\b",
        r"\border[- ]dependen\w+",
        r"\b(?:another|other|previous|earlier) tests?\b.{0,60}\b(?:state|leaves?|left|pollut\w+|modif\w+|chang\w+|set|first)\b",
        r"\bshared (?:global )?state\b",
        r"\bglobal (?:state|variable|config)\b",
    ),
    "resource-leak": _any(
        r"\bleak\w*",
        r"\btoo many open files\b",
        r"\b(?:not|never) (?:closed|released|cleaned up)\b",
        r"\bout of memory\b|\boom(?:[- ]?killed)?\b",
    ),
    "network": _any(
        r"\b(?:port|address)\b.{0,30}\b(?:already )?(?:in use|taken|conflict\w*|occupied)",
        r"\bport (?:conflict|collision|clash)\w*",
        r"\bnetwork(?:ing)? (?:is |was )?(?:flak\w+|issue|problem|jitter|partition|glitch|hiccup|error|time-?out)\w*",
        r"\bdns\b",
        r"\bconnection (?:reset|refused)\b",
    ),
    "time": _any(
        r"\btime ?zones?\b|\bdst\b|\bdaylight saving",
        r"\bclock (?:skew|drift|jump)\w*|\bwall clock\b|\bmidnight\b|\bleap (?:year|second)\b",
    ),
    "io": _any(r"\bdisk (?:is |was )?(?:full|slow|i/?o|latency)", r"\bslow (?:disk|i/?o|fsync)\b", r"\bfsync\b"),
    "randomness": _any(r"\brandom(?:ness| seed| data| order| value| number)?s?\b", r"\bseed\b", r"\bfuzz\w*"),
    "floating-point": _any(r"\bfloat(?:ing[- ]point|s)?\b", r"\brounding\b", r"\bprecision\b"),
    "unordered-collections": _any(
        r"\bmap (?:iteration|order\w*)\b|\biteration order\b",
        r"\b(?:hash|set|dict|unordered|non-?deterministic) (?:iteration |map )?order\w*",
        r"\border of (?:the )?(?:map|keys|set|elements|results)\b",
    ),
    "platform": _any(
        r"\bonly (?:fails? )?on (?:windows|mac\w*|linux|arm\w*|darwin|s390x|alpine)",
        r"\b(?:windows|macos|darwin|arm64)[- ](?:only|specific)",
        r"\bslow (?:runner|machine|ci|vm)s?\b|\boverloaded (?:runner|machine|ci)\b",
    ),
    "product-bug": _any(
        r"\b(?:real|actual|genuine|product|production) (?:bug|issue|defect)\b",
        r"\bbug in (?:the )?(?:code|server|product|implementation|client|pd|etcd|tikv|store|scheduler|library)\b",
        r"\bnot (?:a )?flak\w+.*\bbug\b",
    ),
}
"""By the name of a root cause: how people call it."""

THANKS = re.compile(
    r"(?:(?:thanks?(?: you)?|thx|ty|lgtm|(?:nice|great|good) (?:catch|find|job|work|one)|nice|great|cool|awesome|good (?:bot|catch|find|job)|\+1|-1|👍|🎉|❤️|ok(?:ay)?|done|sgtm|"
    r"ack|yes|no|wow|agreed?|same here|me too|well done|a lot|so much|very much|for (?:the|this|looking)[\w ]{0,40})[\s,.!)(:]*)+"
)
"""A comment that is politeness and nothing else."""
