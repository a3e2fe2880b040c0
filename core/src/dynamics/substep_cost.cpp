#include "dynamics/substep_cost.hpp"

#include <algorithm>

#include "dynamics/counted.hpp"
#include "dynamics/simulation.hpp"
#include "lanes/lanes_engine.hpp"

namespace muscle::dynamics {
namespace {

template <class Work>
void tallied(Tally& tally, Work&& work) {
  const Counting counting(tally);
  work();
}

Cost costOf(const Tally& tally) { return {tally.operations, static_cast<std::int64_t>(tally.touched.size() * sizeof(float))}; }

}  // namespace

SubstepCost substepCost(std::shared_ptr<const model::Model> model, const EngineSettings& settings, const double* positions) {
  Simulation<float> simulation(
      model, 1, [&](LaneState<float>& state) { return std::make_unique<lanes::LanesEngine<Counted>>(model, settings, state); });
  const std::vector<double> atRest(model->numDofs());
  simulation.setState(0, positions, atRest.data());
  simulation.setTarget(0, positions);
  std::fill_n(simulation.state().excitation, model->numMuscles(), 0.5f);
  Engine<float>& engine = simulation.engine();
  Tally kinematics, paths, muscles, stablePd, dynamics;
  tallied(kinematics, [&] { engine.kinematics(); });
  if (usesMuscles(settings.actuator)) {
    tallied(paths, [&] { engine.paths(); });
    tallied(muscles, [&] { engine.muscles(MuscleResults::kNeeded); });
  }
  tallied(dynamics, [&] { engine.prepare(); });
  tallied(stablePd, [&] { engine.desire(); });
  tallied(dynamics, [&] { engine.advance(); });
  return {costOf(kinematics), costOf(paths), costOf(muscles), costOf(stablePd), costOf(dynamics)};
}

}  // namespace muscle::dynamics
