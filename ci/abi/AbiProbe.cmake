# Holds the headers of an ABI to its table: tenon_abi_probe() and tenon_abi_table().

# tenon_abi_probe(TARGET INCLUDE folder): a shared object whose debug information is the layout of
# <folder>/tenon/*.h and <folder>/tenon/ext/*.h, with their macros and functions. Drafts (ext/draft)
# promise nothing, and limits.h is what one host does. Never optimised and never sanitised: only the
# types matter.
function(tenon_abi_probe target)
  cmake_parse_arguments(arg "" "INCLUDE" "" ${ARGN})
  file(GLOB headers CONFIGURE_DEPENDS ${arg_INCLUDE}/tenon/*.h ${arg_INCLUDE}/tenon/ext/*.h)
  list(FILTER headers EXCLUDE REGEX "/limits\\.h$")
  set(text "")
  set(functions "")
  foreach(header ${headers})
    string(APPEND text "#include \"${header}\"\n")
    file(READ ${header} code)
    string(REGEX MATCHALL "[ *]tenon_[a-z0-9_]+\\(" calls "${code}")
    list(APPEND functions ${calls})
  endforeach()
  # What is declared and not used is not in the debug information.
  list(TRANSFORM functions REPLACE "[ *(]" "")
  list(REMOVE_DUPLICATES functions)
  list(REMOVE_ITEM functions tenon_connector_v1)  # defined below
  foreach(function ${functions})
    string(APPEND text "void (*abi_probe_${function})(void) = (void (*)(void))&${function};\n")
  endforeach()
  string(APPEND text
    "enum { abi_probe_major = TENON_ABI_MAJOR, abi_probe_minor = TENON_ABI_MINOR };\n"
    "const tenon_connector* tenon_connector_v1(void) { return 0; }\n")
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${target}.c)
  file(CONFIGURE OUTPUT ${source} CONTENT "${text}" @ONLY)
  add_library(${target} MODULE ${source})
  target_include_directories(${target} PRIVATE ${arg_INCLUDE})
  target_compile_options(${target} PRIVATE -std=c11 -pedantic -Wpadded -O0 -g3 -gdwarf-5
    -fno-eliminate-unused-debug-types)
  set_target_properties(${target} PROPERTIES PREFIX "")
endfunction()

# tenon_abi_table(PROBE TABLE file TOOL target-or-path): the build fails if the probe's headers break
# a promise of the table. The target abi_update writes the table anew where that is allowed.
function(tenon_abi_table probe)
  cmake_parse_arguments(arg "" "TABLE;TOOL" "" ${ARGN})
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/${probe}.checked)
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${arg_TOOL} check ${arg_TABLE} $<TARGET_FILE:${probe}>
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS ${probe} ${arg_TOOL} ${arg_TABLE}
    COMMENT "Holding the ABI to ${arg_TABLE}" VERBATIM)
  add_custom_target(${probe}_holds ALL DEPENDS ${stamp})
  add_custom_target(abi_update COMMAND ${arg_TOOL} update ${arg_TABLE} $<TARGET_FILE:${probe}>
    DEPENDS ${probe} ${arg_TOOL} VERBATIM)
endfunction()
