# tradepipe. What there is to make:
#
#   make            build every program into bin/
#   make demo       install what is missing, build, verify a liquidated order end to end against a local stand-in for OKX,
#                   and again through the three services; STAY=1 leaves them open
#   make check      install what is missing, build, run all tests, and all of them again under ASan and UBSan
#   make tsan       the tests of match and kline-agg and of their threads with the sanitizer for threads
#   make lint       format, warnings of gcc and clang, analysers, manuals, scripts, purity of the cores
#   make chart      the chart page with its library in build/chart, to be served by ws-push --page
#   make bench      every figure that we quote, beside a peer
#   make fuzz       each parser's fuzz target, FUZZ_SECONDS each, from FUZZ_SEED (0: another each time)
#   make mutants    would the unit tests notice if the source were wrong? lists the changes that none does
#   make install    PREFIX=/usr/local DESTDIR=
#   make dist       build/tradepipe-VERSION.tar.gz
#
# A tool exists because man/TOOL.1 exists. Its source is src/FOLDER/TOOL.c, or it is a script in bin/. The other .c files of the folder
# are linked in as they are needed, and src/lib likewise. Nothing is to be added here for a new tool, except LIBS_FOLDER for a new library,
# and USES_FOLDER where it builds on a folder that is a library of its own.

VERSION := $(shell cat VERSION)
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 10

CC = gcc
BUILD ?= build
BIN ?= bin
# the sanitizers' own checks are most of what is made with them: -O2 would take five times as long to make
OPT ?= $(if $(SAN),-Og -g1,-O2 -g)
WARN := -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wcast-qual \
	-Wvla -Wundef -Wformat=2 -Wconversion -Wsign-conversion -Wswitch-enum -Wnull-dereference -Wredundant-decls -Werror
HARDEN := -fstack-protector-strong -fPIE
HARDEN_LD := -pie -Wl,-z,relro,-z,now
ifdef SAN
SANITIZERS ?= address,undefined
OPT += -fsanitize=$(SANITIZERS) -fno-sanitize-recover=all -fno-omit-frame-pointer
HARDEN :=
else
OPT += -D_FORTIFY_SOURCE=3
endif
CFLAGS = $(OPT) $(WARN) $(HARDEN)
CPPFLAGS = -D_GNU_SOURCE -iquote src/lib -MMD -MP
LDFLAGS = $(OPT) $(HARDEN_LD) -Wl,--as-needed

LIBS_merkle := -lcrypto
LIBS_okx-fetch := -lcurl -lcrypto
LIBS_okx-replay := -lmicrohttpd -lcrypto
LIBS_normalize := -ljq
LIBS_relay := -lcurl -lcrypto
LIBS_store := -lsqlite3 -lcrypto
LIBS_intake := -lsodium -lsecp256k1
LIBS_kline := -lsqlite3 -lzstd
# Library folders: src/evidence is for whoever makes or checks evidence, src/chain for the programs that talk to chains, src/swap (what is
# known of swaps, by the log alone) for settle and its reconciliation, and none for anybody else
evidence_users := merkle store
$(foreach f,$(evidence_users),$(eval USES_$(f) := evidence))
chain_users := settle settle-btc settle-evm settle-sol settle-tron sign
$(foreach f,$(chain_users),$(eval USES_$(f) := chain))
swap_users := settle
$(foreach f,$(swap_users),$(eval USES_$(f) += swap))
$(foreach f,$(chain_users),$(eval LIBS_$(f) := -lcurl -lcrypto -lsodium -lsecp256k1))
# a program of its own needs: LIBS_PROGRAM instead of its folder's, LDFLAGS_PROGRAM besides. http-wrap starts for each connection, and
# starts fastest without a dynamic linker (bench/http)
LIBS_http-wrap :=
LDFLAGS_http-wrap := $(if $(SAN),,-static-pie)
LIBS_http := -lwslay -lnettle
LIBS_stream-keep :=
LIBS_settle += -lsqlite3
ALL_LIBS := -lwslay -lnettle -lcurl -lmicrohttpd -ljq -lsqlite3 -lzstd -lcrypto -lsodium -lsecp256k1

