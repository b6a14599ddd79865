"""A test runner in miniature, which starts faster than pytest: ``python mini.py REPORT NAME`` or ``python mini.py REPORT all``.

Its tests are the functions of ``mini_tests.py``; it reports as pytest does.
"""

import sys
from pathlib import Path
from xml.sax.saxutils import quoteattr

HEAD = '<testsuites><testsuite name="pytest">'


def main(report, wanted):
    sys.path.insert(0, ".")
    space = {}
    exec(Path("mini_tests.py").read_text(), space)  # noqa: S102
    body, code = "", 0
    for name in [name for name in space if name.startswith("test_") and wanted in (name, "all")]:
        inner = ""
        try:
            skipped = space[name]() == "skip"
            inner = "<skipped/>" if skipped else ""
        except AssertionError as error:
            text = f"E       AssertionError: {error}\n\nmini_tests.py:9: AssertionError"
            inner, code = f"<failure message={quoteattr(str(error))}>{text}</failure>", 1
        body += f'<testcase classname="mini_tests" name="{name}">{inner}</testcase>'
    Path(report).write_text(f"{HEAD}{body}</testsuite></testsuites>")
    return code


sys.exit(main(*sys.argv[1:]))
