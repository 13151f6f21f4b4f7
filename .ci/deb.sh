#!/bin/sh
# deb.sh BUILD VERSION: packs what `make install` installs into BUILD/idc_VERSION_ARCH.deb, without root.
# Depends comes from the libraries that the programs are linked with. SOURCE_DATE_EPOCH (default: the last commit's
# time) dates the files, so that two builds of one commit give the same package.
set -eu
build=$1 version=$2
arch=$(dpkg --print-architecture)
root=$build/deb/idc
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

rm -rf "$build/deb"
mkdir -p "$root/DEBIAN" "$root/usr/share/doc/idc" "$build/deb/debian"
make --no-print-directory -s install BUILD="$build" PREFIX=/usr DESTDIR="$root" >/dev/null
for program in "$root"/usr/bin/*; do
    case $(head -c 4 "$program" | od -An -c) in *E*L*F*) strip --remove-section=.comment "$program" ;; esac
done
find "$root/usr/share/man" -type f -exec gzip -9n {} +
cp LICENSE "$root/usr/share/doc/idc/copyright"
printf 'idc (%s) unstable; urgency=low\n\n  * Version %s.\n\n -- idc <idc@localhost>  %s\n' "$version" "$version" \
    "$(date -R -u -d "@$SOURCE_DATE_EPOCH")" | gzip -9n > "$root/usr/share/doc/idc/changelog.gz"

# dpkg-shlibdeps reads debian/control and wants to be run beside it.
printf 'Source: idc\n\nPackage: idc\nArchitecture: any\n' > "$build/deb/debian/control"
depends=$(cd "$build/deb" && dpkg-shlibdeps -O --ignore-missing-info -e idc/usr/bin/idc-* 2>/dev/null |
    sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || { echo "deb: dpkg-shlibdeps found no libraries" >&2; exit 1; }

find "$root" -newermt "@$SOURCE_DATE_EPOCH" -print0 | xargs -0r touch -h -d "@$SOURCE_DATE_EPOCH"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
cat > "$root/DEBIAN/control" <<END
Package: idc
Version: $version
Architecture: $arch
Maintainer: idc <idc@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f 1)
Depends: $depends, jq
Section: graphics
Priority: optional
Description: say in a sentence what changed between two pictures
 Image difference captioning as Unix programs that are joined by pipes or
 ZeroMQ sockets: decode, encode, compare, caption, with a model for rendered
 scenes of simple objects, and the library libidc behind them.
END
find "$root/DEBIAN" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group --build "$root" "$build/idc_${version}_$arch.deb"
