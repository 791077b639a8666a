#!/bin/sh
# Lints, checks types and runs the tests, in an environment of its own (.venv): sh check.sh [pytest options]
set -e
cd "$(dirname "$0")"
wanted=$(cksum < pyproject.toml)
if [ "$(cat .venv/installed 2>/dev/null)" != "$wanted" ]; then
  rm -rf .venv
  "${PYTHON:-python3}" -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check --no-input -e '.[dev]'
  echo "$wanted" > .venv/installed
fi
.venv/bin/ruff check --quiet src tests make_aio_types.py
.venv/bin/ruff format --check --quiet src tests make_aio_types.py
.venv/bin/mypy
.venv/bin/python -m pytest "$@"
