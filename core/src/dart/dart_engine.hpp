// The DART engine: the same substep with DART's kinematics, dynamics and contact. Sees no header of DART's.
#pragma once

#include <memory>

#include "dynamics/engine.hpp"

namespace muscle::dart_engine {

// Groups are of one environment: one inference each, as the ancestors do it.
std::shared_ptr<const dynamics::EngineFactory> makeDartFactory();

}  // namespace muscle::dart_engine
