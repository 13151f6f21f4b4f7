# what make install puts in place works from there, and make uninstall takes it away again
skip-unless command -v make && command -v pkg-config
$ cat > again.sh <<'END'
> # again.sh TARGET VARIABLE=VALUE...: make with the build folder that is being tested
> unset MAKEFLAGS MFLAGS
> exec make -s -C "$ROOT" "$@" BUILD="$(dirname "$(dirname "$(command -v idc-cat)")")" DEPS=no
> END
$ bash again.sh install PREFIX=/opt/idc DESTDIR="$PWD/stage" > log && for program in "$PWD"/stage/opt/idc/bin/idc-*; do "$program" --version; done
stdout idc-caption (idc) 0.1.0
stdout idc-decode-caption (idc) 0.1.0
no stderr
# each program has its man page
$ for program in stage/opt/idc/bin/idc-*; do ls "stage/opt/idc/share/man/man1/${program##*/}.1"; done
no stderr
# a program of one's own is built with what pkg-config says
$ cat > describe.c <<'END'
> #include <idc/idc.h>
> #include <stdio.h>
> int main(void)
> {
>     idc_describer *d;
>     if (idc_describer_open(&d, "nowhere.safetensors") < 0)
>         puts(idc_describer_message(d));
>     idc_describer_close(&d);
>     return 0;
> }
> END
$ export PKG_CONFIG_PATH=$PWD/stage/opt/idc/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=
> sanitize=$(nm stage/opt/idc/lib/libidc.a 2>/dev/null | grep -q __asan_init && echo -fsanitize=address,undefined)
> ${CC:-cc} $sanitize -std=c11 -Wall -Werror describe.c $(pkg-config --define-variable=prefix="$PWD/stage/opt/idc" --cflags --libs idc) -o describe && ./describe
stdout nowhere.safetensors
# bash completes options and files
$ PATH=$PWD/stage/opt/idc/bin:$PATH; source stage/opt/idc/share/bash-completion/completions/idc; COMP_WORDS=(idc-view --fo) COMP_CWORD=1; _idc idc-view --fo idc-view; echo "${COMPREPLY[@]}"
stdout --folder
$ bash again.sh uninstall PREFIX=/opt/idc DESTDIR="$PWD/stage" > log && find stage -type f -o -type l
no stdout
