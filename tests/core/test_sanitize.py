"""Secrets never survive, ordinary test output always does, and hostile text costs linear time."""

import base64
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftc.core.errors import ConfigError
from ftc.core.sanitize import (
    Sanitizer,
    bound,
    fence,
    inline_code,
    neutral,
    plain,
    strip_control,
    strip_hidden,
)

GH = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0" + ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PEM = (
    "-----BEGIN RSA PRIVATE "
    + "KEY-----\n"
    + "MIIEowIBAAKCAQEAxq2w3E4r5T6y7U8i9O0pAaSsDdFfGgHhJjKkLlZzXxCcVvBb\n" * 3
    + "Zm9vYmFy==\n-----END RSA PRIVATE "
    + "KEY-----"
)

# (text, the part that must vanish, placeholder expected)
SECRETS = [
    (f"token is {GH}!", GH, "github-token"),
    (f'{{"log":"\\n{GH}"}}', GH, "github-token"),  # an escaped line end glues an n to the token
    ("gho_" + "A" * 36, "A" * 36, "github-token"),
    ("ghs_" + "16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F", "github-token"),
    ("ghs_123456_" + JWT, "dozjgNryP4J3", "github-token"),  # installation tokens that carry a JWT
    ("github_pat_" + "11ABCDEFG0" + "x" * 60, "11ABCDEFG0", "github-token"),
    ("glpat-" + "xYz12_abcDEF34567890", "xYz12_abcDEF", "gitlab-token"),
    ("id=AKIA" + "IOSFODNN7EXAMPL2", "IOSFODNN7", "aws-key"),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzz1KEY", "wJalrXUtn", "secret"),
    ('"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzz1KEY"', "wJalrXUtn", "secret"),
    ("xoxb-" + "123456789012-1234567890123-AbCdEfGhIjKl", "AbCdEfGhIjKl", "slack-token"),
    ("https://hooks.slack.com/services/" + "T000/B000/XXXXyyyyZZZZ", "XXXXyyyyZZZZ", "slack-token"),
    ("key AIza" + "SyA1234567890abcdefghijklmnopqrstu-v", "SyA1234567890", "google-key"),
    ("sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqLyj", "stripe-key"),
    ("//r/:_authToken=npm_" + "abcdefghijABCDEFGHIJ0123456789abcdef", "abcdefghijABC", "npm-token"),
    ("pypi-" + "AgEIcHlwaS5vcmc" + "Cx" * 30, "AgEIcHlwaS5vcmc", "pypi-token"),
    ("sk-" + "abcdefghijklmnopqrst1234567890ABCDEFGHIJKLMNOP12", "abcdefghijkl", "model-key"),
    ("ANTHROPIC=sk-ant-" + "api03-AbCdEf_123456-7890abcdefghij", "AbCdEf_123456", "model-key"),
    ("https://oapi.dingtalk.com/robot/send?access_token=" + "0123456789abcdef0123456789", "0123456789abcdef", "token"),
    (f"got {JWT} back", "dozjgNryP4J3", "jwt"),
    (PEM, "MIIEowIBAAKC", "private-key"),
    ("\n".join("    | " + line for line in PEM.splitlines()), "MIIEowIBAAKC", "private-key"),  # prefixed by a runner
    (PEM.replace("\n", "\\n"), "MIIEowIBAAKC", "private-key"),  # as a JSON string
    (PEM[:200], "MIIEowIBAAKC", "private-key"),  # the excerpt ended inside the key
    (PEM[100:], "Zm9vYmFy", "private-key"),  # the excerpt began inside the key
    ("Set-Cookie: session=abcdef; Path=/", "abcdef", "cookie"),
    ("{'Cookie': 'sid=31d4d96e407aad42'}", "31d4d96e407aad42", "cookie"),
    ("Authorization: Bearer abc123", "abc123", "authorization"),
    ('-H "authorization: Basic dXNlcjpwYXNzd29yZA=="', "dXNlcjpwYXNz", "authorization"),
    ("map[Authorization:[Bearer q1w2e3r4t5]]", "q1w2e3r4t5", "authorization"),  # Go prints http.Header so
    (
        "AWS4-HMAC-SHA256 Credential=AK/20240101/r/s3/aws4_request, Signature=fe5f80f77d5fa3beca038a24",
        "fe5f80f7",
        "authorization",
    ),
    ("clone https://user:hunter2@example.com/x.git", "hunter2", "url-login"),
    ("https://x-access-token:v1.abcdef0123@github.com/o/r", "abcdef0123", "url-login"),
    ("postgres://app:p@ss:w0rd@db:5432/x", "w0rd", "url-login"),  # an unescaped @ in the password
    ("https://0123456789abcdef0123@github.com/o/r", "0123456789abcdef", "url-login"),  # token as user
    ("password=correcthorse", "correcthorse", "secret"),
    ("PASSWORD: hunter2024", "hunter2024", "secret"),
    ('{"password":"s3cr3t!x"}', "s3cr3t!x", "secret"),
    ('{\\"api_key\\": \\"9f8e7d6c5b4a\\"}', "9f8e7d6c5b4a", "secret"),  # JSON inside JSON
    ("export MY_API_TOKEN='Zx9-Yw8.Vu7'", "Zx9-Yw8", "secret"),
    ("--token a1b2c3d4e5f6g7h8", "a1b2c3d4e5", "secret"),
    ("?sv=2020&sig=aGVsbG8gd29ybGQ1Njc4%3D&se=1", "aGVsbG8gd29", "secret"),
    ("mail to jane.doe+ci@mail.example.co.uk.", "jane.doe", "email"),
    ("from someone@163.com", "someone@163", "email"),  # a domain that begins with digits
]


