"""What a secret looks like: one table of token formats, and the rules for keys, headers, URLs and assignments.

Rule: a format is one entry here and one case in the test; expressions never backtrack over unbounded text.
"""

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))"
r"""Start of a word, also behind an escaped line end (``"\nsk-..."`` in a JSON log line)."""

MAX_KEY_CHARS = 20_000
"""A PEM key is below 15 kB even for RSA 16384; what lies further apart does not belong together."""

_TOKENS: dict[str, tuple[str, ...]] = {
    "github-token": (r"gh[pousr]_[A-Za-z0-9_]{16,}+(?:\.[A-Za-z0-9_-]++){0,2}", r"github_pat_[A-Za-z0-9_]{20,}+"),
    "gitlab-token": (
        r"gl(?:pat|ptt|dt|rt|cbt|soat|oas|agent|imt|ft|ffct)-[A-Za-z0-9_.-]{16,}+",
        r"GR1348941[\w-]{16,}+",
    ),
    "aws-key": (_START + r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])",),
    "slack-token": (
        r"xox[abceoprs](?:\.[a-z]{2,8})?-[A-Za-z0-9-]{10,}+",
        r"xapp-\d-[A-Za-z0-9-]{10,}+",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{10,}+",
    ),
    "google-key": (r"AIza[A-Za-z0-9_-]{30,}+", r"ya29\.[A-Za-z0-9_-]{20,}+", r"GOCSPX-[A-Za-z0-9_-]{20,}+"),
    "stripe-key": (r"[rps]k_(?:live|test)_[A-Za-z0-9]{10,}+", r"whsec_[A-Za-z0-9+/=]{16,}+"),
    "npm-token": (r"npm_[A-Za-z0-9]{30,}+",),
    "pypi-token": (r"pypi-[A-Za-z0-9_-]{40,}+",),
    "model-key": (
        _START + r"sk-(?=[A-Za-z_-]{0,200}\d)[A-Za-z0-9_-]{20,}+",
        _START + r"(?:gsk_|xai-|pplx-|hf_|r8_)[A-Za-z0-9]{30,}+",
    ),
    "token": (
        r"dckr_pat_[A-Za-z0-9_-]{20,}+",
        r"do[opr]_v1_[a-f0-9]{40,}+",
        r"(?:discord|discordapp)\.com/api/webhooks/\d{5,25}/[A-Za-z0-9_-]{20,}+",
        r"oapi\.dingtalk\.com/robot/send\?access_token=[A-Za-z0-9]{20,}+",
        r"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/[A-Za-z0-9-]{20,}+",
        r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=[A-Za-z0-9-]{20,}+",
        _START + r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}+",
        _START + r"hv[sbr]\.[A-Za-z0-9_-]{20,}+",
        _START + r"dapi[a-f0-9]{32}",
        _START + r"\d{8,10}:AA[A-Za-z0-9_-]{33}",
        _START + r"(?:glsa|lin_api|rubygems|sntrys|shpat|pscale_tkn|pul)[_-][A-Za-z0-9_.=+/-]{30,}+",
        _START + r"ATATT3[A-Za-z0-9_=-]{40,}+",
        r"AGE-SECRET-KEY-1[A-Z0-9]{50,}+",
    ),
    "jwt": (_START + r"eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]*+",),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One expression and what becomes of a match; ``replace`` may return the match unchanged."""

    pattern: re.Pattern[str]
    replace: Callable[[re.Match[str]], str]

    def apply(self, text: str) -> str:
        """The text without what this rule redacts."""
        return self.pattern.sub(self.replace, text)


def _constant(label: str) -> Callable[[re.Match[str]], str]:
    return lambda _: f"[redacted:{label}]"


def _keep_head(label: str) -> Callable[[re.Match[str]], str]:
    """Replace the group ``value`` only, unless it is a placeholder already."""

    def replace(match: re.Match[str]) -> str:
        if match["value"].startswith("[redacted:"):
            return match[0]
        return f"{match['head']}[redacted:{label}]"

    return replace


_HEADER = re.compile(
    r"(?P<head>(?:authorization|x-api-key|x-auth-token|private-token|job-token|proxy-authorization)"
    r"""(?:\\?["'])?[ \t]{0,3}[:=>]{1,2}[ \t]{0,3}[\["'\\]{0,3}"""
    r"(?:(?:bearer|basic|token|digest|negotiate|apikey)[ \t]{1,3}))(?P<value>[^\s\"',;\\]{4,}+)",
    re.IGNORECASE,
)
_BARE_HEADER = re.compile(
    r"(?P<head>(?:authorization|x-api-key|x-auth-token|private-token|job-token)"
    r"""(?:\\?["'])?[ \t]{0,3}[:=>]{1,2}[ \t]{0,3}[\["'\\]{0,3})(?P<value>[^\s"',;\\]{8,}+)""",
    re.IGNORECASE,
)
_SIGNED_HEADER = re.compile(
    r"(?P<head>AWS4-HMAC-SHA256[ \t]{1,3})(?P<value>Credential=[^\r\n\"']{8,}+)",
)
_BEARER = re.compile(
    r"(?P<head>(?<![A-Za-z0-9])(?:bearer|basic)[ \t]{1,3})(?P<value>[A-Za-z0-9._~+/=-]{16,}+)", re.IGNORECASE
)
_COOKIE = re.compile(
    r"""(?P<head>(?<![A-Za-z0-9_])(?:set-)?cookie(?:\\?["'])?[ \t]{0,3}[:=]{1,2}[ \t]{0,3}[\["'\\]{0,3})"""
    r"""(?P<value>[^\s=;"'\\:\[\]]{1,100}=[^\r\n"'\\\]]++)""",
    re.IGNORECASE,
)
_URL_LOGIN = re.compile(r"""(?<=://)(?P<head>)(?P<value>[^\s/:@"'<>]{0,256}:[^\s/"'<>]{1,512})(?=@)""")
_URL_TOKEN = re.compile(r"""(?<=://)(?P<head>)(?P<value>[A-Za-z0-9_%.~-]{16,256})(?=@)""")
_NAMES = (
    r"(?P<strong>pass(?:word|wd|phrase)|(?<![a-z])pwd|client[_-]?secret|secret[_-]?(?:access[_-]?)?key|private[_-]?key)"
    r"|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|encryption[_-]?key|credentials?|(?<=[?&;])sig(?==)"
    r"|x-amz-(?:signature|credential|security-token)"
)
_ASSIGNMENT = re.compile(
    rf"(?P<head>(?:{_NAMES})[\w-]{{0,24}}+(?P<sep>(?:\\?[\"'`])?\]?[ \t]{{0,3}}(?::=|=>|==|[:=])[ \t]{{0,3}}"
    r"(?P<quote>\\?[\"'`])?))(?P<value>[^\s\"'`,;&)}\\]{6,}+)",
    re.IGNORECASE,
)
_FLAG = re.compile(
    rf"(?P<head>(?<!\S)--?[\w-]{{0,24}}?(?:{_NAMES})[\w-]{{0,24}}+(?P<sep>[ \t]{{1,3}}(?P<quote>[\"'])?))"
    r"(?P<value>[^\s\"'`,;&)}\\-][^\s\"'`,;&)}\\]{5,}+)",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])(?P<local>[A-Za-z0-9._%+-]++)@"
    r"(?P<domain>(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![A-Za-z0-9-]|\.[A-Za-z0-9])"
)

