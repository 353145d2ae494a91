# Runs test programs for ci/test: each in its own session, with a time limit, counted, none left over.

TENON_CI_RUN=$$-$(date +%s%N)
export TENON_CI_RUN
running=  # process group of the program that runs now

# Shows what failed, and keeps it for the end of the run, where a reader looks first.
failure() { tee -a "$logs/failed-here.log"; }

# What this run started and has not ended, wherever it moved to. Asked of the environment, because a
# process may leave its group; workers have an empty one, but they die with their host. This shell
# and its subshells were started before the variable was set, so they are not among them.
left_over() {
  local file
  for file in /proc/[0-9]*/environ; do
    grep -qzx "TENON_CI_RUN=$TENON_CI_RUN" "$file" 2>/dev/null || continue
    file=${file#/proc/}
    echo "${file%/environ}"
  done
}

stop_everything() {
  local pid
  [ -z "$running" ] || kill -TERM -- "-$running" 2>/dev/null
  for pid in $(left_over); do kill -KILL "$pid" 2>/dev/null; done
  [ -z "$running" ] || kill -KILL -- "-$running" 2>/dev/null
  running=
}

# Runs a command in a session of its own; its output goes to the log. Status 124 or 137: too long.
run_limited() {  # run_limited SECONDS LOG COMMAND...
  local limit=$1 log=$2 status
  shift 2
  setsid timeout --kill-after=10 "$limit" "$@" >"$log" 2>&1 </dev/null &
  running=$!
  wait "$running"
  status=$?
  kill -KILL -- "-$running" 2>/dev/null
  running=
  return $status
}

# Counts a gtest log into passed, failed, skipped and prints what a reader must see: each failed test
# with its text, each skipped one with its reason. A test that began and never ended has failed.
count_gtest() {  # count_gtest LOG STATUS
  local counts
  counts=$(awk -v status="$2" '
    function name(line) { sub(/^.*\] /, "", line); sub(/[ ,].*/, "", line); return line }
    { tail[NR % 40] = $0 }
    /\[ RUN      \] / { test = name($0); text = ""; running = 1; next }
    /\[       OK \] / && running { passed++; running = 0; next }
    /\[  SKIPPED \] / && running {
      skipped++; running = 0; gsub(/\n/, " ", text); sub(/^.*Skipped */, "", text)
      print "  skipped " test ": " text; next }
    /\[  FAILED  \] / && running { failed++; running = 0; printf "  FAILED %s\n%s\n", test, text; next }
    /\[==========\] .* ran\./ { ended = 1 }
    running { text = text "    " $0 "\n" }
    END {
      if (running) { failed++; printf "  FAILED %s did not end (status %s)\n", test, status }
      else if (status != 0 && !failed) {
        failed++; printf "  FAILED the program ended with status %s\n", status; running = 1 }
      else if (!ended) { failed++; print "  FAILED the program ended before its tests did"; running = 1 }
      else if (passed + failed + skipped == 0) { failed++; print "  FAILED the program ran no test" }
      if (running) for (i = NR - 39; i <= NR; i++) if (i > 0) print "    | " tail[i % 40]
      printf "counts %d %d %d\n", passed, failed, skipped
    }' "$1")
  echo "$counts" | sed '$d'
  echo "$counts" | sed '$d; /^  skipped /d' >>"$logs/failed-here.log"
  read -r _ program_passed program_failed program_skipped <<<"${counts##*$'\n'}"
}

# One gtest program: adds to passed, failed, skipped.
run_gtest() {  # run_gtest SECONDS PROGRAM [ARGUMENT...]
  local limit=$1 program=$2 name began=$SECONDS status
  shift 2
  name=$(basename "$program")
  run_limited "$limit" "$logs/$name.log" "$program" --gtest_color=no "$@"
  status=$?
  report_gtest "$name" "$logs/$name.log" $status "$limit" "$began"
}

# The same in parts that run at the same time: one for each core; several for a program that mostly
# waits, or whose tests are of very different lengths. Their logs are NAME.0.log and on.
run_gtest_parts() {  # run_gtest_parts SECONDS PARTS_PER_CORE PROGRAM
  local limit=$1 program=$3 name parts part status began=$SECONDS
  name=$(basename "$program")
  parts=$(($(nproc) * $2))
  [ "$parts" -le 8 ] || parts=8
  rm -f "$logs/$name".*
  # shellcheck disable=SC2016  # expanded by the inner shell
  run_limited "$limit" "$logs/$name.log" bash -c '
    for ((part = 0; part < $1; part++)); do
      (GTEST_TOTAL_SHARDS=$1 GTEST_SHARD_INDEX=$part "$2" --gtest_color=no >"$3.$part.log" 2>&1
       echo $? >"$3.$part.status") &
    done
    wait' parts "$parts" "$program" "$logs/$name"
  for ((part = 0; part < parts; part++)); do
    status=$(cat "$logs/$name.$part.status" 2>/dev/null || echo 124)
    report_gtest "$name part $((part + 1)) of $parts" "$logs/$name.$part.log" "$status" "$limit" "$began"
  done
}

report_gtest() {  # report_gtest NAME LOG STATUS SECONDS BEGAN
  local name=$1 log=$2 status=$3 limit=$4 began=$5
  count_gtest "$log" "$status"
  if [ "$status" = 124 ] || [ "$status" = 137 ]; then
    echo "  FAILED $name: stopped after $limit s" | failure
  fi
  for pid in $(left_over); do
    echo "  FAILED $name: left process $pid behind: $(tr '\0' ' ' <"/proc/$pid/cmdline")" | failure
    program_failed=$((program_failed + 1))
    kill -KILL "$pid"
  done
  printf '%s: %d passed, %d failed, %d skipped (%d s)\n' "$name" "$program_passed" \
    "$program_failed" "$program_skipped" $((SECONDS - began))
  passed=$((passed + program_passed))
  failed=$((failed + program_failed))
  skipped=$((skipped + program_skipped))
}
