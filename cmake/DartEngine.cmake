# The DART engine, a module of its own (_dart), wherever DART 6.10 or later is found.
# WITH_DART: AUTO (where found), ON (else an error), OFF.
set(WITH_DART AUTO CACHE STRING "The DART engine: AUTO, ON or OFF")
set_property(CACHE WITH_DART PROPERTY STRINGS AUTO ON OFF)

set(DART_ABSENT "")
if(NOT WITH_DART)
  set(DART_ABSENT "WITH_DART is ${WITH_DART}")
else()
  if(POLICY CMP0167)
    cmake_policy(SET CMP0167 OLD)  # DART's package looks for Boost by CMake's own module
  endif()
  find_package(DART 6.10 CONFIG QUIET)
  if(NOT DART_FOUND)
    set(DART_ABSENT "no DART 6.10 or later was found; on Debian and Ubuntu install libdart-dev, then build again")
  endif()
endif()
if(DART_ABSENT)
  if(WITH_DART STREQUAL "ON")
    message(FATAL_ERROR "WITH_DART is ON, and ${DART_ABSENT}")
  endif()
  message(STATUS "DART engine: left out (${DART_ABSENT})")
  return()
endif()

# DART's classes have virtual functions that a release build does not have: compile as it was compiled.
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES dart)
set(CMAKE_REQUIRED_FLAGS "-UNDEBUG -D_GLIBCXX_USE_CXX11_ABI=${TORCH_CXX11_ABI}")
check_cxx_source_compiles("
#include <dart/constraint/PgsBoxedLcpSolver.hpp>
int main() { return dart::constraint::PgsBoxedLcpSolver().canSolve(0, nullptr); }
" DART_HAS_ASSERTIONS)
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_FLAGS)

# Baseline x86-64, as libdart: Eigen's types would be aligned otherwise under wider instruction sets.
file(GLOB DART_SOURCES CONFIGURE_DEPENDS core/dart/*.cpp)
pybind11_add_module(_dart NO_EXTRAS core/bindings/dart_module.cpp ${DART_SOURCES} core/model/model.cpp core/dynamics/lane_state.cpp)
target_include_directories(_dart PRIVATE core)
get_target_property(DART_INCLUDES dart INTERFACE_INCLUDE_DIRECTORIES)
target_include_directories(_dart SYSTEM PRIVATE ${DART_INCLUDES})
target_compile_options(_dart PRIVATE ${WARNINGS} -ffp-contract=off $<$<BOOL:${DART_HAS_ASSERTIONS}>:-UNDEBUG>)
target_compile_definitions(_dart PRIVATE MUSCLE_DART_VERSION="${DART_VERSION}" EIGEN_NO_DEBUG)
target_link_libraries(_dart PRIVATE dart Threads::Threads)
install(TARGETS _dart LIBRARY DESTINATION muscle_viewer/core)
message(STATUS "DART engine: DART ${DART_VERSION}")
