# What `cmake --install` puts where, and the Debian package that CPack makes of it.
# Libraries that are not the system's (modules, Spack) are found again by their path.
set_target_properties(patientzero PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS patientzero RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "*.svg")
install(DIRECTORY slurm DESTINATION ${CMAKE_INSTALL_DATADIR}/patientzero FILES_MATCHING PATTERN "*.sbatch")
install(FILES packaging/completion.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME patientzero)

# An environment module: module use PREFIX/share/modulefiles; module load patientzero
configure_file(packaging/modulefile.in ${PROJECT_BINARY_DIR}/modulefile @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/modulefile DESTINATION ${CMAKE_INSTALL_DATADIR}/modulefiles/patientzero
  RENAME ${PROJECT_VERSION})

# Manual pages are what the program says of itself; a program that can't run here (cross-compiled) has none.
if(NOT CMAKE_CROSSCOMPILING)
  file(STRINGS src/cli/main.c lines REGEX "^ +_[(]")
  string(REGEX MATCHALL "_[(][a-z]+[)]" commands "${lines}")
  set(pages ${PROJECT_BINARY_DIR}/man/patientzero.1)
  add_custom_command(OUTPUT ${pages} DEPENDS patientzero
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/man
    COMMAND patientzero --manual > ${pages} VERBATIM)
  foreach(command ${commands})
    string(REGEX REPLACE "[_()]" "" command "${command}")
    set(page ${PROJECT_BINARY_DIR}/man/patientzero-${command}.1)
    add_custom_command(OUTPUT ${page} DEPENDS patientzero ${PROJECT_BINARY_DIR}/man/patientzero.1
      COMMAND patientzero ${command} --manual > ${page} VERBATIM)
    list(APPEND pages ${page})
  endforeach()
  add_custom_target(manual ALL DEPENDS ${pages})
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME patientzero)
set(CPACK_PACKAGE_VENDOR "the patientzero authors")
set(CPACK_PACKAGE_CONTACT "the patientzero authors <patientzero@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "who scanned a TCP port, in a network telescope's packet archive")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
if(PZ_MPI)
  set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "openmpi-bin")
endif()
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "slurm-wlm, bash-completion")
set(CPACK_STRIP_FILES ON)
include(CPack)
