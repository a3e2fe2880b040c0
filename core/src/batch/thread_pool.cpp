#include "batch/thread_pool.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace muscle::batch {

namespace {

constexpr int kNone = -1;

// Moves the calling thread to `cpu`, then restores its affinity mask, so that the kernel may still migrate it.
void moveTo(int cpu, const cpu_set_t& mask) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  if (sched_setaffinity(0, sizeof one, &one) == 0) sched_setaffinity(0, sizeof mask, &mask);
}

}  // namespace

// The worker threads, and the state that they share with the caller.
struct ThreadPool::Workers {
  Workers(int count, bool spread) : spread(spread) {
    for (int i = 0; i < count; ++i) threads.emplace_back([this] { serve(); });
  }
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void run(int pieces, Call work, void* of);
  void claim();
  void serve();
  int chooseCpu(const cpu_set_t& mask);

  const bool spread;
  std::mutex mutex;
  std::condition_variable wake, done;
  std::uint64_t job = 0;  // number of the current job; guarded by mutex, as the four below
  int busy = 0;
  bool stopping = false;
  std::exception_ptr error;
  cpu_set_t busyCpus{};  // the CPUs of the threads that work on the current job
  Call call = nullptr;
  void* context = nullptr;
  int count = 0;
  std::atomic<int> next{0};
  std::vector<std::thread> threads;
};

ThreadPool::ThreadPool(int threads, bool spread) : threads_(threads), spread_(spread) { start(); }

ThreadPool::~ThreadPool() {
  if (getpid() != process_) abandonAfterFork();
}

void ThreadPool::start() {
  process_ = getpid();
  workers_ = std::make_unique<Workers>(threads_ - 1, spread_);
}

// A forked process has none of the threads: joining them, or destroying what they wait for, would block forever.
void ThreadPool::abandonAfterFork() { static_cast<void>(workers_.release()); }

void ThreadPool::runJob(int count, Call call, void* context) {
  if (getpid() != process_) {
    abandonAfterFork();
    start();
  }
  workers_->run(count, call, context);
}

ThreadPool::Workers::~Workers() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  wake.notify_all();
  for (std::thread& thread : threads) thread.join();
}

void ThreadPool::Workers::run(int pieces, Call work, void* of) {
  {
    const std::lock_guard lock(mutex);
    call = work;
    context = of;
    count = pieces;
    next.store(0, std::memory_order_relaxed);
    error = nullptr;
    busy = static_cast<int>(threads.size());
    CPU_ZERO(&busyCpus);
    if (const int cpu = sched_getcpu(); cpu >= 0 && cpu < CPU_SETSIZE) CPU_SET(cpu, &busyCpus);
    ++job;
  }
  wake.notify_all();
  claim();
  std::unique_lock lock(mutex);
  done.wait(lock, [this] { return busy == 0; });
  if (error) std::rethrow_exception(std::exchange(error, nullptr));
}

void ThreadPool::Workers::claim() {
  for (int index; (index = next.fetch_add(1, std::memory_order_relaxed)) < count;) {
    try {
      call(context, index);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
  }
}

// Marks the CPU that the calling worker should run on; kNone: it stays where it is. Called with the mutex held. Kernels may leave
// two runnable threads on one CPU next to an idle one for 0.1 s and more, longer than a step.
int ThreadPool::Workers::chooseCpu(const cpu_set_t& mask) {
  const int here = sched_getcpu();
  if (here < 0 || here >= CPU_SETSIZE) return kNone;
  if (!CPU_ISSET(here, &busyCpus)) {
    CPU_SET(here, &busyCpus);
    return kNone;
  }
  for (int k = 1; k < CPU_SETSIZE; ++k) {
    const int cpu = (here + k) % CPU_SETSIZE;
    if (!CPU_ISSET(cpu, &mask) || CPU_ISSET(cpu, &busyCpus)) continue;
    CPU_SET(cpu, &busyCpus);
    return cpu;
  }
  return kNone;  // more threads than CPUs
}

void ThreadPool::Workers::serve() {
  std::uint64_t served = 0;
  std::unique_lock lock(mutex);
  while (true) {
    wake.wait(lock, [&] { return stopping || job != served; });
    if (stopping) return;
    served = job;
    cpu_set_t mask;
    const bool known = spread && sched_getaffinity(0, sizeof mask, &mask) == 0;
    const int cpu = known ? chooseCpu(mask) : kNone;
    lock.unlock();
    if (cpu != kNone) moveTo(cpu, mask);
    claim();
    lock.lock();
    if (--busy == 0) done.notify_one();
  }
}

}  // namespace muscle::batch
