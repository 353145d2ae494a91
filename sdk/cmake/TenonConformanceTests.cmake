# Read by ctest for tenon_conformance_tests(): a test for each case that tenon-check lists. Wanted are
# TENON_CHECK, TENON_SO, TENON_GOLDEN, TENON_ONLY and TENON_PREFIX.
set(words --golden "${TENON_GOLDEN}")
set(only)
if(TENON_ONLY)
  set(only --only "${TENON_ONLY}")
endif()
execute_process(COMMAND "${TENON_CHECK}" --list ${words} ${only}
  OUTPUT_VARIABLE lines ERROR_VARIABLE wrong RESULT_VARIABLE status TIMEOUT 60)
string(REGEX MATCHALL "(^|\n)[a-z0-9_.-]+: " names "${lines}")
if(NOT status EQUAL 0 OR names STREQUAL "")
  # Shown by its failing: that nothing can be listed must not look like nothing to do.
  add_test("${TENON_PREFIX}.list" "${TENON_CHECK}" "${TENON_SO}" ${words} ${only})
endif()
foreach(name IN LISTS names)
  string(REGEX REPLACE "[\n: ]" "" name "${name}")
  add_test("${TENON_PREFIX}.${name}" "${TENON_CHECK}" "${TENON_SO}" ${words} --case "${name}")
  set_tests_properties("${TENON_PREFIX}.${name}" PROPERTIES SKIP_REGULAR_EXPRESSION "^skip ")
endforeach()
