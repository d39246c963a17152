# SPDX-License-Identifier: BSD-2-Clause
# Builds page.js in the folder that it is called in, from the folder that this script lies in. A machine without a network
# or without the libraries gets an empty page.js and a warning: the report then has no zoom and no maps, and says so.
get_filename_component(from "${CMAKE_SCRIPT_MODE_FILE}" DIRECTORY)
foreach(file package.json package-lock.json .npmrc)
  file(COPY "${from}/${file}" DESTINATION .)
endforeach()
execute_process(COMMAND "${NPM}" ci --ignore-scripts --no-fund --no-audit --loglevel=error
                RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE said)
if(NOT failed)
  execute_process(COMMAND "${NODE}" "${from}/build.mjs" page.js RESULT_VARIABLE failed ERROR_VARIABLE said)
endif()
if(failed)
  string(SUBSTRING "${said}" 0 400 said)
  message(WARNING "the report page is built without its script, so without zoom and maps: ${said}")
  file(WRITE page.js "")
  file(WRITE notices.txt "")
endif()
