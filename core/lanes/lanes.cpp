// The lanes engine of one instruction set: this file is compiled once for each, with MUSCLE_ISA naming it.
#include "dynamics/pack.hpp"
#include "lanes/lanes_engine.hpp"

namespace muscle::lanes::MUSCLE_ISA {

std::unique_ptr<dynamics::Engine<float>> makeEngine(std::shared_ptr<const model::Model> model,
                                                    const dynamics::EngineSettings& settings, dynamics::LaneState<float>& state) {
  static_assert(dynamics::kGroupLanes % muscle::MUSCLE_ISA::kPackWidth == 0);
  return std::make_unique<LanesEngine<muscle::MUSCLE_ISA::Pack>>(std::move(model), settings, state);
}

}  // namespace muscle::lanes::MUSCLE_ISA
