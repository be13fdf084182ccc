# What the install script calls when the prefix is known. Each takes the file, the folder below the prefix and the name
# there; ${LATE} is a folder for what is written on the way.

# A text that names the program, as it would lie in /usr/local.
function(install_located from folder name)
  write_located("${from}" ${folder} ${name})
  file(INSTALL "${LATE}/${folder}/${name}" DESTINATION "${CMAKE_INSTALL_PREFIX}/${folder}"
    PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endfunction()

# The same of a script.
function(install_located_program from folder name)
  write_located("${from}" ${folder} ${name})
  file(INSTALL "${LATE}/${folder}/${name}" DESTINATION "${CMAKE_INSTALL_PREFIX}/${folder}"
    PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endfunction()

function(write_located from folder name)
  file(READ "${from}" text)
  string(REPLACE /usr/local/bin/ ${CMAKE_INSTALL_PREFIX}/bin/ text "${text}")
  file(WRITE "${LATE}/${folder}/${name}" "${text}")
endfunction()

function(install_compressed from folder name)
  file(MAKE_DIRECTORY "${LATE}/${folder}")
  execute_process(COMMAND gzip -9nc "${from}" OUTPUT_FILE "${LATE}/${folder}/${name}.gz" COMMAND_ERROR_IS_FATAL ANY)
  file(INSTALL "${LATE}/${folder}/${name}.gz" DESTINATION "${CMAKE_INSTALL_PREFIX}/${folder}"
    PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endfunction()
