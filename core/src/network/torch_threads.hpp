// Limits libtorch to a number of intra-op threads on the calling thread, for the object's lifetime.
#pragma once

namespace muscle::network {

// at::set_num_threads affects the whole process (MKL's global count, and the default of every new thread), and so the training
// code's torch. OpenMP's and MKL's counts of the calling thread do not.
class TorchThreads {
 public:
  explicit TorchThreads(int count);
  ~TorchThreads();
  TorchThreads(const TorchThreads&) = delete;
  TorchThreads& operator=(const TorchThreads&) = delete;

 private:
  int openMp_;  // the counts before
  int mkl_;
};

}  // namespace muscle::network
