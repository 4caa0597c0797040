# A thin front door to meson, ninja and the scripts.
BUILD ?= build

.PHONY: all test demo lint format bench fuzz install clean coverage abi

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	meson setup $(BUILD)

test: all
	meson test -C $(BUILD) --print-errorlogs

demo:
	script/demo

lint:
	script/lint

format:
	clang-format -i $$(git ls-files -co --exclude-standard '*.c' '*.h' ':!tests/fixtures')

bench:
	script/bench

fuzz:
	script/fuzz

abi: all # writes down what is new in the binary interface
	tools/frozen >$(BUILD)/frozen_values.c && mv $(BUILD)/frozen_values.c abi/
	tools/abi update $(BUILD)/src/runtime/libjitney.so

coverage:
	script/coverage

install: all
	meson install -C $(BUILD)

clean:
	rm -rf $(BUILD) build-*
