# What cpack calls for the package that it has made.
foreach(package ${CPACK_PACKAGE_FILES})
  execute_process(COMMAND sh "${CMAKE_CURRENT_LIST_DIR}/finish.sh" "${package}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
