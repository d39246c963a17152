# SPDX-License-Identifier: BSD-2-Clause
# cmake -DSOURCE=FOLDER -DHEADER=FILE -P commit.cmake: writes the commit that SOURCE is at into a C header.
# A tarball that `git archive` made has it in packaging/commit.txt.
cmake_minimum_required(VERSION 3.18)
file(STRINGS ${SOURCE}/packaging/commit.txt commit LIMIT_COUNT 1)
if(commit MATCHES "Format")
  set(commit "unknown")
  find_program(GIT git)
  if(GIT AND EXISTS ${SOURCE}/.git)
    execute_process(COMMAND ${GIT} -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
      OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed ERROR_QUIET)
    if(NOT failed)
      set(commit ${found})
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT ${HEADER} CONTENT "#define PZ_COMMIT \"@commit@\"\n" @ONLY)
