"""GitHub's expressions, as far as our workflows use them, so that a condition is tried on many events at once.

The rule it keeps: the semantics are those of the reference ("Evaluate expressions in workflows and actions"): texts are
compared without regard to case, what is missing is null, and ``&&`` and ``||`` give one of their operands.
`test_act.py` compares it with a program that runs workflows.
"""

import re

TOKEN = re.compile(r"\s*(?:(\d+)|'((?:[^']|'')*)'|([A-Za-z_][\w-]*)|(==|!=|&&|\|\||[!().,*]))")


def evaluate(expression, context):
    """The value of an expression, with or without its ``${{ }}``; ``context`` holds ``github``, ``inputs`` …"""
    text = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", expression.strip(), flags=re.DOTALL).strip()
    tokens, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        assert match, f"unknown to this evaluator: {text[at:]!r}"
        tokens.append(match)
        at = match.end()
    reader = _Reader(tokens, context)
    value = reader.either()
    assert reader.next() is None, "something is left over"
    return value


def truth(value):
    """Whether a condition with this value holds."""
    return value not in ("", 0, None, False)


class _Reader:
    def __init__(self, tokens, context):
        self.tokens, self.context, self.place = tokens, context, 0

    def next(self):
        """The sign that comes next; None for a value or the end."""
        return self.tokens[self.place][4] if self.place < len(self.tokens) else None

    def take(self, *signs):
        found = self.next()
        if found not in signs:
            return ""
        self.place += 1
        return found

    def either(self):
        value = self.both()
        while self.take("||"):
            other = self.both()
            value = value if truth(value) else other
        return value

    def both(self):
        value = self.compared()
        while self.take("&&"):
            other = self.compared()
            value = other if truth(value) else value
        return value

    def compared(self):
        if self.take("!"):
            return not truth(self.compared())
        value = self.single()
        while sign := self.take("==", "!="):
            value = _equal(value, self.single()) == (sign == "==")
        return value

    def single(self):
        if self.take("("):
            value = self.either()
            assert self.take(")")
            return value
        number, text, name, _ = self.tokens[self.place].groups()
        self.place += 1
        if number or text is not None:
            return int(number) if number else text.replace("''", "'")
        return self.called(name) if self.take("(") else self.reached(name)

    def called(self, name):
        values = []
        while not self.take(")"):
            values.append(self.either())
            self.take(",")
        return FUNCTIONS[name](*values)

    def reached(self, name):
        if name in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[name]
        value = self.context[name]
        while self.take("."):
            if self.take("*"):
                value = list(value.values() if isinstance(value, dict) else value or [])
                continue
            key = self.tokens[self.place][3]
            self.place += 1
            value = [_inside(item, key) for item in value] if isinstance(value, list) else _inside(value, key)
        return value


def _inside(value, key):
    return value.get(key) if isinstance(value, dict) else None


def _text(value):
    return "" if value is None else str(value).lower()


def _equal(left, right):
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if type(left) is type(right):
        return left == right
    return _number(left) == _number(right)


def _number(value):
    try:
        return float(value or 0)
    except ValueError:
        return None  # NaN, which equals nothing: the other side is a number


def _contains(where, what):
    return any(_equal(item, what) for item in where) if isinstance(where, list) else _text(what) in _text(where)


FUNCTIONS = {
    "startsWith": lambda text, start: _text(text).startswith(_text(start)),
    "contains": _contains,
}
