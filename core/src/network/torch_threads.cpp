#include "network/torch_threads.hpp"

#include <ATen/Parallel.h>

// Functions of the runtimes of libtorch_cpu; null if it was built without them.
extern "C" {
__attribute__((weak)) void omp_set_num_threads(int);
__attribute__((weak)) int omp_get_max_threads();
__attribute__((weak)) int MKL_Set_Num_Threads_Local(int);
}

namespace muscle::network {

TorchThreads::TorchThreads(int count) {
  // libtorch sets its count on a thread's first parallel call: make that call now.
  at::internal::lazy_init_num_threads();
  openMp_ = omp_get_max_threads ? omp_get_max_threads() : 0;
  if (omp_set_num_threads) omp_set_num_threads(count);
  mkl_ = MKL_Set_Num_Threads_Local ? MKL_Set_Num_Threads_Local(count) : 0;
}

TorchThreads::~TorchThreads() {
  if (omp_set_num_threads) omp_set_num_threads(openMp_);
  if (MKL_Set_Num_Threads_Local) MKL_Set_Num_Threads_Local(mkl_);
}

}  // namespace muscle::network
