# SPDX-License-Identifier: BSD-2-Clause
# What `cmake --install` puts where, and the Debian package that CPack makes of it.
set(PZ_MAINTAINER "The patientzero developers <patientzero@example.org>" CACHE STRING
  "Name and address in the Debian package")

# Libraries that are not the system's (modules, Spack) are found again by their path.
foreach(library ${MPI_C_LIBRARIES} ${ROARING_LIBRARY} ${PCAP_LINK_LIBRARIES} ${ZLIB_LIBRARIES} ${ISAL_LINK_LIBRARIES})
  if(NOT library MATCHES "^/(usr/)?lib/")
    set_target_properties(patientzero PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  endif()
endforeach()
install(TARGETS patientzero RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# The folders are as in the source, so that links between pages hold.
install(FILES README.md LICENSE CHANGELOG.md CONTRIBUTING.md CITATION.cff SECURITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR}
  FILES_MATCHING PATTERN "*.md" PATTERN "*.svg" PATTERN "read_results.py" PATTERN "*.ipynb")
install(FILES packaging/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_BINARY_DIR}/page/notices.txt DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME THIRD-PARTY.txt OPTIONAL)
file(GLOB jobs_of_slurm CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/slurm/*.sbatch)
install(PROGRAMS ${jobs_of_slurm} DESTINATION ${CMAKE_INSTALL_DATADIR}/patientzero/slurm)
install(FILES packaging/completion.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME patientzero)
# Debian's zsh looks for what packages bring in vendor-completions, others in site-functions.
foreach(folder site-functions vendor-completions)
  install(FILES packaging/completion.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${folder} RENAME _patientzero)
endforeach()
install(FILES packaging/completion.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
  RENAME patientzero.fish)

# An environment module: module use PREFIX/share/modulefiles; module load patientzero
# The prefix is known only when it is installed: cmake --install BUILD --prefix PREFIX.
set(module ${CMAKE_INSTALL_DATADIR}/modulefiles/patientzero)
install(CODE "
  set(PROJECT_VERSION ${PROJECT_VERSION})
  set(CMAKE_INSTALL_BINDIR ${CMAKE_INSTALL_BINDIR})
  set(CMAKE_INSTALL_DATADIR ${CMAKE_INSTALL_DATADIR})
  set(CMAKE_INSTALL_MANDIR ${CMAKE_INSTALL_MANDIR})
  configure_file(${PROJECT_SOURCE_DIR}/packaging/modulefile.in ${PROJECT_BINARY_DIR}/modulefile @ONLY)")
install(FILES ${PROJECT_BINARY_DIR}/modulefile DESTINATION ${module} RENAME ${PROJECT_VERSION})

# gzipped FILE: a compressed copy of it, without a time, is made by the build.
find_program(GZIP gzip REQUIRED)
function(gzipped file)
  set(copy ${CMAKE_CURRENT_BINARY_DIR}/gzipped/${ARGV1}.gz)
  get_filename_component(folder ${copy} DIRECTORY)
  add_custom_command(OUTPUT ${copy} DEPENDS ${file} COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${GZIP} -9nc ${file} > ${copy} VERBATIM)
  set(copies ${copies} ${copy} PARENT_SCOPE)
endfunction()

# Manual pages are what the program says of itself; a program that can't run here (cross-compiled) has none.
set(copies)
if(NOT CMAKE_CROSSCOMPILING)
  file(STRINGS src/cli/main.c lines REGEX "^ +_[(]")
  string(REGEX MATCHALL "_[(][a-z]+[)]" commands "${lines}")
  set(folder ${PROJECT_BINARY_DIR}/man)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${folder}/patientzero.1 DEPENDS patientzero
    COMMAND patientzero --manual > ${folder}/patientzero.1 VERBATIM)
  gzipped(${folder}/patientzero.1 man/patientzero.1)
  foreach(command ${commands})
    string(REGEX REPLACE "[_()]" "" command "${command}")
    add_custom_command(OUTPUT ${folder}/patientzero-${command}.1 DEPENDS patientzero ${folder}/patientzero.1
      COMMAND patientzero ${command} --manual > ${folder}/patientzero-${command}.1 VERBATIM)
    gzipped(${folder}/patientzero-${command}.1 man/patientzero-${command}.1)
  endforeach()
  install(FILES ${copies} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
gzipped(${PROJECT_SOURCE_DIR}/packaging/debian/changelog changelog)
install(FILES ${PROJECT_BINARY_DIR}/gzipped/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})
add_custom_target(manual ALL DEPENDS ${copies})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME patientzero)
set(CPACK_PACKAGE_VENDOR "the patientzero developers")
set(CPACK_PACKAGE_CONTACT "${PZ_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "who scanned a TCP port, in a network telescope's packet archive")
set(CPACK_PACKAGE_DESCRIPTION
"patientzero reads the hourly packet captures of a network telescope and counts,
exactly, the addresses that scanned a TCP port: by hour, day and country. It
tells the scans of the Conficker worm from others, and says who was first. It
runs on one machine, and through MPI on a cluster.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Figures need gnuplot, and their text a font. A process of its own needs Open MPI's daemon as well.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "gnuplot-nox | gnuplot-x11 | gnuplot-qt, fonts-dejavu-core")
if(PZ_MPI)
  string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS ", openmpi-bin")
endif()
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "slurm-wlm, bash-completion, python3")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
