// The lanes of one instruction set: this file is compiled once for each, with MUSCLE_ISA naming it.
#include "dynamics/pack.hpp"
#include "lanes/lane_network.hpp"
#include "lanes/lanes_engine.hpp"

namespace muscle::lanes::MUSCLE_ISA {

using Pack = muscle::MUSCLE_ISA::Pack;
static_assert(dynamics::kGroupLanes % muscle::MUSCLE_ISA::kPackWidth == 0);

// In own_bodies.cpp.
std::unique_ptr<dynamics::Engine<float>> makeOwnBodiesEngine(std::shared_ptr<const model::Model> model,
                                                             const dynamics::EngineSettings& settings, dynamics::LaneState<float>& state);

std::unique_ptr<dynamics::Engine<float>> makeEngine(std::shared_ptr<const model::Model> model, const dynamics::EngineSettings& settings,
                                                    dynamics::LaneState<float>& state) {
  if (settings.ownBodies) return makeOwnBodiesEngine(std::move(model), settings, state);
  return std::make_unique<LanesEngine<Pack>>(std::move(model), settings, state);
}

std::shared_ptr<const environment::ActivationNetwork> makeNetwork(const std::vector<environment::DenseLayer>& layers,
                                                                  environment::Functions functions) {
  if (functions == environment::Functions::kPolicy) return std::make_shared<const LaneNetwork<Pack, PolicyFunctions>>(layers);
  return std::make_shared<const LaneNetwork<Pack, MuscleFunctions>>(layers);
}

}  // namespace muscle::lanes::MUSCLE_ISA
