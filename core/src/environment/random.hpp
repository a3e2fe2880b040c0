// Counter-based random numbers: a value depends on its key and counter alone, never on threads or on the order of calls.
// Philox 4x32-10 of Salmon et al. 2011 (doi 10.1145/2063384.2063405).
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace muscle::environment {

class Random {
 public:
  // `block`: offset into the episode's random numbers, in blocks of four.
  Random(std::uint64_t seed, std::uint64_t environment, std::uint64_t episode, std::uint32_t block = 0)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        counter_{block, static_cast<std::uint32_t>(environment), static_cast<std::uint32_t>(episode),
                 static_cast<std::uint32_t>(episode >> 32)} {}

  // In [0, 1).
  double uniform() {
    if (used_ == 4) {
      block_ = philox(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++] * 0x1p-32;
  }

  // Normal with mean 0 and standard deviation 1 (Box and Muller).
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  using Block = std::array<std::uint32_t, 4>;

  static Block philox(Block c, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t a = std::uint64_t{0xD2511F53} * c[0], b = std::uint64_t{0xCD9E8D57} * c[2];
      c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(b),
           static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(a)};
      key[0] += 0x9E3779B9;
      key[1] += 0xBB67AE85;
    }
    return c;
  }

  std::array<std::uint32_t, 2> key_;
  Block counter_;
  Block block_{};
  int used_ = 4;
};

}  // namespace muscle::environment
