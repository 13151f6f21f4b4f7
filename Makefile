# idc: image difference captioning as Unix tools. `make help` lists the targets.
#
# Everything lies in $(BUILD). A file in lib/*/ or kernels/cpu/ belongs to libidc, tools/idc-NAME.c is a program,
# tests/unit/NAME.c a test program, tests/fuzz/NAME.c a fuzz target: no list to keep. Every object waits for `deps`,
# so compiler and libraries are installed before pkg-config is first asked (variables with a `=` expand when used).

BUILD ?= build
CC ?= cc
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_S ?= 60

VERSION := 0.1.0
PACKAGES := libzmq jansson inih spng zlib libxxhash libjpeg sqlite3 libzip liblzma
PKG_CONFIG ?= pkg-config

# once NAME,COMMAND: a variable whose command runs when it is first used, and only then.
once = $(eval $(1) := $(shell $(2)))$($(1))
PKG_CFLAGS = $(call once,PKG_CFLAGS,$(PKG_CONFIG) --cflags $(PACKAGES))
PKG_LIBS = $(call once,PKG_LIBS,$(PKG_CONFIG) --libs $(PACKAGES))

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla
BASE_CFLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L -DIDC_VERSION='"$(VERSION)"' $(WARN) -fopenmp \
	-fno-math-errno -fno-trapping-math -ffunction-sections -fdata-sections -ffile-prefix-map=$(CURDIR)=. \
	-pthread -Ilib -Ilib/include -Ikernels
override ALL_CFLAGS = $(BASE_CFLAGS) -MMD -MP $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS)
override ALL_LDFLAGS = -fopenmp -pthread -Wl,--as-needed -Wl,--gc-sections $(LDFLAGS)
OTHER_LIBS := -lmsgpackc -ldnnl -lstemmer -lm
override ALL_LIBS = $(PKG_LIBS) $(OTHER_LIBS)

LIB_C := $(wildcard lib/*/*.c kernels/cpu/*.c)
LIB_O := $(LIB_C:%.c=$(BUILD)/%.o)
TOOLS := $(patsubst tools/%.c,%,$(wildcard tools/idc-*.c))
BINS := $(TOOLS:%=$(BUILD)/bin/%) $(patsubst %,$(BUILD)/bin/idc-caption,$(wildcard pipelines/caption.sh))
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*.c))
FUZZ := $(patsubst tests/fuzz/%.c,%,$(filter-out tests/fuzz/replay_main.c,$(wildcard tests/fuzz/*.c)))
REPLAY := $(FUZZ:%=$(BUILD)/tests/fuzz/%)
BENCH := $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(wildcard tests/bench/*.c))
MAN := $(wildcard docs/man/*.[1-9])
MODELS := $(wildcard pipelines/models/*)
WORD_CLASSES := $(wildcard pipelines/*/words.json)
HEADERS := $(wildcard lib/include/idc/*.h)
SOURCES := $(wildcard lib/*/*.[ch] lib/include/idc/*.h kernels/*/*.[ch] tools/*.[ch] tests/unit/*.[ch] tests/fuzz/*.[ch])
SCRIPTS := $(wildcard .ci/* pipelines/*.sh pipelines/*/*.sh tests/*.sh tests/*/*.sh)

ifeq ($(V),1)
Q :=
else
Q := @
endif

all: $(BUILD)/libidc.a $(BINS)

# ---- what must be installed: the groups of pipelines/deps.sh that the goals of this run need
GOALS := $(or $(MAKECMDGOALS),all)
DEPS_GROUPS := build $(if $(filter demo,$(GOALS)),demo) $(if $(filter check asan unit bench,$(GOALS)),check) \
	$(filter lint fuzz aarch64 deb,$(GOALS))
ifneq ($(filter deps,$(GOALS)),)
DEPS_GROUPS := build demo check lint fuzz aarch64 deb
endif

deps:
	@DEPS='$(DEPS)' pipelines/deps.sh $(DEPS_GROUPS)

# ---- compile and link
$(BUILD)/libidc.a: $(LIB_O)
	@echo "  AR    $@"
	$(Q)rm -f $@ && ar rcsD $@ $(LIB_O)

