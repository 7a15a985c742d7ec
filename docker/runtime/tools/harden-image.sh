#!/bin/sh
# The part of the image that does not depend on Modelwright's source; runs inside the container.
set -eu

# The account that everything runs as; contracts with the host name it by number.
if ! getent group 10001 >/dev/null; then groupadd --gid 10001 sandbox; fi
if ! getent passwd 10001 >/dev/null; then
  useradd --uid 10001 --gid 10001 --home-dir /workspace --no-create-home \
    --shell /usr/sbin/nologin sandbox
fi
install -d -o 10001 -g 10001 -m 0750 /workspace
install -d -m 0755 /data /control /model /run/modelwright

[ -e /usr/bin/python3 ] && [ ! -e /usr/bin/python ] && ln -s python3 /usr/bin/python || :

# Set-uid programs are useless without capabilities and one kernel bug away from being useful.
find / -xdev -perm /6000 -type f -exec chmod a-s {} +
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*.log /var/log/apt ~root/.cache /tmp/pip-*

# Nothing is installed in a running container: pip and its like are one more thing to misuse.
for installer in pip setuptools wheel pkg_resources _distutils_hack distutils-precedence.pth; do
  rm -rf /usr/lib/python3/dist-packages/"$installer"* \
    /usr/local/lib/python3.11/site-packages/"$installer"*
done
rm -f /usr/bin/pip* /usr/local/bin/pip* /usr/bin/wheel /usr/local/bin/wheel
rm -rf /usr/share/python-wheels /usr/local/lib/python3.11/ensurepip/_bundled

# A read-only root can never write bytecode, and without it each start takes a second longer.
# Unchecked: the files cannot change, so nothing is gained by comparing times on every import.
python=/opt/venv/bin/python
standard_library=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
distribution=/usr/lib/python3/dist-packages
for folder in "$standard_library" /opt/venv/lib "$distribution"; do
  [ -d "$folder" ] || continue
  "$python" -m compileall -q -j 0 --invalidation-mode unchecked-hash \
    -x '(lib2to3/tests|/test/|/bad_coding|/templates?/)' "$folder" || :
done
