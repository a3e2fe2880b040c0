// An engine with its state, part by part, for analysis and tests: no task, no network.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dynamics/engine.hpp"

namespace muscle::dynamics {

template <class T>
class Simulation {
 public:
  using MakeEngine = std::function<std::unique_ptr<Engine<T>>(LaneState<T>&)>;

  Simulation(std::shared_ptr<const model::Model> model, int lanes, const MakeEngine& makeEngine);

  const model::Model& model() const { return *model_; }
  Engine<T>& engine() { return *engine_; }
  LaneState<T>& state() { return state_; }

  // Generalised positions and velocities (dofs) of one lane. Throw std::out_of_range for a lane that does not exist.
  void setState(int lane, const double* positions, const double* velocities);
  void setTarget(int lane, const double* positions);
  std::vector<double> positions(int lane) const;

  // A field of the state and its number of features. Throws std::invalid_argument for an unknown name.
  std::pair<T*, int> field(const std::string& name);

 private:
  void checkLane(int lane) const;
  void setInternal(T* to, int lane, const double* positions) const;

  std::shared_ptr<const model::Model> model_;
  LaneState<T> state_;
  std::unique_ptr<Engine<T>> engine_;
};

extern template class Simulation<float>;
extern template class Simulation<double>;

}  // namespace muscle::dynamics
