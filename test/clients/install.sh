#!/bin/sh
# Installs the real S3 clients that the suites drive, on Debian as root.
# It never fails: a suite whose client is missing skips itself by name and says why.
set -u

missing=''
need() { # need <package> <command that succeeds when it is there>
  package=$1
  shift
  "$@" >/dev/null 2>&1 || missing="$missing $package"
}

has_boto3() {
  python3 -c 'import boto3' || /usr/bin/python3 -c 'import boto3'
}

install() {
  DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -qq -y --no-install-recommends \
    -o DPkg::Lock::Timeout=60 -o Acquire::Retries=2 "$@" </dev/null >/dev/null 2>&1
}

need rclone command -v rclone
need s3cmd command -v s3cmd
need strace command -v strace
need awscli command -v aws
need python3-boto3 has_boto3
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "Not installed, so their tests will be skipped:$missing (needs root on Debian)"
  exit 0
fi

echo "Installing the clients that the tests drive:$missing"
# shellcheck disable=SC2086 # a list of package names
install $missing && exit 0
timeout 300 apt-get update -qq </dev/null >/dev/null 2>&1
for package in $missing; do
  install "$package" || echo "Could not install $package: its tests will be skipped."
done
exit 0
