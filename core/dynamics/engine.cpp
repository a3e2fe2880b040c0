#include "dynamics/engine.hpp"

#include <stdexcept>

#include "lanes/lanes_engine.hpp"

namespace muscle {

#define MUSCLE_DECLARE_LANES(isa)                                                                                          \
  namespace lanes::isa {                                                                                                   \
  std::unique_ptr<dynamics::Engine<float>> makeEngine(std::shared_ptr<const model::Model>, const dynamics::EngineSettings&, \
                                                      dynamics::LaneState<float>&);                                        \
  }
MUSCLE_DECLARE_LANES(baseline)
MUSCLE_DECLARE_LANES(avx2)
MUSCLE_DECLARE_LANES(avx512)
#undef MUSCLE_DECLARE_LANES

namespace dynamics {

std::vector<std::string> instructionSets() {
  std::vector<std::string> sets;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
    sets.emplace_back("avx512");
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.emplace_back("avx2");
#endif
  sets.emplace_back("baseline");
  return sets;
}

std::unique_ptr<Engine<float>> makeLanesEngine(const std::string& instructionSet, std::shared_ptr<const model::Model> model,
                                               const EngineSettings& settings, LaneState<float>& state) {
  bool known = false;
  std::string names;
  for (const std::string& set : instructionSets()) {
    known = known || set == instructionSet;
    names += names.empty() ? set : ", " + set;
  }
  if (!known) throw std::invalid_argument("instruction set '" + instructionSet + "' cannot run on this CPU; it runs " + names);
#if defined(__x86_64__)
  if (instructionSet == "avx512") return lanes::avx512::makeEngine(std::move(model), settings, state);
  if (instructionSet == "avx2") return lanes::avx2::makeEngine(std::move(model), settings, state);
#endif
  return lanes::baseline::makeEngine(std::move(model), settings, state);
}

std::unique_ptr<Engine<double>> makeReferenceEngine(std::shared_ptr<const model::Model> model, const EngineSettings& settings,
                                                    LaneState<double>& state) {
  return std::make_unique<lanes::LanesEngine<double>>(std::move(model), settings, state);
}

}  // namespace dynamics
}  // namespace muscle
