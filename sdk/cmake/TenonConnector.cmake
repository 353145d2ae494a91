# tenon_connector(): builds a vendor's .so with exactly the flags that the host asks for.
#
#   tenon_connector(NAME MANIFEST file SOURCES file... [LIBRARIES target...] [OUTPUT folder])
#
# makes <OUTPUT>/<NAME>.so (default ${CMAKE_BINARY_DIR}/connectors): a plain, optimised module that
# exports tenon_connector_v1 and nothing else, needs libc only, resolves every symbol at load, and
# carries its manifest as the section .tenon_manifest, which is not loaded and which strip keeps.
# Sanitizers never get in: what is tested is what runs.

set(TENON_SDK_DIR ${CMAKE_CURRENT_LIST_DIR}/..)
set(TENON_CONNECTOR_EXPORTS ${CMAKE_CURRENT_LIST_DIR}/connector.map)

function(tenon_connector name)
  cmake_parse_arguments(arg "" "MANIFEST;OUTPUT" "SOURCES;LIBRARIES;DEFINITIONS" ${ARGN})
  if(NOT arg_MANIFEST OR NOT arg_SOURCES)
    message(FATAL_ERROR "tenon_connector(${name}): wanted MANIFEST and SOURCES")
  endif()
  if(NOT arg_OUTPUT)
    set(arg_OUTPUT ${CMAKE_BINARY_DIR}/connectors)
  endif()
  get_filename_component(manifest ${arg_MANIFEST} ABSOLUTE)

  set(target connector_${name})
  add_library(${target} MODULE ${arg_SOURCES})
  target_include_directories(${target} PRIVATE ${TENON_SDK_DIR}/include ${TENON_SDK_DIR}/cpp)
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES})
  target_compile_definitions(${target} PRIVATE ${arg_DEFINITIONS})
  target_compile_options(${target} PRIVATE -O2 -fno-semantic-interposition
    -fstack-protector-strong -ffunction-sections -fdata-sections)
  # The GNU linker: it drops what gc-sections freed from the imports too, so the list of a
  # connector's imports is what its code can call.
  target_link_options(${target} PRIVATE -fuse-ld=bfd
    -Wl,--version-script=${TENON_CONNECTOR_EXPORTS} -Wl,-z,defs -Wl,-z,now -Wl,-z,relro
    -Wl,--gc-sections -Wl,--exclude-libs,ALL -static-libstdc++ -static-libgcc)
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${arg_OUTPUT}
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON LINK_DEPENDS "${manifest};${TENON_CONNECTOR_EXPORTS}")
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} --remove-section .tenon_manifest
      --add-section .tenon_manifest=${manifest}
      --set-section-flags .tenon_manifest=contents,readonly $<TARGET_FILE:${target}>
    VERBATIM)
endfunction()
