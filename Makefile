# idc: image difference captioning as Unix tools. `make help` lists the targets.
#
# Everything lies in $(BUILD). A file in lib/*/ or kernels/cpu/ belongs to libidc, tools/idc-NAME.c is a program,
# tests/unit/NAME.c a test program, tests/fuzz/NAME.c a fuzz target, bench/… a benchmark: no list to keep.

BUILD ?= build
CC ?= cc
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local

VERSION := 0.1.0
PACKAGES := libzmq jansson spng libxxhash libjpeg sqlite3
PKG_CONFIG ?= pkg-config

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla
override ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -DIDC_VERSION='"$(VERSION)"' $(WARN) -fopenmp \
	-fno-math-errno -fno-trapping-math -ffunction-sections -fdata-sections -pthread -Ilib -Ilib/include -Ikernels \
	-MMD -MP $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null) $(CPPFLAGS) $(CFLAGS)
override ALL_LDFLAGS = -fopenmp -pthread -Wl,--as-needed -Wl,--gc-sections $(LDFLAGS)
override ALL_LIBS = $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null) -lmsgpackc -ldnnl -lm

LIB_C := $(wildcard lib/*/*.c kernels/cpu/*.c)
LIB_O := $(LIB_C:%.c=$(BUILD)/%.o)
TOOLS := $(patsubst tools/%.c,%,$(wildcard tools/idc-*.c))
BINS := $(TOOLS:%=$(BUILD)/bin/%)
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*.c))

ifeq ($(V),1)
Q :=
else
Q := @
endif

all: $(BUILD)/libidc.a $(BINS)

$(BUILD)/libidc.a: $(LIB_O)
	@echo "  AR    $@"
	$(Q)rm -f $@ && ar rcsD $@ $(LIB_O)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/bin/%: $(BUILD)/tools/%.o $(BUILD)/libidc.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $< $(BUILD)/libidc.a $(ALL_LDFLAGS) $(ALL_LIBS)

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libidc.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(CC) $(ALL_CFLAGS) -o $@ $< $(BUILD)/libidc.a $(ALL_LDFLAGS) -lcmocka $(ALL_LIBS)

unit: $(UNIT)

clean:
	rm -rf $(BUILD)

help:
	@echo "make all    the library and the programs, in $(BUILD)/"
	@echo "make clean  remove $(BUILD)/"

.PHONY: all unit clean help
.SECONDARY:

-include $(LIB_O:.o=.d) $(BINS:$(BUILD)/bin/%=$(BUILD)/tools/%.d) $(UNIT:=.d)
