# SPDX-License-Identifier: BSD-2-Clause
#
# make            both programs, beside this file
# make check      every test, those of the programs once more with sanitizers in them; the live ones
#                 need root, and are a failure as root when skipped
# make check-san  only that part of it which has sanitizers
# make fuzz       fuzzes every parser for FUZZ_SECONDS (60) in all; what fails is in build/fuzz/crashes
# make fuzz-replay  replays the corpus only
# make stress     '*' beside stress-ng, as root; STRESS_SECONDS=1800
# make check-kernels  live tests in other kernels, in QEMU; docs/kernels.md
# make bench      measures everything, as root; the report goes to build/bench. BENCH_FLAGS=--help
# make V=1        with the commands
#
# CC, CLANG, BPFTOOL, CFLAGS, LDFLAGS and PKG_CONFIG are yours to set.

CC ?= cc
CLANG ?= clang
BPFTOOL ?= $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool)
PKG_CONFIG ?= pkg-config
INSTALL ?= install
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g

BUILD := build
PROGDIR := .
VERSION := 0.1.0

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-8s %s\n'
endif

LIBS := libbpf libelf zlib libcap-ng libseccomp jansson libxxhash
WARN := -Wall -Wextra $(if $(WERROR),-Werror)
comma := ,
SANFLAGS := $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
override CPPFLAGS += -I. -I$(BUILD) -D_GNU_SOURCE -DVERSION='"$(VERSION)"'
COMPILE = $(CC) -std=gnu17 $(WARN) $(CPPFLAGS) $(CFLAGS) $(SANFLAGS) $(shell $(PKG_CONFIG) --cflags $(LIBS)) -MMD -MP

