#!/bin/sh
# Lints, checks types and runs the tests, in an environment of its own (.venv) with the SDK: sh check.sh [pytest options]
set -e
cd "$(dirname "$0")"
sdk=../../plugin-sdk/python
wanted=$(cat pyproject.toml "$sdk/pyproject.toml" | cksum)
if [ "$(cat .venv/installed 2>/dev/null)" != "$wanted" ]; then
  rm -rf .venv
  "${PYTHON:-python3}" -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check --no-input -e "$sdk[dev]"
  .venv/bin/pip install --quiet --disable-pip-version-check --no-input --no-deps -e .
  echo "$wanted" > .venv/installed
fi
.venv/bin/ruff check --quiet src tests
.venv/bin/ruff format --check --quiet src tests
.venv/bin/mypy
.venv/bin/python -m pytest "$@"
