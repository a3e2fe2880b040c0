// A scalar that counts operations: the dynamics templates run over it to count a substep's operations and the memory that it accesses.
#pragma once

#include <cstdint>
#include <unordered_set>

#include "dynamics/scalar.hpp"

namespace muscle {

// Of one environment. Sums, products, quotients and roots count one each, comparisons and choices none; functions as many as
// the lanes' polynomials have (pack.hpp).
struct Tally {
  std::int64_t operations = 0;
  std::unordered_set<const void*> touched;  // numbers of the group's state, each once
};

// The tally of the calling thread while a Counting exists; operators have no other access to it.
inline thread_local Tally* activeTally = nullptr;

class Counting {
 public:
  explicit Counting(Tally& tally) : before_(activeTally) { activeTally = &tally; }
  ~Counting() { activeTally = before_; }
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;

 private:
  Tally* before_;
};

struct Counted {
  float value;

  Counted() = default;
  Counted(float value) : value(value) {}

  static Counted made(float value, int operations = 1) {
    if (activeTally) activeTally->operations += operations;
    return value;
  }
  friend Counted operator+(Counted a, Counted b) { return made(a.value + b.value); }
  friend Counted operator-(Counted a, Counted b) { return made(a.value - b.value); }
  friend Counted operator*(Counted a, Counted b) { return made(a.value * b.value); }
  friend Counted operator/(Counted a, Counted b) { return made(a.value / b.value); }
  friend Counted operator-(Counted a) { return -a.value; }
  Counted& operator+=(Counted b) { return *this = *this + b; }
  Counted& operator-=(Counted b) { return *this = *this - b; }
  Counted& operator*=(Counted b) { return *this = *this * b; }
  friend bool operator<(Counted a, Counted b) { return a.value < b.value; }
  friend bool operator>(Counted a, Counted b) { return a.value > b.value; }
};

inline Counted select(bool mask, Counted a, Counted b) { return mask ? a : b; }
inline Counted minimum(Counted a, Counted b) { return a < b ? a : b; }
inline Counted maximum(Counted a, Counted b) { return a > b ? a : b; }
inline Counted squareRoot(Counted a) { return Counted::made(std::sqrt(a.value)); }
inline Counted exponential(Counted x) { return Counted::made(std::exp(x.value), 20); }
inline void sineCosine(Counted x, Counted& sine, Counted& cosine) {
  sine = Counted::made(std::sin(x.value), 29);
  cosine = std::cos(x.value);
}
inline Counted arcTangentQuadrant(Counted y, Counted x) { return Counted::made(std::atan2(y.value, x.value), 22); }

inline Section firstSection(Counted) { return {0}; }
template <int kStep>
Section nextIfAbove(Section section, Counted x, Counted limit) {
  return {section.index + (x.value > limit.value ? kStep : 0)};
}

template <>
struct ScalarTraits<Counted> {
  using Element = float;
  using Mask = bool;
  static constexpr int kWidth = 1;
  static Counted load(const float* from) {
    if (activeTally) activeTally->touched.insert(from);
    return *from;
  }
  static void store(float* to, Counted counted) {
    if (activeTally) activeTally->touched.insert(to);
    *to = counted.value;
  }
};

}  // namespace muscle
