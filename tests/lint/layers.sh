#!/bin/sh
# layers.sh FILE...: includes point one way, third-party headers stay in the layer that wraps them, and functions that
# know no bounds or report no errors are not called.
#
# A folder of lib/ includes itself and the folders before it in `order`; kernels/ stands where tensor stands; tools and
# tests include anything of lib/. A header in <> is of the C or POSIX library, or its row in `wrap` names where it may
# stand; "c" there means any .c file of lib/ and tools/.
exec awk '
BEGIN {
    n = split("base wire image tensor encoder text model score store gate synth", order, " ")
    for (i = 1; i <= n; i++) rank[order[i]] = i
    wrap["zmq.h"] = wrap["msgpack.h"] = "lib/wire"
    wrap["turbojpeg.h"] = wrap["jpeglib.h"] = wrap["jerror.h"] = wrap["spng.h"] = wrap["tiffio.h"] = "lib/image"
    wrap["sqlite3.h"] = "lib/store"
    wrap["oneapi/dnnl/dnnl.h"] = wrap["dnnl.h"] = "kernels/cpu"
    wrap["jansson.h"] = wrap["ini.h"] = wrap["xxhash.h"] = wrap["xxh_x86dispatch.h"] = wrap["zlib.h"] = "c"
    wrap["zip.h"] = wrap["lzma.h"] = "lib/base"
    wrap["libstemmer.h"] = "lib/text"
    wrap["cmocka.h"] = "tests/unit"
    split("assert complex ctype errno fenv float inttypes limits locale math setjmp signal stdalign stdarg stdatomic " \
          "stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time wchar wctype dirent fcntl fnmatch " \
          "getopt glob libgen poll pthread sched semaphore strings termios unistd sys/file sys/ioctl sys/mman sys/resource " \
          "sys/select sys/socket sys/stat sys/statvfs sys/time sys/types sys/uio sys/un sys/wait netinet/in arpa/inet " \
          "sys/random sys/auxv sys/prctl linux/sockios omp immintrin x86intrin arm_neon", std, " ")
    for (i in std) standard[std[i] ".h"] = 1
}
function complain(text)
{
    printf "%s:%d: %s\n", FILENAME, FNR, text
    bad = 1
}
FNR == 1 {
    split(FILENAME, part, "/")
    folder = part[1] "/" part[2]
    mine = part[1] == "lib" && (part[2] in rank) ? rank[part[2]] : part[1] == "kernels" ? rank["tensor"] : n + 1
    header = FILENAME ~ /\.h$/
}
/^#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    split(quoted[2], path, "/")
    if (path[1] in rank && rank[path[1]] > mine)
        complain("a layer must not include a later one: " quoted[2])
}
/^#[ \t]*include[ \t]*</ {
    name = $0
    sub(/^[^<]*</, "", name)
    sub(/>.*/, "", name)
    if (name in standard)
        next
    if (!(name in wrap))
        complain("unknown header <" name ">: give it a row in tests/lint/layers.sh")
    else if (wrap[name] == "c" ? header : wrap[name] != folder && part[1] != "tests")
        complain("<" name "> belongs into " (wrap[name] == "c" ? "a .c file" : wrap[name]))
}
/(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atof|alloca) *\(/ && part[1] != "tests" {
    complain("this function is not used here: " $0)
}
END { exit bad }
' "$@"
