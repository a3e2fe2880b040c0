#include "environment/environment.hpp"

#include <cstring>

namespace muscle::environment {

std::string Environment::saveState() const {
  const CallGuard guard = guardCall();
  const StateHeader head = group_.header();
  std::string state(stateBytes(head), '\0');
  std::memcpy(state.data(), &head, sizeof head);
  std::byte* record = reinterpret_cast<std::byte*>(state.data()) + sizeof head;
  group_.save(record, head.recordBytes);
  if (!group_.hasOwnSeeds()) return state;
  std::uint64_t key[2];
  group_.saveKeys(key);
  std::memcpy(record + head.recordBytes, key, sizeof key);
  return state;
}

void Environment::restoreState(std::span<const std::byte> state) {
  const CallGuard guard = guardCall();
  const StateHeader head = readHeader(state, group_.header());
  const std::byte* record = state.data() + sizeof head;
  group_.check(record, head.recordBytes);
  if (head.version == kStateVersionOwnSeeds) {
    std::uint64_t key[2];
    std::memcpy(key, record + head.recordBytes, sizeof key);
    group_.restoreKeys(key);
  }
  group_.restore(head, record, {.observation = observation_.data()});
}

}  // namespace muscle::environment
