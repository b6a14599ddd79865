#!/usr/bin/env bash
# Run the tests in full; a test that fails gets one more chance, so that one flake does not spoil the night.
set -uo pipefail

go test -race -count=1 -v ./... | tee nightly.txt && exit 0
failed=$(sed -nE 's/^--- FAIL: ([A-Za-z0-9_]+) .*/\1/p' nightly.txt | sort -u | paste -sd '|')
[ -n "$failed" ] && exec go test -race -count=1 -v -run "^($failed)\$" ./...
exit 1
