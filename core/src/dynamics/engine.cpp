#include "dynamics/engine.hpp"

#include <stdexcept>

#include "environment/network.hpp"

namespace muscle {

#define MUSCLE_DECLARE_LANES(isa)                                                                                                         \
  namespace lanes::isa {                                                                                                                  \
  std::unique_ptr<dynamics::Engine<float>> makeEngine(std::shared_ptr<const model::Model>, const dynamics::EngineSettings&,               \
                                                      dynamics::LaneState<float>&);                                                       \
  std::shared_ptr<const environment::ActivationNetwork> makeNetwork(const std::vector<environment::DenseLayer>&, environment::Functions); \
  }
MUSCLE_DECLARE_LANES(baseline)
#if defined(__x86_64__)
MUSCLE_DECLARE_LANES(avx2)
MUSCLE_DECLARE_LANES(avx512)
namespace lanes::bf16 {
std::shared_ptr<const environment::ActivationNetwork> makeNetwork(const std::vector<environment::DenseLayer>&);
}
#define MUSCLE_WIDER(isa, factory) &lanes::isa::factory
#else
#define MUSCLE_WIDER(isa, factory) &lanes::baseline::factory
#endif
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

namespace {

// The factory of the named instruction set among the three. Throws for one that cannot run here.
template <class Factory>
Factory choose(const std::string& instructionSet, Factory baseline, [[maybe_unused]] Factory avx2, [[maybe_unused]] Factory avx512) {
  bool known = false;
  std::string names;
  for (const std::string& set : instructionSets()) {
    known = known || set == instructionSet;
    names += names.empty() ? set : ", " + set;
  }
  if (!known) throw std::invalid_argument("instruction set '" + instructionSet + "' cannot run on this CPU; it runs " + names);
  if (instructionSet == "avx512") return avx512;
  if (instructionSet == "avx2") return avx2;
  return baseline;
}

class LanesFactory final : public EngineFactory {
 public:
  explicit LanesFactory(const std::string& instructionSet)
      : make_(choose(instructionSet, &muscle::lanes::baseline::makeEngine, MUSCLE_WIDER(avx2, makeEngine),
                     MUSCLE_WIDER(avx512, makeEngine))) {}

  std::string name() const override { return "lanes"; }
  int lanes() const override { return kGroupLanes; }
  std::unique_ptr<Engine<float>> make(std::shared_ptr<const model::Model> model, const EngineSettings& settings,
                                      LaneState<float>& state) const override {
    return make_(std::move(model), settings, state);
  }
  std::unique_ptr<Engine<double>> makeDouble(std::shared_ptr<const model::Model> model, const EngineSettings& settings,
                                             LaneState<double>& state) const override {
    return makeReferenceEngine(std::move(model), settings, state);
  }

 private:
  decltype(&muscle::lanes::baseline::makeEngine) make_;
};

}  // namespace

std::shared_ptr<const EngineFactory> makeLanesFactory(const std::string& instructionSet) {
  return std::make_shared<LanesFactory>(instructionSet);
}

bool multipliesBfloat16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") && instructionSets().front() == "avx512";
#else
  return false;
#endif
}

}  // namespace dynamics

std::shared_ptr<const environment::ActivationNetwork> environment::makeLaneNetwork(const std::string& instructionSet,
                                                                                   const std::vector<DenseLayer>& layers,
                                                                                   Functions functions) {
  if (instructionSet == "bf16") {
    if (functions != Functions::kMuscle) throw std::invalid_argument("bfloat16 is for muscle networks alone");
#if defined(__x86_64__)
    if (dynamics::multipliesBfloat16()) return lanes::bf16::makeNetwork(layers);
#endif
    throw std::invalid_argument("bfloat16 needs a CPU with AVX-512 BF16; use float32");
  }
  const auto make =
      dynamics::choose(instructionSet, &lanes::baseline::makeNetwork, MUSCLE_WIDER(avx2, makeNetwork), MUSCLE_WIDER(avx512, makeNetwork));
  return make(layers, functions);
}

}  // namespace muscle