@pytest.mark.parametrize(("text", "secret", "label"), SECRETS)
def test_secret_is_replaced(text, secret, label):
    redacted = Sanitizer().redact(text)
    assert secret not in redacted
    assert f"[redacted:{label}]" in redacted
    assert Sanitizer().redact(redacted) == redacted


ORDINARY = [
    "HEAD is now at 3f786850e387550fdab836ed7e6dc881de23001b Merge abc into def",
    "uuid 123e4567-e89b-12d3-a456-426614174000 not found",
    "github.com/tikv/pd/pkg/utils/tokenutil.TestTokenBucket",
    "=== RUN   TestTokenManager/password_reset/secret_is_required",
    "    token_test.go:123: expected: 3, actual: 2",
    "secret_test.go:45: unexpected token: identifier",
    "Error: unexpected token: EOF",
    "assert decode('aGVsbG8gd29ybGQ=') == b'hello world'",
    "password: required",
    "token=<nil> err=context deadline exceeded",
    "tokens: 123456789, max_tokens=4096 token_count=12",
    "token_expiry=2024-01-01T00:00:00Z",
    "token:0xc000123456 secret=0xdeadbeef",
    "git@github.com:tikv/pd.git",
    "ssh://git@github.com/tikv/pd",
    "go: downloading go.etcd.io/etcd/client/v3@v3.5.0-alpha.0",
    "golang.org/toolchain@v0.0.1-go1.21.linux-amd64",
    "uses: actions/checkout@v4.2.2",
    "java.lang.Object@1b6d3586 cookie: expected 3 got 4",
    "npm ERR! lodash@4.17.21-beta.rc is bad",
    "http://127.0.0.1:2379/pd/api/v1/config?x=1 connection refused",
    "http://localhost:8080/a@b.c",
    "Authorization: missing header in request",
    "Bearer token missing",
    "basic auth failed for user root",
    "disk-aaaaaaaaaaaaaaaaaaaaaaaa1 task-0123456789012345678901",
    "class sk-toggleable__label-arrow",
    '{"auth-token": "simple"} auth-token=jwt,pub-key=/etc/x.pub',
    "@pytest.mark.parametrize",
    "npm_config_user_agent set, npm_lifecycle_event=test",
    "goroutine 12 [chan receive, 2 minutes]:",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "password=${{ secrets.PASSWORD }} token: ${TOKEN}",
    "password=******** token=***",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_output_is_untouched(text):
    assert Sanitizer().redact(text) == text


@pytest.mark.parametrize("prefix", ["", "a", "ab", "user:"])
def test_own_values_in_every_form(prefix):
    """A value of the run's own is found plain, in base64 at any alignment, and URL-encoded."""
    value = "s3cret/va+lue&x"
    sanitizer = Sanitizer(extra_values=(value,))
    encoded = base64.b64encode((prefix + value + "tail").encode()).decode()
    for form in (value, quote(value, safe=""), encoded, base64.urlsafe_b64encode((prefix + value).encode()).decode()):
        redacted = sanitizer.redact(f"<{form}>")
        assert "[redacted:own-secret]" in redacted
    assert value not in repr(sanitizer)


def test_own_value_that_is_part_of_a_placeholder():
    sanitizer = Sanitizer(extra_values=("secret", "redacted", "token"))
    once = sanitizer.redact(f"the secret {GH}")
    assert once == "the [redacted:own-secret] [redacted:github-token]"
    assert sanitizer.redact(once) == once


def test_own_value_of_several_lines():
    sanitizer = Sanitizer(extra_values=("first-line-of-it\nsecond-line-of-it",))
    assert sanitizer.redact("x second-line-of-it y") == "x [redacted:own-secret] y"


def test_short_own_values_are_ignored():
    assert Sanitizer(extra_values=("", "a", "on")).redact("on a day") == "on a day"


def test_private_hosts_and_patterns():
    sanitizer = Sanitizer(private_hosts=("*.corp.example.com", "buildbox"), patterns=(r"(?i)project-\w+",))
    redacted = sanitizer.redact("dial git.eu.corp.example.com:443 via BuildBox for PROJECT-x, not mycorp.example.com")
    assert redacted == "dial [redacted:host]:443 via [redacted:host] for [redacted:custom], not mycorp.example.com"


def test_bad_pattern_is_a_configuration_error():
    with pytest.raises(ConfigError, match="regular expression"):
        Sanitizer(patterns=("(",))


def test_colour_inside_a_token_does_not_hide_it():
    split = GH[:10] + "\x1b[31m" + GH[10:20] + "\u200b" + GH[20:]
    assert Sanitizer().clean(split) == "[redacted:github-token]"


fragments = st.sampled_from(
    [text for text, _, _ in SECRETS]
    + ORDINARY
    + ["token=", "password: ", "Bearer ", "[redacted:", "[redacted:secret]"]
    + ["://", "@", ":", "=", '"', "\\", "eyJ", "sk-", "-----BEGIN PRIVATE KEY-----\n", "AAAA", " ", "\n", "Cookie: a="]
)


@given(st.lists(fragments | st.text(max_size=12), max_size=12).map("".join))
def test_redacting_twice_changes_nothing(text):
    sanitizer = Sanitizer(extra_values=("hunter2", "secret"), private_hosts=("corp.example",))
    once = sanitizer.clean(text)
    assert sanitizer.clean(once) == once


HOSTILE = [
    "a", "eyJ", "eyJa.", "ghp_", "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----\n", "token=", "sk-",
    "password", "://a:", "a@", "a.", "@a.", "cookie:a=", "Authorization: Bearer ", "Authorization", "\x1b]", "\x1b[0",
    "<!--", "[redacted:", "--token ", "`", "#1", "a@a.a.", "SG.a", "1", "=", " ", "\n", "-", "github_pat_", "secret_",
    "A/+0\n", "aA1+", "x.corp.", '\\"', "hooks.slack.com/services/", "bearer  ", "0123456789:AA",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_text_takes_linear_time(unit):
    """100 kB of any repeated fragment; anything quadratic would take minutes."""
    text = (unit * 100_000)[:100_000]
    start = time.process_time()
    Sanitizer(private_hosts=("corp.example",), extra_values=("hunter2hunter2",)).clean(text + "!")
    strip_hidden(text)
    neutral(text)
    plain(text)
    assert time.process_time() - start < 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\x00b\x08c\x9fd", "abcd"),
        ("ev\u202eil\u2066x\u200b\ufeff", "evilx"),
        ("tag\U000e0041\U000e007f", "tag"),  # invisible tag characters carry hidden prompts
        ("\x1b\x1b[31m[0m", "[0m"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("tab\tand 漢字 é 🙂", "tab\tand 漢字 é 🙂"),
    ],
)
def test_strip_control(text, expected):
    assert strip_control(text) == expected


@given(st.text())
def test_strip_control_is_idempotent(text):
    assert strip_control(strip_control(text)) == strip_control(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<!-- x -->b", "a b"),
        ("a<!-- x", "a "),
        ("a<!-->b-->", "a b-->"),  # a complete comment in HTML
        ("<!<!-- -->-- evil -->", "<! -- evil -->"),  # nothing may join to a new comment
        ("see\n[//]: # (do evil)\nme", "see\n\nme"),
        ("[1]: https://x.y", "[1]: https://x.y"),
    ],
)
def test_strip_hidden(text, expected):
    assert strip_hidden(text) == expected


