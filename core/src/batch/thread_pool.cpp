#include "batch/thread_pool.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace muscle::batch {

namespace {

constexpr int kNone = -1;
// Threads that wait look for this long before they sleep: about as long as sleeping and being woken takes.
constexpr std::chrono::microseconds kPatience{20};
// Sleeping threads that each thread wakes which has got work: all are awake after the logarithm of their number.
constexpr std::uint32_t kWoken = 2;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Returns as soon as `value` is not `old`.
template <class T>
void await(const std::atomic<T>& value, T old) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  do {
    for (int k = 0; k < 16; ++k) {
      if (value.load(std::memory_order_acquire) != old) return;
      pause();
    }
  } while (std::chrono::steady_clock::now() < until);
  value.wait(old, std::memory_order_acquire);
}

// Moves the calling thread to `cpu`, then restores its affinity mask, so that the kernel may still migrate it.
void moveTo(int cpu, const cpu_set_t& mask) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  if (sched_setaffinity(0, sizeof one, &one) == 0) sched_setaffinity(0, sizeof mask, &mask);
}

// The CPUs of the threads that work on the present job.
class OccupiedCpus {
 public:
  void clear() {
    for (auto& word : words_) word.store(0, std::memory_order_relaxed);
  }
  // False if it was occupied before, or is beyond the set.
  bool occupy(int cpu) {
    if (cpu < 0 || cpu >= CPU_SETSIZE) return false;
    const std::uint64_t bit = std::uint64_t{1} << cpu % 64;
    return (words_[cpu / 64].fetch_or(bit, std::memory_order_relaxed) & bit) == 0;
  }

 private:
  std::array<std::atomic<std::uint64_t>, CPU_SETSIZE / 64> words_{};
};

}  // namespace

// The worker threads, and the state that they share with the caller. No thread waits for a lock, and a job waits for none that has no
// part in it: who sleeps through it finds no piece left.
struct ThreadPool::Workers {
  Workers(int count, bool spread) : spread(spread) {
    for (int i = 0; i < count; ++i) threads.emplace_back([this] { serve(); });
  }
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void run(int pieces, Call work, void* of);
  void takePieces(bool mayMove);
  int claim();
  void finish(int index);
  void wakeOthers();
  void settle();
  void serve();

  const bool spread;
  OccupiedCpus occupied;
  // Written between jobs, when no piece is left to claim; read by who has claimed one, before it is finished.
  Call call = nullptr;
  void* context = nullptr;
  int count = 0;
  std::exception_ptr error;
  std::mutex errorMutex;
  alignas(64) std::atomic<std::uint64_t> unclaimed{0};  // the job's number in the upper half, its pieces in the lower
  alignas(64) std::atomic<int> unfinished{0};           // pieces
  alignas(64) std::atomic<std::uint32_t> job{0};        // its number: what the workers wait for
  std::atomic<bool> stopping{false};
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

// A forked process has none of the threads: joining them would block forever.
void ThreadPool::abandonAfterFork() { static_cast<void>(workers_.release()); }

void ThreadPool::runJob(int count, Call call, void* context) {
  if (getpid() != process_) {
    abandonAfterFork();
    start();
  }
  workers_->run(count, call, context);
}

ThreadPool::Workers::~Workers() {
  stopping = true;
  ++job;
  job.notify_all();
  for (std::thread& thread : threads) thread.join();
}

void ThreadPool::Workers::run(int pieces, Call work, void* of) {
  if (pieces <= 0) return;
  call = work;
  context = of;
  count = pieces;
  error = nullptr;
  if (spread && !threads.empty()) {
    occupied.clear();
    occupied.occupy(sched_getcpu());
  }
  const std::uint32_t number = job.load(std::memory_order_relaxed) + 1;
  unfinished.store(pieces, std::memory_order_relaxed);
  unclaimed.store(std::uint64_t{number} << 32 | static_cast<std::uint32_t>(pieces), std::memory_order_release);
  job.store(number, std::memory_order_release);
  takePieces(false);
  for (int left; (left = unfinished.load(std::memory_order_acquire)) > 0;) await(unfinished, left);
  if (error) std::rethrow_exception(std::exchange(error, nullptr));
}

// Takes pieces until none is left. mayMove: to another CPU.
void ThreadPool::Workers::takePieces(bool mayMove) {
  int index = claim();
  if (index == kNone) return;
  wakeOthers();
  if (mayMove) settle();
  for (; index != kNone; index = claim()) finish(index);
}

// A piece for the calling thread alone; kNone: none is left. The job's number makes sure that the piece is of the job that was seen.
int ThreadPool::Workers::claim() {
  std::uint64_t seen = unclaimed.load(std::memory_order_acquire);
  while (static_cast<std::uint32_t>(seen) > 0)
    if (unclaimed.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire))
      return count - static_cast<int>(static_cast<std::uint32_t>(seen));
  return kNone;
}

void ThreadPool::Workers::finish(int index) {
  try {
    call(context, index);
  } catch (...) {
    const std::lock_guard lock(errorMutex);
    if (!error) error = std::current_exception();
  }
  if (unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished.notify_one();
}

void ThreadPool::Workers::wakeOthers() {
  const auto left = static_cast<std::uint32_t>(unclaimed.load(std::memory_order_relaxed));
  for (std::uint32_t k = 0; k < std::min(left, kWoken); ++k) job.notify_one();
}

// Moves the calling worker to a free CPU if another thread of the job is on its own. Kernels may leave two runnable threads on one CPU
// next to an idle one for 0.1 s and more, longer than a step.
void ThreadPool::Workers::settle() {
  const int here = sched_getcpu();
  cpu_set_t mask;
  if (here < 0 || here >= CPU_SETSIZE || occupied.occupy(here) || sched_getaffinity(0, sizeof mask, &mask) != 0) return;
  for (int k = 1; k < CPU_SETSIZE; ++k) {
    const int cpu = (here + k) % CPU_SETSIZE;
    if (CPU_ISSET(cpu, &mask) && occupied.occupy(cpu)) return moveTo(cpu, mask);
  }
}

void ThreadPool::Workers::serve() {
  for (std::uint32_t seen = 0;;) {
    await(job, seen);
    if (stopping) return;
    seen = job.load(std::memory_order_acquire);
    takePieces(spread);
  }
}

}  // namespace muscle::batch