$(BUILD)/%.o: %.c | deps
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# takes the SQL in as it is, which the compiler's list of headers does not show
$(BUILD)/lib/store/schema.o: $(wildcard schemas/*.sql schemas/migrations/*.sql)

$(BUILD)/bin/idc-caption: pipelines/caption.sh
	@mkdir -p $(@D)
	$(Q)install -m 755 $< $@

$(BUILD)/bin/%: $(BUILD)/tools/%.o $(BUILD)/libidc.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $< $(BUILD)/libidc.a $(ALL_LDFLAGS) $(ALL_LIBS)

# with all sections: ld 2.40 aborts where it drops every caller of functions that IDC_CLONES made
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libidc.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $< $(BUILD)/libidc.a $(filter-out %--gc-sections,$(ALL_LDFLAGS)) -lcmocka $(ALL_LIBS)

$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay_main.o $(BUILD)/libidc.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $(filter %.o,$^) $(BUILD)/libidc.a $(ALL_LDFLAGS) $(ALL_LIBS)

$(BUILD)/fuzzer/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libidc.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(BUILD)/libidc.a $(ALL_LDFLAGS) $(ALL_LIBS)

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libidc.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $< $(BUILD)/libidc.a $(ALL_LDFLAGS) $(ALL_LIBS)

unit: $(UNIT)

# ---- try and test
demo: all
	@pipelines/demo.sh $(BUILD)

check: all unit $(REPLAY) $(BENCH)
	@tests/run.sh $(BUILD)

# Each target with a copy of its seeds, for FUZZ_S seconds; new inputs and findings stay in $(BUILD)/fuzz/NAME/.
fuzz:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang LDFLAGS=-fsanitize=address,undefined \
		CFLAGS="-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer" run-fuzzers

run-fuzzers: $(FUZZ:%=$(BUILD)/fuzzer/%)
	@s=0; for f in $(FUZZ); do tests/fuzz/run.sh $(BUILD) $$f $(FUZZ_S) || s=1; done; exit $$s

bench: all $(BENCH)
	@tests/bench/run.sh $(BUILD) bench/results.json

asan:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan LDFLAGS=-fsanitize=address,undefined \
		CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer" check

aarch64: | deps
	@tests/lint/aarch64.sh $(BUILD)/aarch64 $(BASE_CFLAGS) -- $(LIB_C) $(wildcard tools/*.c)

# ---- style: each check runs, the status says whether one failed
LINT := lint-format lint-layers lint-cppcheck lint-tidy lint-man lint-shell lint-length
lint: | deps
	@$(MAKE) --no-print-directory -k $(LINT)

lint-format:
	@echo "  LINT  clang-format"
	$(Q)s=0; for f in $(SOURCES); do clang-format $$f | cmp -s - $$f || { echo "$$f: not in the house format (make format)"; s=1; }; \
		done; exit $$s

lint-layers:
	@echo "  LINT  layers"
	$(Q)tests/lint/layers.sh $(SOURCES)

# what cppcheck 2.10 says wrongly: of hexadecimal floats, compound literals, &x in a struct, log(0) of an empty loop
NOISE := missingInclude unknownMacro incorrectLogicOperator returnDanglingLifetime invalidFunctionArg uninitvar \
	nullPointerArithmeticRedundantCheck nullPointerRedundantCheck invalidPointerCast
lint-cppcheck:
	@echo "  LINT  cppcheck"
	@mkdir -p $(BUILD)/cppcheck
	$(Q)cppcheck -q -j 2 --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 \
		--cppcheck-build-dir=$(BUILD)/cppcheck $(addprefix --suppress=,$(NOISE)) -Ilib -Ikernels \
		-DIDC_VERSION='"$(VERSION)"' $(filter %.c,$(filter-out tests/%,$(SOURCES)))

lint-tidy:
	@echo "  LINT  clang-tidy"
	$(Q)printf '%s\n' $(filter %.c,$(filter-out tests/%,$(SOURCES))) | xargs -P 2 -n 4 clang-tidy --quiet 2>/dev/null

lint-man:
	@echo "  LINT  mandoc"
	$(Q)test -z "$(MAN)" || mandoc -T lint -W warning $(MAN)

lint-shell:
	@echo "  LINT  shellcheck"
	$(Q)shellcheck -x -P SCRIPTDIR $(SCRIPTS)

lint-length:
	@echo "  LINT  length of files and functions (advice)"
	$(Q)tests/lint/length.sh $(SOURCES)

format: | deps
	clang-format -i $(SOURCES)

# ---- install and pack
man1 := $(DESTDIR)$(PREFIX)/share/man
bash_completion := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
fish_completion := $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
zsh_completion := $(DESTDIR)$(PREFIX)/share/zsh/site-functions
PROGRAMS := $(TOOLS) idc-caption

install: all $(BUILD)/idc.pc
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/share/idc/models
	install -m 755 $(BINS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(BUILD)/libidc.a $(DESTDIR)$(PREFIX)/lib
	install -m 644 $(BUILD)/idc.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig
	$(if $(HEADERS),install -d $(DESTDIR)$(PREFIX)/include/idc && install -m 644 $(HEADERS) $(DESTDIR)$(PREFIX)/include/idc)
	$(if $(MODELS),install -m 644 $(MODELS) $(DESTDIR)$(PREFIX)/share/idc/models)
	for w in $(WORD_CLASSES); do install -D -m 644 $$w $(DESTDIR)$(PREFIX)/share/idc/words/$$(basename $$(dirname $$w)).json || exit 1; done
	for m in $(MAN); do install -D -m 644 $$m $(man1)/man$${m##*.}/$${m##*/} || exit 1; done
	install -D -m 644 tools/completion/idc.bash $(bash_completion)/idc
	install -D -m 644 tools/completion/idc.zsh $(zsh_completion)/_idc
	install -D -m 644 tools/completion/idc.fish $(fish_completion)/idc.fish
	for p in $(PROGRAMS); do ln -sf idc $(bash_completion)/$$p && ln -sf idc.fish $(fish_completion)/$$p.fish || exit 1; done

