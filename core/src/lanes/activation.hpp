// The activation functions of the muscle network.
#pragma once

#include "dynamics/scalar.hpp"

namespace muscle::lanes {

// Leaky ReLU of slope 0.2.
template <class Pack>
Pack leaky(Pack sum) {
  return select(sum > Pack(0.0f), sum, sum * Pack(0.2f));
}

// relu(tanh(s)) = 1 - 2 / (e^2s + 1) where s > 0; absolute error below 2e-7.
template <class Pack>
Pack activation(Pack sum) {
  const Pack positive = maximum(sum, Pack(0.0f));
  const Pack y = Pack(1.0f) - Pack(2.0f) / (exponential(positive + positive) + Pack(1.0f));
  // A NaN must propagate: maximum() above would hide it.
  return select((sum < Pack(0.0f)) | (sum > Pack(-1.0f)), y, sum);
}

}  // namespace muscle::lanes
