#!/bin/sh
# Makes this machine a node of Skygarth: a user without a shell, the software in
# /opt/skygarth, settings in /etc/skygarth, one systemd unit. It may run again: then
# it brings the software up to date, and leaves settings and content as they are.
#
# Usage: install.sh [FOLDER]   the folder with << label >>.service and its files
# With SKYGARTH_START=no the node is only enabled, and starts with the machine.
set -eu

files=${1:-$(dirname "$0")}
software='<< software >>'

newest_python() {
  for candidate in python3.14 python3.13 python3.12 python3.11 python3; do
    if "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

if [ ! -x /opt/skygarth/bin/pip ] && ! newest_python >/dev/null; then
  if command -v apt-get >/dev/null; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends python3 python3-venv
  elif command -v dnf >/dev/null; then
    dnf install -y -q python3.11 || dnf install -y -q python3
  fi
fi
if [ ! -x /opt/skygarth/bin/pip ]; then
  python=$(newest_python) || { echo "error: no Python 3.11 or newer on this machine" >&2; exit 1; }
  "$python" -m venv /opt/skygarth
fi

case $software in
  /*) set -- --no-index --find-links "$software" skygarth ;;
  *) set -- "$software" ;;
esac
/opt/skygarth/bin/pip install --disable-pip-version-check --no-cache-dir --quiet --upgrade "$@"

install -D -m 0644 "$files/sysusers.conf" /etc/sysusers.d/skygarth.conf
install -D -m 0644 "$files/tmpfiles.conf" /etc/tmpfiles.d/<< label >>.conf
systemd-sysusers /etc/sysusers.d/skygarth.conf
systemd-tmpfiles --create /etc/tmpfiles.d/<< label >>.conf
[ -e /etc/skygarth/<< label >>.toml ] ||
  install -m 0644 "$files/<< label >>.toml" /etc/skygarth/<< label >>.toml
<% if parameter %>
install -m 0644 "$files/<< label >>-key.service" /etc/systemd/system/<< label >>-key.service
<% endif %>
install -m 0644 "$files/<< label >>.service" /etc/systemd/system/<< label >>.service
systemctl daemon-reload
systemctl enable --quiet << label >>.service
if [ "${SKYGARTH_START:-yes}" = yes ]; then
  systemctl restart --no-block << label >>.service
fi
