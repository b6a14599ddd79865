#!/usr/bin/env bash
# Run the tests once in one process; a test that fails gets one more chance.
set -uo pipefail

python -m pytest -v -n 0 --color=yes | tee nightly.txt && exit 0
exec python -m pytest -v -n 0 --color=yes --last-failed
