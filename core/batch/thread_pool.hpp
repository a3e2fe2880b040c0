// A persistent pool of threads that shares out numbered pieces of work by an atomic counter.
#pragma once

#include <sched.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace muscle::batch {

// CPUs that this process may run on (the affinity mask), at least 1.
int availableCpus();

class ThreadPool {
 public:
  // `threads` workers in all; the caller of run() is one of them, so 1 starts no thread. With `spread`, a worker that wakes
  // on a CPU that another thread of the pool already has moves to a free one of its affinity mask, and keeps the mask.
  explicit ThreadPool(int threads, bool spread = true);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls work(0) ... work(count - 1), each once, on any of the threads; returns when all are done. The first exception
  // is thrown here, after the others have finished. One caller at a time; allocates nothing.
  template <class Work>
  void run(int count, Work&& work) {
    using Callable = std::remove_reference_t<Work>;
    runJob(
        count, [](void* context, int index) { (*static_cast<Callable*>(context))(index); },
        const_cast<void*>(static_cast<const void*>(&work)));
  }

 private:
  using Call = void (*)(void*, int);

  void runJob(int count, Call call, void* context);
  void claim();
  void serve();
  int chooseCpu(const cpu_set_t& mask);

  const bool spread_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::uint64_t generation_ = 0;  // guarded by mutex_, as the five below
  int busy_ = 0;
  bool stopping_ = false;
  std::exception_ptr error_;
  cpu_set_t taken_;  // the CPUs of the threads that are at the present job
  Call call_ = nullptr;
  void* context_ = nullptr;
  int count_ = 0;
  std::atomic<int> next_{0};
  std::vector<std::thread> workers_;
};

}  // namespace muscle::batch
