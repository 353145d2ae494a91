# Functions for connectors: in this tree and, through find_package(Tenon), in any other.
#
#   tenon_connector(NAME MANIFEST file SOURCES file... [LIBRARIES target...] [DEFINITIONS name...]
#                   [OUTPUT folder] [NAME stem])
#
# makes <OUTPUT>/<NAME>.so (default ${CMAKE_BINARY_DIR}/connectors) with exactly the flags that the
# host asks for: a plain, optimised module that exports tenon_connector_v1 and nothing else, needs
# libc only, resolves every symbol at load, and carries its manifest as the section .tenon_manifest,
# which is not loaded and which strip keeps. Sanitizers never get in: what is tested is what runs.
# No path of the machine gets in: the same sources, toolchain and SDK give the same file in any
# folder, and so the same package. A debugger started in the project's folder finds the sources.
# Its target is connector_<NAME>. In Rust: `CRATE folder` instead of SOURCES, LIBRARIES and
# DEFINITIONS; the crate is a cdylib whose library is named `connector`, and cargo must be there.
#
#   tenon_vendor_model(NAME SOURCES file... [LIBRARIES target...] [OUTPUT folder])
#
# makes <OUTPUT>/<NAME>.so (default ${CMAKE_BINARY_DIR}/models), which `tenon-vendor FILE` serves
# on a port. Its target is model_<NAME>.
#
#   tenon_connector_test(NAME GOLDEN folder)
#
# adds the test <NAME>: tenon-check on the connector with its goldens.
#
#   tenon_conformance_tests(NAME GOLDEN folder [ONLY expression] [PREFIX text])
#
# adds a test for each case of tenon-check, named <PREFIX>.<case> (default: NAME); ctest lists them
# anew each time it runs, so that a golden that was added is a test without another configure. A
# skipped case is a skipped test.

set(TENON_CONNECTOR_FOLDER ${CMAKE_CURRENT_LIST_DIR})
set(TENON_CONNECTOR_EXPORTS ${CMAKE_CURRENT_LIST_DIR}/connector.map)

function(tenon_connector name)
  cmake_parse_arguments(arg "" "MANIFEST;OUTPUT;CRATE;NAME" "SOURCES;LIBRARIES;DEFINITIONS" ${ARGN})
  if(NOT arg_MANIFEST OR NOT (arg_SOURCES OR arg_CRATE))
    message(FATAL_ERROR "tenon_connector(${name}): wanted MANIFEST, and SOURCES or CRATE")
  endif()
  if(NOT arg_OUTPUT)
    set(arg_OUTPUT ${CMAKE_BINARY_DIR}/connectors)
  endif()
  if(NOT arg_NAME)
    set(arg_NAME ${name})
  endif()
  get_filename_component(manifest ${arg_MANIFEST} ABSOLUTE)
  set(target connector_${name})
  set(file ${arg_OUTPUT}/${arg_NAME}.so)
  set(embed ${CMAKE_OBJCOPY} --remove-section .tenon_manifest
    --add-section .tenon_manifest=${manifest}
    --set-section-flags .tenon_manifest=contents,readonly)
  if(arg_CRATE)
    tenon_rust_connector_(${target} ${arg_CRATE} ${file} "${embed}")
    return()
  endif()

  add_library(${target} MODULE ${arg_SOURCES})
  set_target_properties(${target} PROPERTIES TENON_FILE ${file})
  target_link_libraries(${target} PRIVATE Tenon::sdk ${arg_LIBRARIES})
  target_compile_definitions(${target} PRIVATE ${arg_DEFINITIONS})
  target_compile_options(${target} PRIVATE -O2 -fno-semantic-interposition
    -fstack-protector-strong -ffunction-sections -fdata-sections
    # Of two that fit the last one counts, and the build folder mostly lies in the other.
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=.
    # g++ 12 gives some inlined calls another column in another folder.
    -gno-column-info)
  # The GNU linker: it drops what gc-sections freed from the imports too, so the list of a
  # connector's imports is what its code can call.
  target_link_options(${target} PRIVATE -fuse-ld=bfd
    -Wl,--version-script=${TENON_CONNECTOR_EXPORTS} -Wl,-z,defs -Wl,-z,now -Wl,-z,relro
    -Wl,--gc-sections -Wl,--exclude-libs,ALL -static-libgcc
    $<$<LINK_LANGUAGE:CXX>:-static-libstdc++>)
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${arg_NAME} LIBRARY_OUTPUT_DIRECTORY ${arg_OUTPUT}
    C_STANDARD 11 CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON LINK_DEPENDS "${manifest};${TENON_CONNECTOR_EXPORTS}")
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${embed} $<TARGET_FILE:${target}> VERBATIM)
endfunction()

