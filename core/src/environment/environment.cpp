#include "environment/environment.hpp"

#include <cstring>

namespace muscle::environment {

std::string Environment::saveState() const {
  const CallGuard guard = guardCall();
  const StateHeader head = group_.header();
  std::string state(sizeof head + head.recordBytes, '\0');
  std::memcpy(state.data(), &head, sizeof head);
  group_.save(reinterpret_cast<std::byte*>(state.data()) + sizeof head, head.recordBytes);
  return state;
}

void Environment::restoreState(std::span<const std::byte> state) {
  const CallGuard guard = guardCall();
  const StateHeader head = readHeader(state, group_.header());
  const std::byte* record = state.data() + sizeof head;
  group_.check(record, head.recordBytes);
  group_.restore(head, record, {.observation = observation_.data()});
}

}  // namespace muscle::environment
