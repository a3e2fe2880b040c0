#include "environment/state_header.hpp"

#include <cstring>
#include <string>
#include <string_view>

#include "environment/group.hpp"

namespace muscle::environment {
namespace {

// FNV-1a (Fowler, Noll, Vo), 64 bits.
class Hash {
 public:
  void add(std::string_view text) {
    for (const char c : text) addByte(static_cast<unsigned char>(c));
    addByte(0);  // so that "ab", "c" and "a", "bc" differ
  }
  void add(std::int64_t number) {
    for (int shift = 0; shift < 64; shift += 8) addByte(static_cast<unsigned char>(number >> shift));
  }
  std::uint64_t value() const { return value_; }

 private:
  void addByte(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3; }
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace

std::uint64_t fingerprintOf(const Scene& scene) {
  Hash hash;
  const model::CharacterDescription& description = scene.model->description();
  for (const model::BodyDescription& body : description.bodies) {
    hash.add(body.name);
    hash.add(body.parent);
    hash.add(static_cast<std::int64_t>(body.joint.type));
  }
  for (const model::MuscleDescription& muscle : description.muscles) {
    hash.add(muscle.name);
    if (muscle.elasticTendon) hash.add("elastic tendon");
  }
  hash.add(scene.model->numContacts());
  hash.add(scene.gait ? scene.gait->window() : 0);
  for (const Parameter& parameter : scene.settings.parameters) hash.add(parameter.name);
  for (const Clip& clip : scene.clips)
    if (scene.clips.size() > 1) hash.add(clip.name);
  return hash.value();
}

std::uint64_t stateBytes(const StateHeader& header) {
  const std::uint64_t keys = header.version == kStateVersionOwnSeeds ? kKeyBytes : 0;
  return sizeof header + header.environments * (header.recordBytes + keys);
}

StateHeader readHeader(std::span<const std::byte> state, const StateHeader& expected) {
  StateHeader header;
  const bool holdsHeader = state.size() >= sizeof header;
  if (holdsHeader) std::memcpy(&header, state.data(), sizeof header);
  if (!holdsHeader || header.magic != expected.magic)
    throw StateError("state: has no header; it is damaged, or an earlier version of the program saved it, whose states cannot be restored");
  const auto differs = [](const char* what, std::uint64_t given, std::uint64_t right) {
    return "state: " + std::string(what) + " " + std::to_string(given) + " given, " + std::to_string(right) + " expected";
  };
  if (header.version != kStateVersion && header.version != kStateVersionOwnSeeds)
    throw StateError(differs("version", header.version, kStateVersion) + "; another version of the program saved it");
  if (header.environments != expected.environments)
    throw StateError(differs("environments:", header.environments, expected.environments) + "; restore it into a batch of its size");
  if (header.fingerprint != expected.fingerprint || header.recordBytes != expected.recordBytes)
    throw StateError(
        "state: saved by another configuration; its bodies, joints, muscles, contacts, parameters, motions, action.interpolation or "
        "average_speed.window differ");
  const std::uint64_t bytes = stateBytes(header);
  if (state.size() != bytes) throw StateError(differs("bytes:", state.size(), bytes) + "; it is cut off or damaged");
  return header;
}

}  // namespace muscle::environment
