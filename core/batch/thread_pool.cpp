#include "batch/thread_pool.hpp"

#include <sched.h>

#include <algorithm>

namespace muscle::batch {

namespace {

constexpr int kNone = -1;

// Moves the calling thread to `cpu` and gives it its mask back, so that the kernel may still move it on.
void moveTo(int cpu, const cpu_set_t& mask) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  if (sched_setaffinity(0, sizeof one, &one) == 0) sched_setaffinity(0, sizeof mask, &mask);
}

}  // namespace

int availableCpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return std::max(1, CPU_COUNT(&set));
}

ThreadPool::ThreadPool(int threads, bool spread) : spread_(spread) {
  for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { serve(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::runJob(int count, Call call, void* context) {
  {
    const std::lock_guard lock(mutex_);
    call_ = call;
    context_ = context;
    count_ = count;
    next_.store(0, std::memory_order_relaxed);
    error_ = nullptr;
    busy_ = static_cast<int>(workers_.size());
    CPU_ZERO(&taken_);
    if (const int cpu = sched_getcpu(); cpu >= 0 && cpu < CPU_SETSIZE) CPU_SET(cpu, &taken_);
    ++generation_;
  }
  wake_.notify_all();
  claim();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return busy_ == 0; });
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadPool::claim() {
  for (int index; (index = next_.fetch_add(1, std::memory_order_relaxed)) < count_;) {
    try {
      call_(context_, index);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
    }
  }
}

// Marks the CPU that the calling worker shall run on. Called with the mutex held; kNone: stay where you are. Kernels leave
// two runnable threads on one CPU beside an idle one for a tenth of a second and more, longer than many a step.
int ThreadPool::chooseCpu(const cpu_set_t& mask) {
  const int here = sched_getcpu();
  if (here < 0 || here >= CPU_SETSIZE) return kNone;
  if (!CPU_ISSET(here, &taken_)) {
    CPU_SET(here, &taken_);
    return kNone;
  }
  for (int k = 1; k < CPU_SETSIZE; ++k) {
    const int cpu = (here + k) % CPU_SETSIZE;
    if (!CPU_ISSET(cpu, &mask) || CPU_ISSET(cpu, &taken_)) continue;
    CPU_SET(cpu, &taken_);
    return cpu;
  }
  return kNone;  // more threads than CPUs
}

void ThreadPool::serve() {
  std::uint64_t served = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || generation_ != served; });
    if (stopping_) return;
    served = generation_;
    cpu_set_t mask;
    const bool known = spread_ && sched_getaffinity(0, sizeof mask, &mask) == 0;
    const int cpu = known ? chooseCpu(mask) : kNone;
    lock.unlock();
    if (cpu != kNone) moveTo(cpu, mask);
    claim();
    lock.lock();
    if (--busy_ == 0) done_.notify_one();
  }
}

}  // namespace muscle::batch
