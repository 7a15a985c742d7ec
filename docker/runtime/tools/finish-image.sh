#!/bin/sh
# Compiles Modelwright's own package and proves that the image can start; runs in the container.
set -eu
site=/opt/venv/lib/python3.11/site-packages
find "$site/runtime" -name '__pycache__' -prune -exec rm -rf {} +
find "$site/runtime" -exec chmod a+rX,go-w {} +
/opt/venv/bin/python -m compileall -q -f --invalidation-mode unchecked-hash "$site/runtime"
LD_LIBRARY_PATH=/opt/lib /opt/venv/bin/python -m runtime.features >/dev/null
