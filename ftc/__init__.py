"""flaky-test-cleaner: finds flaky tests in CI, keeps one issue for each, and proves their fixes."""

__version__ = "0.1.0"