_HARMLESS = re.compile(
    r"0x[0-9a-f]+|[-+]?[\d.,:_]+[a-z%]{0,3}|\d{4}-\d\d-\d\d.*|<.*>?|\*+|x+|\.+|\$[{(A-Za-z_].*|%[a-z].*"
    r"|(?:true|false|null|none|nil|undefined|required|invalid|missing|expired|example|unknown|string|empty)\W*"
    r"|[\w./-]+\.(?:go|py|js|ts|rs|java|kt|rb|cs|cpp|cc|h)\b.*|\[redacted:.*",
    re.IGNORECASE,
)


def looks_secret(value: str, *, strong: bool, prose: bool) -> bool:
    """Whether a value that was assigned to a secret's name reads like a secret and not like a word or a number.

    ``strong``: the name says password, so a plain word counts too. ``prose``: ``token: value`` without quotes, which
    is how error messages begin, so the value must be long and mixed.
    """
    if _HARMLESS.fullmatch(value):
        return False
    if strong and not prose:
        return True
    kinds = sum(bool(re.search(kind, value[:200])) for kind in (r"[a-z]", r"[A-Z]", r"\d"))
    if not re.search(r"\d", value[:200]):
        return len(value) >= 20 and kinds >= 2 and _entropy(value[:200]) >= 4.0
    if prose and not strong:
        return len(value) >= 16 and kinds >= 2 and _entropy(value[:200]) >= 3.0
    return len(value) >= 8 and kinds >= 2