@given(st.lists(st.sampled_from(["<!--", "-->", "<!-->", "--", "<!", "a", "\n"]), max_size=30).map("".join))
def test_no_comment_survives(text):
    assert "<!--" not in strip_hidden(text)


@given(st.text(alphabet="ab\n", max_size=200), st.integers(1, 10), st.integers(25, 120))
def test_bound_keeps_both_limits(text, max_lines, max_chars):
    bounded = bound(text, max_lines=max_lines, max_chars=max_chars)
    assert bounded.count("\n") < max_lines
    assert len(bounded) <= max_chars
    assert bound(bounded, max_lines=max_lines, max_chars=max_chars) == bounded


def test_bound_says_what_is_missing():
    assert bound("1\n2\n3\n4", max_lines=2, max_chars=100) == "1\n… (3 more lines)"
    long = bound("x" * 300, max_lines=5, max_chars=200)
    assert long.startswith("xxx")
    assert len(long) <= 200


@pytest.mark.parametrize("ticks", ["`", "``", "```", "`" * 7, "a`b", "~~~"])
def test_code_cannot_break_out(ticks):
    block = fence(f"x\n{ticks}\n@you", "go\nrm -rf")
    opening = block.split("\n", 1)[0]
    assert opening.rstrip("gorm-f ") not in block.split("\n", 1)[1].rsplit("\n", 1)[0].split("\n")
    span = inline_code(ticks + "\n" + ticks)
    width = len(span) - len(span.lstrip("`"))
    assert "\n" not in span
    assert "`" * width not in span[width:-width]


