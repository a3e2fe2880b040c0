// One caller at a time: what a thread holds during its call of an environment or a batch.
#pragma once

#include <atomic>
#include <string>

#include "environment/group.hpp"

namespace muscle::environment {

class Turn {
 public:
  // StateError, naming whose turn is wanted, where another thread has it.
  Turn(std::atomic<bool>& taken, const char* whose) : taken_(taken) {
    if (taken.exchange(true, std::memory_order_acquire))
      throw StateError(std::string(whose) + ": another thread is within a call; it serves one thread at a time");
  }
  ~Turn() { taken_.store(false, std::memory_order_release); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::atomic<bool>& taken_;
};

}  // namespace muscle::environment
