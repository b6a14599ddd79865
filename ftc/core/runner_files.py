"""The files in which test runners are told what to do, beside manifests that hold it as well.

The rule it keeps: they are as protected as manifests. No line of them is a test, and what they hide no rule of masking
sees.
"""

RUNNER_FILES = (
    "pytest.ini", "pytest.toml", "nose2.cfg", "unittest.cfg",
    "jest.config.*", "vitest.config.*", "vitest.workspace.*", "vite.config.*", "playwright.config.*",
    "cypress.config.*", "cypress.json", "ava.config.*", "karma.conf.*", "wdio.conf.*", "nightwatch.conf.*",
    "web-test-runner.config.*", "jasmine.json", "mocha.opts",
    "junit-platform.properties", "kotest.properties", "testng*.xml", "**/META-INF/services/org.junit.*",
    "nextest.toml", "CTestConfig.*", "CTestCustom.*", "*.runsettings", "xunit.runner.json",
)  # fmt: skip
"""What tells a test runner which tests there are and how often they run: patterns over paths."""