def test_inline_code_of_nothing_and_ticks():
    assert inline_code(" \n") == "` `"
    assert inline_code("`") == "`` ` ``"


LIVE = ["@octocat", "@org/team", "#12", "o/r#12", "GH-12", "fixes #3", "https://github.com/o/r/issues/1", "www.x.org",
        "/ai-fix", "a\n/ai-fix now", "::error::x", "\n ::set-output name=a::b", "##[error]x", "<!-- x -->", "--> x",
        "<details open>", "<img src=x>", "```\nx", "~~~~", "**bold**"]  # fmt: skip


@pytest.mark.parametrize("text", LIVE)
@pytest.mark.parametrize("escape", [neutral, plain])
def test_nothing_live_remains(text, escape):
    safe = escape(text)
    for live in ("@o", "#1", "#3", "GH-12", "://", "www.", "/ai-fix", "##[", "<", "-->", "```", "~~~"):
        assert live not in safe
    assert not any(line.strip().startswith("::") for line in safe.split("\n"))
    assert "**b" not in plain(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. not a list", "1\\. not a list"),
        ("- not a list", "\\- not a list"),
        ("# not a title", "\\# not a title"),
        ("std::sync at 10-20, a_b*c", "std::sync at 10-20, a\\_b\\*c"),
        ("a & b < c", "a &amp; b &lt; c"),
    ],
)
def test_plain_reads_as_written(text, expected):
    assert plain(text) == expected
