#include "dynamics/engine.hpp"
#include "lanes/lanes_engine.hpp"

namespace muscle {

template class lanes::LanesEngine<double>;  // of DART's lane, too

std::unique_ptr<dynamics::Engine<double>> dynamics::makeReferenceEngine(std::shared_ptr<const model::Model> model,
                                                                        const EngineSettings& settings, LaneState<double>& state) {
  return std::make_unique<lanes::LanesEngine<double>>(std::move(model), settings, state);
}

}  // namespace muscle
