// The lanes whose environments have bodies of their own, for one instruction set: a file of its own, to be compiled beside lanes.cpp.
#include "dynamics/pack.hpp"
#include "lanes/lanes_engine.hpp"

namespace muscle::lanes::MUSCLE_ISA {

using Pack = muscle::MUSCLE_ISA::Pack;

std::unique_ptr<dynamics::Engine<float>> makeOwnBodiesEngine(std::shared_ptr<const model::Model> model,
                                                             const dynamics::EngineSettings& settings, dynamics::LaneState<float>& state) {
  return std::make_unique<LanesEngine<Pack, Pack>>(std::move(model), settings, state);
}

}  // namespace muscle::lanes::MUSCLE_ISA
