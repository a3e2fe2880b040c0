// The functions between the layers of the muscle network and of a policy, and after the last ones.
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

// ELU: e^s - 1 where s is not positive; absolute error below 2e-7.
template <class Pack>
Pack elu(Pack sum) {
  // The comparison is false for a NaN, which propagates.
  return select(sum < Pack(0.0f), exponential(sum) - Pack(1.0f), sum);
}

struct MuscleFunctions {
  template <class Pack>
  static Pack hidden(Pack sum) {
    return leaky(sum);
  }
  template <class Pack>
  static Pack last(Pack sum) {
    return activation(sum);
  }
};

struct PolicyFunctions {
  template <class Pack>
  static Pack hidden(Pack sum) {
    return elu(sum);
  }
  template <class Pack>
  static Pack last(Pack sum) {
    return sum;
  }
};

}  // namespace muscle::lanes
