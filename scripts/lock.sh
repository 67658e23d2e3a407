#!/usr/bin/env bash
# Renews the locks in requirements/ from pyproject.toml. Run it after changing a dependency.
set -euo pipefail
cd "$(dirname "$0")/.."
options=(--quiet --generate-hashes --universal --python-version 3.11 --no-header --no-emit-index-url
         --no-emit-find-links)
uv pip compile pyproject.toml "${options[@]}" -o requirements/runtime.txt "$@"
uv pip compile pyproject.toml --extra dev "${options[@]}" -c requirements/runtime.txt -o requirements/dev.txt "$@"
uv pip compile pyproject.toml --extra package "${options[@]}" -c requirements/runtime.txt -o requirements/package.txt "$@"
