// A persistent thread pool that distributes numbered pieces of work by an atomic counter.
#pragma once

#include <sys/types.h>

#include <memory>
#include <type_traits>

namespace muscle::batch {

class ThreadPool {
 public:
  // `threads` in all; the caller of run() is one of them, so 1 starts no thread. With `spread`, a worker that wakes
  // on a CPU that another thread of the pool already occupies moves to a free CPU of its affinity mask, and keeps the mask.
  explicit ThreadPool(int threads, bool spread = true);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }

  // Calls work(0) ... work(count - 1), each once, on any of the threads; returns when all are done. The first exception is
  // rethrown here, after the others have finished. One caller at a time; allocates nothing except once in a forked process.
  template <class Work>
  void run(int count, Work&& work) {
    using Callable = std::remove_reference_t<Work>;
    runJob(
        count, [](void* context, int index) { (*static_cast<Callable*>(context))(index); },
        const_cast<void*>(static_cast<const void*>(&work)));
  }

 private:
  using Call = void (*)(void*, int);
  struct Workers;

  void start();
  void abandonAfterFork();
  void runJob(int count, Call call, void* context);

  const int threads_;
  const bool spread_;
  pid_t process_ = 0;  // the process that started the workers
  std::unique_ptr<Workers> workers_;
};

}  // namespace muscle::batch