pages := $(basename $(notdir $(wildcard man/*.1)))
sources := $(foreach p,$(pages),$(wildcard src/*/$(p).c))
programs := $(basename $(notdir $(sources)))
scripts := $(filter-out $(programs),$(pages))
folders := $(filter-out lib,$(sort $(notdir $(patsubst %/,%,$(dir $(wildcard src/*/*.c))))))

lib_objects := $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard src/lib/*.c))
lib := $(BUILD)/lib.a

.PHONY: all clean check unit bats fuzz lint format bench chart demo install dist san tsan mutants
.SECONDARY:
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(programs:%=$(BIN)/%)

# one short line a step; V=1 shows the commands
ifeq ($(V),1)
Q :=
say = @true
else
Q := @
say = $(if $(findstring s,$(firstword -$(MAKEFLAGS))),@true,@printf '%-5s %s\n')
endif

# ---- rules ------------------------------------------------------------------------------------------------------------------

$(BUILD)/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(say) cc $@
	$(Q)$(CC) $(CPPFLAGS) $(USES_$(*D):%=-iquote src/%) $(CFLAGS) $(FLAGS_$(*F)) -c -o $@ $<

# the vector paths are chosen at run time; only these files may use the instructions
# (scheduled for the first processor that had them: 10 % on newer ones, too)
FLAGS_keccak_avx2 := -mavx2 -mtune=haswell
FLAGS_keccak_avx512 := -mavx512f

$(lib): $(lib_objects)
	@rm -f $@
	$(Q)ar rcs $@ $^

# --help and the version come from the manual page
$(BUILD)/help/%.c: man/%.1 share/help.awk VERSION
	@mkdir -p $(@D)
	$(Q)awk -v c=1 -v version=$(VERSION) -f share/help.awk $< >$@

$(BUILD)/help/%.o: $(BUILD)/help/%.c
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# SQL that a program carries within it
$(BUILD)/%.sql.o: src/%.sql
	@mkdir -p $(@D)
	$(Q)(printf 'extern const char %s_sql[];\nconst char %s_sql[] =\n' $(*F) $(*F); \
	 sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$$/\\n"/' $<; echo ';') | \
	 $(CC) $(CPPFLAGS) $(CFLAGS) -Wno-overlength-strings -xc -c -o $@ -

# $(1): a folder of src. What is no tool there goes into the folder's archive.
define folder_rules
parts_$(1) := $$(patsubst src/%.c,$$(BUILD)/%.o,$$(filter-out $$(sources),$$(wildcard src/$(1)/*.c))) \
	$$(patsubst src/%.sql,$$(BUILD)/%.sql.o,$$(wildcard src/$(1)/*.sql))
$$(BUILD)/$(1).a: $$(parts_$(1))
	@rm -f $$@
	$(Q)ar rcs $$@ $$^
endef
$(foreach f,$(folders),$(eval $(call folder_rules,$(f))))

# $(1): a program, $(2): its folder
define program_rules
$$(BIN)/$(1): $$(BUILD)/$(2)/$(1).o $$(BUILD)/help/$(1).o $$(BUILD)/$(2).a $(patsubst %,$(BUILD)/%.a,$(filter $(folders),$(USES_$(2)))) $$(lib)
	@mkdir -p $$(@D)
	$(say) ld $$@
	$(Q)$$(CC) $$(LDFLAGS) $$(LDFLAGS_$(1)) -o $$@ $$^ $$(if $$(filter undefined,$$(origin LIBS_$(1))),$$(LIBS_$(2)),$$(LIBS_$(1)))
endef
$(foreach s,$(sources),$(eval $(call program_rules,$(basename $(notdir $(s))),$(notdir $(patsubst %/,%,$(dir $(s)))))))

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- tests ------------------------------------------------------------------------------------------------------------------

processors := $(shell nproc)
unit_tests := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*_test.c))
archives := $(folders:%=$(BUILD)/%.a) $(lib)

$(BUILD)/unit/%: tests/unit/%.c tests/unit/test.h $(archives) Makefile
	@mkdir -p $(@D)
	$(say) cc $@
	$(Q)$(CC) $(CPPFLAGS) $(foreach f,$(folders),-iquote src/$(f)) $(CFLAGS) -Wno-overlength-strings -Wno-psabi $(LDFLAGS) -o $@ $< \
	    -Wl,--start-group $(archives) -Wl,--end-group $(ALL_LIBS)

unit: $(unit_tests)
	build-aux/run-units $^

bats: all
	TRADEPIPE_BIN=$(abspath $(BIN)) TRADEPIPE_SHARE=$(abspath share) build-aux/run-bats

# the same programs and the same tests with the sanitizers in
san:
	$(MAKE) -j$(processors) SAN=1 BUILD=build/san BIN=build/san/bin all $(unit_tests:$(BUILD)/%=build/san/%)
	$(MAKE) SAN=1 BUILD=build/san BIN=build/san/bin unit bats

tsan := SAN=1 SANITIZERS=thread BUILD=build/tsan BIN=build/tsan/bin
tsan_units := turns_test ahead_test line_ahead_test wal_test
tsan: all
	$(MAKE) -j$(processors) $(tsan) build/tsan/bin/match build/tsan/bin/kline-agg $(tsan_units:%=build/tsan/unit/%)
	build-aux/run-units $(tsan_units:%=build/tsan/unit/%)
	TRADEPIPE_BIN=$(abspath build/tsan/bin) TRADEPIPE_SHARE=$(abspath share) bats tests/match.bats tests/match-faults.bats tests/kline-agg.bats

check:
	build-aux/need build test
	build-aux/need peers & $(MAKE) -j$(processors) all $(unit_tests) && wait $$!
	$(MAKE) unit bats
	$(MAKE) san
	$(MAKE) fuzz

fuzz_targets := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))

# libFuzzer wants clang throughout: its own copy of the archives
fuzz:
	build-aux/need build test
	$(MAKE) -j$(processors) CC=clang BUILD=build/fuzz-lib OPT='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' \
	    HARDEN= HARDEN_LD= fuzz-build
	build-aux/run-fuzz $(FUZZ_SECONDS) $(fuzz_targets)

.PHONY: fuzz-build
fuzz-build: $(fuzz_targets)

build/fuzz/%: tests/fuzz/%.c $(archives)
	@mkdir -p $(@D)
	$(say) cc $@
	$(Q)$(CC) $(CPPFLAGS) $(foreach f,$(folders),-iquote src/$(f)) $(CFLAGS) -fsanitize=fuzzer,address,undefined -o $@ $< \
	    -Wl,--start-group $(archives) -Wl,--end-group -Wl,--as-needed $(ALL_LIBS)

# ---- the rest -----------------------------------------------------------------------------------------------------------------

lint:
	build-aux/need build test
	build-aux/lint

# objects only, for what a compiler says while it makes them; gcc -fanalyzer does not end with keccak_avx512.c
objects := $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard src/*/*.c))
.PHONY: objects analyze
objects: $(objects)
analyze: $(filter-out %/keccak_avx512.o,$(objects))

format:
	clang-format -i $(wildcard src/*/*.[ch] tests/*/*.[ch] bench/*.[ch])

verdict_tests := verdict_guard_test verdict_test verdict_says_test
mutants: unit
	for part in verdict verdict_order verdict_guard verdict_life verdict_matter verdict_says; do \
	    build-aux/mutants -v src/normalize/$$part.c $(verdict_tests) || exit 1; done
	build-aux/mutants src/normalize/window.c $(verdict_tests)
	build-aux/mutants src/lib/decimal.c decimal_test
	build-aux/mutants src/evidence/tree.c merkle_test
	build-aux/mutants src/lib/wal_format.c wal_format_test wal_test wal_mend_test wal_cut_test wal_damage_test
	build-aux/mutants src/lib/wal_scan.c wal_test wal_mend_test wal_cut_test wal_damage_test

demo:
	build-aux/need build
	$(MAKE) all
	examples/demo $(if $(STAY),--stay)

chart:
	build-aux/need chart

# programs that a bench runs beside its peers
bench_programs := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))

$(BUILD)/bench/%: bench/%.c $(archives) Makefile
	@mkdir -p $(@D)
	$(say) cc $@
	$(Q)$(CC) $(CPPFLAGS) $(foreach f,$(folders),-iquote src/$(f)) $(CFLAGS) $(LDFLAGS) -o $@ $< \
	    -Wl,--start-group $(archives) -Wl,--end-group $(ALL_LIBS)

bench: all $(bench_programs)
	build-aux/need build test peers bench
	build-aux/run-bench

install: all
	build-aux/install '$(DESTDIR)$(PREFIX)' '$(PREFIX)' $(VERSION) $(pages)

dist:
	@mkdir -p build
	git archive --format=tar.gz --prefix=tradepipe-$(VERSION)/ -o build/tradepipe-$(VERSION).tar.gz HEAD

clean:
	rm -rf build $(programs:%=bin/%)