COMMON := $(patsubst %.c,$(BUILD)/%.o,$(wildcard common/*.c))
RECORDER := $(patsubst %.c,$(BUILD)/%.o,$(wildcard recorder/*.c)) $(COMMON)
SPLITTER := $(patsubst %.c,$(BUILD)/%.o,$(wildcard splitter/*.c)) $(COMMON)
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
WORKLOADS := $(patsubst tests/workloads/%.c,$(BUILD)/workloads/%,$(wildcard tests/workloads/*.c))
BENCH := $(patsubst bench/%.c,$(BUILD)/bench/bin/%,$(filter-out %.bpf.c,$(wildcard bench/*.c)))
PROGRAMS := $(PROGDIR)/loader_and_logger $(PROGDIR)/formatter

SOURCES := $(wildcard *.[ch] common/*.[ch] recorder/*.[ch] splitter/*.[ch] tracer/*.h \
	tests/unit/*.[ch] tests/fuzz/*.[ch] tests/workloads/*.[ch] bench/*.[ch])

.PHONY: all bench stress check check-san check-kernels check-format demo format fuzz fuzz-replay
.PHONY: fuzzers install uninstall clean tests tests-san
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAMS)

# --- kernel side: tracer.bpf.c -> object -> skeleton -------------------------------------------

BPF_ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/; s/ppc64le/powerpc/')
# The BPF target has no multiarch folder of its own; asm/types.h lies in the host's.
BPF_INCLUDES := $(shell $(CC) -print-multiarch 2>/dev/null | sed 's|..*|-idirafter /usr/include/&|')

$(BUILD)/%.bpf.o: %.bpf.c
	$(say) BPF $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter $(if $(WERROR),-Werror) \
		-D__TARGET_ARCH_$(BPF_ARCH) -I. $(BPF_INCLUDES) -MMD -MP -MT $@ -c $< -o $@

$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(say) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name $(notdir $*)_bpf > $@

# --- user side ----------------------------------------------------------------------------------

$(BUILD)/%.o: %.c
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -c $< -o $@

$(BUILD)/recorder/tracer.o $(BUILD)/recorder/hooks.o $(BUILD)/recorder/running.o \
	$(BUILD)/recorder/skipped_runs.o: $(BUILD)/tracer.skel.h

$(PROGDIR)/loader_and_logger: $(BUILD)/loader_and_logger.o $(RECORDER)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $^ $(LDFLAGS) \
		$(shell $(PKG_CONFIG) --libs $(LIBS)) -lpthread -o $@

$(PROGDIR)/formatter: $(BUILD)/formatter.o $(SPLITTER)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $^ $(LDFLAGS) \
		$(shell $(PKG_CONFIG) --libs libseccomp jansson libxxhash) -lpthread -o $@

# --- tests --------------------------------------------------------------------------------------

# Everything but the programs' own main(); a unit test takes what it needs of it.
$(BUILD)/modules.a: $(sort $(RECORDER) $(SPLITTER))
	$(say) AR $@
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/modules.a
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $^ $(LDFLAGS) \
		$(shell $(PKG_CONFIG) --libs $(LIBS) cmocka) -lpthread -o $@

# A workload is one file. Its name may say how it is built: -32 for the ia32 ABI, -static.
$(BUILD)/workloads/%: tests/workloads/%.c
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 $(WARN) -O1 -g -D_GNU_SOURCE $(if $(filter %-32,$@),-m32) \
		$(if $(filter %-static,$@),-static) -MMD -MP $< -lpthread -o $@

# A fuzzing harness is one file, too. It and the modules are built once more, by clang, so that
# libFuzzer sees which way an input takes.
FUZZ_SECONDS ?= 60
FUZZ := $(BUILD)/fuzz
FUZZFLAGS := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
FUZZERS := $(patsubst tests/fuzz/%.c,$(FUZZ)/bin/%,$(wildcard tests/fuzz/*.c))
# What talks to the kernel is left out.
FUZZED := $(patsubst $(BUILD)/%,$(FUZZ)/%,$(filter-out %/tracer.o %/hooks.o %/skipped_runs.o %/session.o,$(sort $(RECORDER) $(SPLITTER))))

$(FUZZ)/%.o: %.c
	$(say) FUZZ $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -std=gnu17 $(WARN) $(CPPFLAGS) $(FUZZFLAGS) $(shell $(PKG_CONFIG) --cflags $(LIBS)) \
		-MMD -MP -c $< -o $@

$(FUZZ)/modules.a: $(FUZZED)
	$(say) AR $@
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(FUZZ)/bin/%: $(FUZZ)/tests/fuzz/%.o $(FUZZ)/modules.a
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(FUZZFLAGS) -fsanitize=fuzzer $^ $(shell $(PKG_CONFIG) --libs $(LIBS)) -lpthread -o $@

fuzzers: $(FUZZERS)

fuzz: fuzzers
	$(Q)tests/fuzz/run $(BUILD) $(FUZZ_SECONDS)

fuzz-replay: fuzzers
	$(Q)tests/fuzz/run $(BUILD) 0

tests: all $(UNIT) $(WORKLOADS)

SAN_BUILD := $(BUILD)/san

tests-san:
	$(Q)$(MAKE) --no-print-directory SAN=1 BUILD=$(SAN_BUILD) PROGDIR=$(SAN_BUILD) tests

check: tests tests-san fuzzers check-format
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run -s $(SAN_BUILD) $(BUILD) $(PROGDIR)

check-san: tests-san
	$(Q)tests/run $(SAN_BUILD) $(SAN_BUILD) unit golden live

check-kernels: tests
	$(Q)tests/kernels/matrix $(BUILD) $(PROGDIR)

check-format:
	$(say) FORMAT check
	$(Q)clang-format --dry-run --Werror $(SOURCES)

format:
	$(Q)clang-format -i $(SOURCES)

STRESS_SECONDS ?= 1800

stress: all
	$(Q)PROGDIR=$(abspath $(PROGDIR)) tests/stress $(STRESS_SECONDS)

demo: all
	$(Q)tests/demo

# --- bench --------------------------------------------------------------------------------------

$(BUILD)/bench/reference.o: $(BUILD)/bench/floor.skel.h $(BUILD)/bench/naive.skel.h
$(BUILD)/bench/hot_path.o: $(BUILD)/bench/floor.skel.h

$(BUILD)/bench/bin/%: $(BUILD)/bench/%.o $(BUILD)/modules.a
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(SANFLAGS) $^ $(LDFLAGS) $(shell $(PKG_CONFIG) --libs $(LIBS)) -lpthread -o $@

# What is started again and again has no libraries to load; nor have processes with small stacks, on
# which the dynamic linker finds no room to look for a function.
$(BUILD)/bench/bin/spawn $(BUILD)/bench/bin/loop: $(BUILD)/bench/bin/%: $(BUILD)/bench/%.o $(BUILD)/common/clock.o
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -static $(filter %.o,$^) $(LDFLAGS) -lpthread -o $@

bench: all $(BENCH)
	$(Q)bench/run --build $(BUILD) --programs $(PROGDIR) $(BENCH_FLAGS)

# --- the rest -----------------------------------------------------------------------------------

MAN := share/man/man1

install: all
	$(INSTALL) -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/$(MAN)"
	$(INSTALL) -m 755 $(PROGRAMS) "$(DESTDIR)$(PREFIX)/bin"
	$(INSTALL) -m 644 docs/loader_and_logger.1 docs/formatter.1 "$(DESTDIR)$(PREFIX)/$(MAN)"

uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/bin/loader_and_logger" "$(DESTDIR)$(PREFIX)/bin/formatter"
	rm -f "$(DESTDIR)$(PREFIX)/$(MAN)/loader_and_logger.1" "$(DESTDIR)$(PREFIX)/$(MAN)/formatter.1"

clean:
	rm -rf build loader_and_logger formatter

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
