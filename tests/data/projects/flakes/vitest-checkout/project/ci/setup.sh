# Fetches what the tests need, exactly as locked, and runs nothing of it.
set -eu
npm ci --silent --no-audit --no-fund --ignore-scripts --prefer-offline