uninstall:
	rm -f $(PROGRAMS:%=$(DESTDIR)$(PREFIX)/bin/%) $(DESTDIR)$(PREFIX)/lib/libidc.a \
		$(DESTDIR)$(PREFIX)/lib/pkgconfig/idc.pc $(foreach m,$(MAN),$(man1)/man$(patsubst .%,%,$(suffix $(m)))/$(notdir $(m))) \
		$(foreach p,idc $(PROGRAMS),$(bash_completion)/$(p) $(fish_completion)/$(p).fish) $(zsh_completion)/_idc
	rm -rf $(DESTDIR)$(PREFIX)/include/idc $(DESTDIR)$(PREFIX)/share/idc

# The library is static, so those who link it need what it needs.
$(BUILD)/idc.pc: Makefile
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' 'models=$${prefix}/share/idc/models' \
		'' 'Name: idc' 'Description: image difference captioning' 'Version: $(VERSION)' 'Requires: $(PACKAGES)' \
		'Libs: -L$${libdir} -lidc -fopenmp -pthread $(OTHER_LIBS)' 'Cflags: -I$${includedir}' > $@

deb: all
	@.ci/deb.sh $(BUILD) $(VERSION)

dist:
	@mkdir -p $(BUILD)
	git archive --prefix=idc-$(VERSION)/ HEAD | gzip -9n > $(BUILD)/idc-$(VERSION).tar.gz

clean:
	rm -rf $(BUILD)

help:
	@echo "make            the library and the programs, in $(BUILD)/"
	@echo "make deps       name the missing Debian packages and install them (DEPS=no: only name them)"
	@echo "make demo       caption two pictures"
	@echo "make check      all tests; the last line counts them"
	@echo "make asan       the same under AddressSanitizer and UBSan"
	@echo "make fuzz       each fuzz target for FUZZ_S seconds ($(FUZZ_S))"
	@echo "make bench      speed and size, with ratios to a named peer, into bench/results.json"
	@echo "make lint       style, layering, static analysis, man pages, scripts"
	@echo "make format     bring the sources into the house format"
	@echo "make aarch64    compile everything for aarch64"
	@echo "make install    under PREFIX ($(PREFIX)) in DESTDIR; make uninstall takes it away again"
	@echo "make deb        a Debian package; make dist: a source archive"
	@echo "make clean      remove $(BUILD)/"
	@echo "Variables: BUILD CC CFLAGS PREFIX DESTDIR DEPS=no V=1 FUZZ_S"

.PHONY: all deps unit demo check asan fuzz run-fuzzers bench lint $(LINT) format aarch64 install uninstall deb dist clean help
.SECONDARY:

-include $(LIB_O:.o=.d) $(TOOLS:%=$(BUILD)/tools/%.d) $(UNIT:=.d) $(BENCH:=.d) $(REPLAY:=.d) $(BUILD)/tests/fuzz/replay_main.d