def _entropy(value: str) -> float:
    """Bits per character."""
    counts = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())


def _assignment(match: re.Match[str]) -> str:
    prose = not match["quote"] and "=" not in match["sep"] and match["sep"].strip() != ""
    if looks_secret(match["value"], strong=bool(match["strong"]), prose=prose):
        return f"{match['head']}[redacted:secret]"
    return match[0]


def _bare_header(match: re.Match[str]) -> str:
    if looks_secret(match["value"], strong=False, prose=False):
        return f"{match['head']}[redacted:authorization]"
    return match[0]


def _url_token(match: re.Match[str]) -> str:
    return "[redacted:url-login]" if re.search(r"\d", match["value"]) else match[0]


def _email(match: re.Match[str]) -> str:
    if match["local"] == "git" or re.match(r"v?\d+\.\d+", match["domain"]):
        return match[0]  # an scp-style remote; a package at a version
    return "[redacted:email]"


RULES: tuple[Rule, ...] = (
    *(Rule(re.compile("|".join(forms)), _constant(label)) for label, forms in _TOKENS.items()),
    Rule(_SIGNED_HEADER, _keep_head("authorization")),
    Rule(_HEADER, _keep_head("authorization")),
    Rule(_BARE_HEADER, _bare_header),
    Rule(_BEARER, _keep_head("authorization")),
    Rule(_COOKIE, _keep_head("cookie")),
    Rule(_URL_LOGIN, _keep_head("url-login")),
    Rule(_URL_TOKEN, _url_token),
    Rule(_ASSIGNMENT, _assignment),
    Rule(_FLAG, _assignment),
    Rule(_EMAIL, _email),
)

LABELS: tuple[str, ...] = (
    *_TOKENS,
    "private-key",
    "authorization",
    "cookie",
    "url-login",
    "secret",
    "email",
    "own-secret",
    "custom",
    "host",
)
"""Every word that may stand in a placeholder."""

_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d:")
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|Private-MAC: [0-9a-f]{40,128}")
_KEY_LINE = re.compile(r"[^\n]{0,40}?[A-Za-z0-9+/=\\]{40,}+[^\n]{0,40}(?:\n|$)|[ \t]*[A-Za-z0-9+/=]{1,76}\s*?(?:\n|$)")


def redact_private_keys(text: str) -> str:
    """Replace PEM and PuTTY private keys, also one cut off at either end and one whose lines carry a prefix."""
    ends = list(_END.finditer(text))
    if not ends and not _BEGIN.search(text):
        return text
    parts: list[str] = []
    position = next_end = 0
    for begin in _BEGIN.finditer(text):
        if begin.start() < position:
            continue
        while next_end < len(ends) and ends[next_end].start() < begin.end():
            next_end += 1
        parts += [text[position : begin.start()], "[redacted:private-key]"]
        closed = next_end < len(ends) and ends[next_end].start() - begin.end() <= MAX_KEY_CHARS
        position = ends[next_end].end() if closed else _key_lines_end(text, begin.end())
    return _redact_orphan_ends("".join([*parts, text[position:]]))


def _key_lines_end(text: str, position: int) -> int:
    """Where the lines of a key that lacks its END stop."""
    stop = min(len(text), position + MAX_KEY_CHARS)
    if text[position : position + 1] == "\n":
        position += 1
    while position < stop and (line := _KEY_LINE.match(text, position)):
        position = line.end()
    return position


def _redact_orphan_ends(text: str) -> str:
    """Redact key lines above an END whose BEGIN was cut away."""
    if not _END.search(text):
        return text
    kept: list[str] = []
    for line in text.splitlines(keepends=True):
        if not (end := _END.search(line)):
            kept.append(line)
            continue
        while kept and _KEY_LINE.fullmatch(kept[-1]):
            kept.pop()
        kept.append("[redacted:private-key]" + line[end.end() :])
    return "".join(kept)
