// What handing a job to the thread pool takes: jobs with a piece for each thread, one after another or with pauses in which the workers
// fall asleep. Built and run by benchmarks/thread_pool.py. Prints one JSON array.
#include "batch/thread_pool.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::microseconds kPiece{5};
constexpr int kJobs = 500;

double cpuMicroseconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

constexpr auto kWork = [](int) {
  for (const auto until = Clock::now() + kPiece; Clock::now() < until;) {
  }
};

}  // namespace

int main() {
  const char* separator = "[";
  for (const int pause : {0, 500})
    for (const int threads : {1, 2, 4, 16, 64}) {
      muscle::batch::ThreadPool pool(threads);
      std::vector<double> wall;
      double cpu = 0;
      for (int job = 0; job < kJobs; ++job) {
        std::this_thread::sleep_for(std::chrono::microseconds(pause));
        const double spent = cpuMicroseconds();
        const auto begin = Clock::now();
        pool.run(threads, kWork);
        wall.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
        cpu += cpuMicroseconds() - spent;
      }
      std::nth_element(wall.begin(), wall.begin() + kJobs / 2, wall.end());
      std::printf("%s{\"pause_us\": %d, \"threads\": %d, \"wall_us\": %.2f, \"cpu_us\": %.2f}", separator, pause, threads, wall[kJobs / 2],
                  cpu / kJobs);
      separator = ",\n ";
    }
  std::puts("]");
}
