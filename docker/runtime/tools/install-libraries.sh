#!/bin/sh
# Makes /opt/venv from a lock file; runs inside a container of the base image.
#   install-libraries.sh FOLDER   with FOLDER/requirements.lock and FOLDER/wheels/
# System libraries that wheels expect and a slim base lacks are copied to /opt/lib from the wheels
# themselves, so nothing is installed with apt.
set -eu
build=$1
venv=/opt/venv

python3 -m venv --without-pip "$venv"
# `--no-deps`: the lock is complete. `--no-compile`: everything is compiled once, at the end.
set -- --python "$venv/bin/python" install --disable-pip-version-check --no-cache-dir \
  --root-user-action ignore --no-deps --no-compile --only-binary :all: --require-hashes \
  --requirement "$build/requirements.lock"
if ls "$build"/wheels/*.whl >/dev/null 2>&1; then
  set -- "$@" --no-index --find-links "$build/wheels"
fi
env -u PIP_FIND_LINKS python3 -m pip "$@"

site=$(echo "$venv"/lib/python3*/site-packages)

# LightGBM links to the OpenMP library of GCC, which no slim base has; scikit-learn ships one.
mkdir -p /opt/lib
if ! ldconfig -p | grep -q 'libgomp\.so\.1'; then
  for library in "$site"/scikit_learn.libs/libgomp-*.so*; do
    [ -e "$library" ] && ln -sf "$library" /opt/lib/libgomp.so.1
  done
fi

# Tests, headers and static libraries of the wheels: a fifth of the size, never imported.
find "$site" -depth -type d \( -name tests -o -name test \) \
  -not -path '*/numpy/*' -not -path '*/optuna/*' -not -path '*/pandas/_testing*' \
  -exec rm -rf {} +
find "$site" -type f \( -name '*.a' -o -name '*.lib' -o -name '*.pxd' -o -name '*.pyx' \) -delete
rm -rf "$site"/pyarrow/include "$site"/pyarrow/src "$site"/pandas/tests "$site"/numpy/_core/tests \
  "$site"/matplotlib/mpl-data/sample_data
find "$site" -name '*.so*' -type f -size +64k | while read -r object; do
  if command -v strip >/dev/null 2>&1; then strip --strip-debug "$object" 2>/dev/null || :; fi
done
