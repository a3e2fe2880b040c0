// A guard that lets one thread at a time call an environment or a batch.
#pragma once

#include <atomic>
#include <string>

#include "environment/group.hpp"

namespace muscle::environment {

class CallGuard {
 public:
  // Throws StateError, naming the object, while another thread is within a call of it.
  CallGuard(std::atomic<bool>& busy, const char* object) : busy_(busy) {
    if (busy.exchange(true, std::memory_order_acquire))
      throw StateError(std::string(object) + ": another thread is within a call; only one thread at a time may use it");
  }
  ~CallGuard() { busy_.store(false, std::memory_order_release); }
  CallGuard(const CallGuard&) = delete;
  CallGuard& operator=(const CallGuard&) = delete;

 private:
  std::atomic<bool>& busy_;
};

}  // namespace muscle::environment
