// The DART engine: the same substep with DART's kinematics, dynamics and contact. Includes no header of DART.
#pragma once

#include <memory>

#include "dynamics/engine.hpp"

namespace muscle::dart_engine {

// A group has one environment: one inference each, as in MASS and GaitNet.
std::shared_ptr<const dynamics::EngineFactory> makeDartFactory();

}  // namespace muscle::dart_engine