# What rustc links is a cdylib already: one exported symbol, unused sections gone. cargo knows
# itself what is out of date, so it is always asked.
function(tenon_rust_connector_ target crate file embed)
  find_program(TENON_CARGO cargo)
  if(NOT TENON_CARGO)
    message(FATAL_ERROR "${target}: wanted cargo, found none (Debian: apt install cargo)")
  endif()
  get_filename_component(crate ${crate} ABSOLUTE)
  get_filename_component(folder ${file} DIRECTORY)
  set(made ${CMAKE_BINARY_DIR}/cargo/release/libconnector.so)
  set(link -fuse-ld=bfd -Wl,-z,defs -Wl,-z,now -Wl,-z,relro)
  list(TRANSFORM link PREPEND -Clink-arg=)
  add_custom_target(${target} ALL
    COMMAND ${TENON_CARGO} rustc --quiet --release --lib --manifest-path ${crate}/Cargo.toml
      --target-dir ${CMAKE_BINARY_DIR}/cargo -- ${link}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${embed} ${made} ${file}
    BYPRODUCTS ${file} VERBATIM)
  set_target_properties(${target} PROPERTIES TENON_FILE ${file})
endfunction()

function(tenon_vendor_model name)
  cmake_parse_arguments(arg "" "OUTPUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "tenon_vendor_model(${name}): wanted SOURCES")
  endif()
  if(NOT arg_OUTPUT)
    set(arg_OUTPUT ${CMAKE_BINARY_DIR}/models)
  endif()
  set(target model_${name})
  add_library(${target} MODULE ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE Tenon::model ${arg_LIBRARIES})
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${arg_OUTPUT}
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
endfunction()

function(tenon_connector_test name)
  cmake_parse_arguments(arg "" "GOLDEN" "" ${ARGN})
  if(NOT arg_GOLDEN)
    message(FATAL_ERROR "tenon_connector_test(${name}): wanted GOLDEN, a folder")
  endif()
  get_filename_component(golden ${arg_GOLDEN} ABSOLUTE)
  add_test(NAME ${name}
    COMMAND Tenon::tenon-check $<TARGET_PROPERTY:connector_${name},TENON_FILE> --golden ${golden})
endfunction()

# ctest reads the list itself, each time: a build file would keep that of the last configure.
function(tenon_conformance_tests name)
  cmake_parse_arguments(arg "" "GOLDEN;ONLY;PREFIX" "" ${ARGN})
  if(NOT arg_GOLDEN)
    message(FATAL_ERROR "tenon_conformance_tests(${name}): wanted GOLDEN, a folder")
  endif()
  if(NOT arg_PREFIX)
    set(arg_PREFIX ${name})
  endif()
  get_filename_component(golden ${arg_GOLDEN} ABSOLUTE)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${arg_PREFIX}_conformance.cmake)
  file(GENERATE OUTPUT ${list} CONTENT
"set(TENON_CHECK [==[$<TARGET_FILE:Tenon::tenon-check>]==])
set(TENON_SO [==[$<TARGET_PROPERTY:connector_${name},TENON_FILE>]==])
set(TENON_GOLDEN [==[${golden}]==])
set(TENON_ONLY [==[${arg_ONLY}]==])
set(TENON_PREFIX [==[${arg_PREFIX}]==])
include([==[${TENON_CONNECTOR_FOLDER}/TenonConformanceTests.cmake]==])
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${list})
endfunction()
