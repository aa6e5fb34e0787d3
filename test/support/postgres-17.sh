#!/bin/sh
# Makes a PostgreSQL 17 for tests, beside the machine's own: Debian 13's packages in their own directory; any user can run
# them. Needs root, 0.7 GB and a minute the first time; does nothing if it is there already.
# usage: test/support/postgres-17.sh [DIR]    (default: $POSTGRES_17_DIR, else /opt/postgres-17)
set -eu
dir=${1:-${POSTGRES_17_DIR:-/opt/postgres-17}}
case $dir in /*) ;; *) dir=$PWD/$dir ;; esac
root=$dir/root
bin=$root/usr/lib/postgresql/17/bin
[ -e "$dir/complete" ] && { echo "$bin"; exit; }

[ "$(id -u)" = 0 ] || { echo "debootstrap needs root: run sudo $0 $dir" >&2; exit 1; }
command -v debootstrap >/dev/null || {
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
}
mkdir -p "$dir"
rm -rf "$root"
debootstrap --variant=minbase --include=postgresql-17,locales trixie "$root" >"$dir/debootstrap.log" 2>&1 || {
  tail -n 5 "$dir/debootstrap.log" >&2
  exit 1
}
rm -f "$root"/var/cache/apt/archives/*.deb

# For a server's messages in German. As a directory, unlike Debian's single file, since LOCPATH reads no other form.
chroot "$root" localedef --no-archive -i de_DE -f UTF-8 /usr/lib/locale/de_DE.UTF-8

# The programs need Debian 13's C library: that library's loader starts each. They find each other and their
# files relative to the path that they are called by.
mv "$bin" "$bin.real"
mkdir "$bin"
loader=$(echo "$root"/usr/lib/*-linux-gnu*/ld-linux-*.so.*)
for program in "$bin.real"/*; do
  name=${program##*/}
  cat >"$bin/$name" <<EOF
#!/bin/sh
LOCPATH='$root/usr/lib/locale' exec '$loader' --library-path '${loader%/*}' --argv0 '$bin/$name' '$program' "\$@"
EOF
done
chmod 755 "$dir" "$root" "$bin"/*
touch "$dir/complete"
echo "$bin"
