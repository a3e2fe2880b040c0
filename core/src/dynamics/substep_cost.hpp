// The minimal cost of a substep of a model: the arithmetic operations of the lanes engine, counted in a run.
#pragma once

#include <cstdint>
#include <memory>

#include "dynamics/engine.hpp"

namespace muscle::dynamics {

// The cost for one environment; see Tally.
struct Cost {
  std::int64_t operations = 0;
  std::int64_t bytes = 0;  // of the state's floats that are read or written, each once
};

// The cost of each part of the engine; see environment::Timings.
struct SubstepCost {
  Cost kinematics, paths, muscles, stablePd, dynamics;
};

// A substep from generalised positions (dofs) at rest, with the PD target there and half of every activation.
SubstepCost substepCost(std::shared_ptr<const model::Model> model, const EngineSettings& settings, const double* positions);

}  // namespace muscle::dynamics
