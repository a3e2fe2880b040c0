// Runs many small jobs on pools of several sizes, some of them throwing; built with ThreadSanitizer by test_thread_pool.py.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "batch/thread_pool.hpp"

namespace {

bool everyIndexOnce(muscle::batch::ThreadPool& pool, int count) {
  std::vector<int> calls(count, 0);
  pool.run(count, [&](int index) { ++calls[index]; });
  for (const int n : calls)
    if (n != 1) return false;
  return true;
}

bool throwsAfterTheOthers(muscle::batch::ThreadPool& pool, int count) {
  std::atomic<int> done{0};
  try {
    pool.run(count, [&](int index) {
      if (index == count / 2) throw std::runtime_error("as asked");
      ++done;
    });
  } catch (const std::runtime_error&) {
    return done == count - 1;
  }
  return false;
}

}  // namespace

int main() {
  for (const int threads : {1, 2, 3, 7, 24}) {
    muscle::batch::ThreadPool pool(threads);
    if (pool.threads() != threads) return std::puts("wrong number of threads"), 1;
    for (int round = 0; round < 2000; ++round) {
      if (!everyIndexOnce(pool, round % 13)) return std::puts("an index was called twice or never"), 1;
      if (round % 100 == 0 && !throwsAfterTheOthers(pool, 9)) return std::puts("an exception went astray"), 1;
      if (round % 20 == 0) std::this_thread::sleep_for(std::chrono::microseconds(10 * (round % 13)));  // the workers fall asleep, or nearly
    }
  }
  for (int round = 0; round < 50; ++round) muscle::batch::ThreadPool idle(4);
  std::puts("sound");
}
