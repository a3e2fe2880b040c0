// Pack: as many float lanes as one register of the instruction set holds. Every operation acts on each lane alone, so a
// lane's result never depends on its neighbours, and equal lanes stay equal bit for bit.
//
// This header is compiled once per instruction set; MUSCLE_ISA names the set and is the namespace, so that the linker
// never merges code of one set into another.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "dynamics/scalar.hpp"

namespace muscle::MUSCLE_ISA {

#if defined(__AVX512F__)
inline constexpr int kPackWidth = 16;
#elif defined(__AVX2__)
inline constexpr int kPackWidth = 8;
#else
inline constexpr int kPackWidth = 4;
#endif

struct Pack {
  using Vector = float __attribute__((vector_size(4 * kPackWidth)));
  using Integers = std::int32_t __attribute__((vector_size(4 * kPackWidth)));
  struct Mask {
    Integers bits;
    friend Mask operator&(Mask a, Mask b) { return {a.bits & b.bits}; }
    friend Mask operator|(Mask a, Mask b) { return {a.bits | b.bits}; }
  };

  Vector v;

  Pack() = default;
  Pack(Vector vector) : v(vector) {}
  Pack(float value) : v(value - Vector{}) {}  // not a sum: -0 + 0 is 0, so the compiler would have to add

  friend Pack operator+(Pack a, Pack b) { return a.v + b.v; }
  friend Pack operator-(Pack a, Pack b) { return a.v - b.v; }
  friend Pack operator*(Pack a, Pack b) { return a.v * b.v; }
  friend Pack operator/(Pack a, Pack b) { return a.v / b.v; }
  friend Pack operator-(Pack a) { return -a.v; }
  Pack& operator+=(Pack b) { return v += b.v, *this; }
  Pack& operator-=(Pack b) { return v -= b.v, *this; }
  Pack& operator*=(Pack b) { return v *= b.v, *this; }
  friend Mask operator<(Pack a, Pack b) { return {a.v < b.v}; }
  friend Mask operator>(Pack a, Pack b) { return {a.v > b.v}; }
};

inline Pack select(Pack::Mask mask, Pack a, Pack b) { return mask.bits ? a.v : b.v; }

// The second argument if one of them is NaN. By their instructions: of the comparison GCC makes two.
#if defined(__AVX512F__)
inline Pack minimum(Pack a, Pack b) { return Pack::Vector(_mm512_min_ps(a.v, b.v)); }
inline Pack maximum(Pack a, Pack b) { return Pack::Vector(_mm512_max_ps(a.v, b.v)); }
#elif defined(__AVX2__)
inline Pack minimum(Pack a, Pack b) { return Pack::Vector(_mm256_min_ps(a.v, b.v)); }
inline Pack maximum(Pack a, Pack b) { return Pack::Vector(_mm256_max_ps(a.v, b.v)); }
#else
inline Pack minimum(Pack a, Pack b) { return Pack::Vector(_mm_min_ps(a.v, b.v)); }
inline Pack maximum(Pack a, Pack b) { return Pack::Vector(_mm_max_ps(a.v, b.v)); }
#endif

// a b + c, rounded once if the instruction set supports it. The compiler has no choice here, so sums in the same order have the same
// bits everywhere.
inline Pack multiplyAdd(Pack a, Pack b, Pack c) {
#if defined(__AVX512F__)
  return Pack::Vector(_mm512_fmadd_ps(a.v, b.v, c.v));
#elif defined(__AVX2__)
  return Pack::Vector(_mm256_fmadd_ps(a.v, b.v, c.v));
#else
  return a * b + c;
#endif
}

inline Pack squareRoot(Pack a) {
#if defined(__AVX512F__)
  return Pack::Vector(_mm512_sqrt_ps(a.v));
#elif defined(__AVX2__)
  return Pack::Vector(_mm256_sqrt_ps(a.v));
#else
  return Pack::Vector(_mm_sqrt_ps(a.v));
#endif
}

// Nearest integer, for |x| < 2^22.
inline Pack roundNearest(Pack x) {
  const Pack shift = 12582912.0f;  // 1.5 * 2^23
  return (x + shift) - shift;
}

// e^x; relative error below 3e-7 on [-87, 88], clamped outside. Range reduction by ln 2 in two parts, polynomial of degree 6.
inline Pack exponential(Pack x) {
  x = minimum(maximum(x, Pack(-87.0f)), Pack(88.0f));
  const Pack n = roundNearest(x * Pack(1.44269504f));
  const Pack r = (x - n * Pack(0.693359375f)) + n * Pack(2.12194440e-4f);
  Pack p = 1.0f / 720.0f;
  p = p * r + Pack(1.0f / 120.0f);
  p = p * r + Pack(1.0f / 24.0f);
  p = p * r + Pack(1.0f / 6.0f);
  p = p * r + Pack(0.5f);
  p = p * r + Pack(1.0f);
  p = p * r + Pack(1.0f);
  const Pack::Integers exponent = (__builtin_convertvector(n.v, Pack::Integers) + 127) << 23;
  return p.v * Pack::Vector(exponent);
}

// sin and cos; absolute error below 2e-7 for |x| < 100. Reduction by pi/2 in three parts, then Taylor polynomials on [-pi/4, pi/4].
inline void sineCosine(Pack x, Pack& sine, Pack& cosine) {
  const Pack n = roundNearest(x * Pack(0.636619772f));
  Pack r = x - n * Pack(1.5703125f);
  r = r - n * Pack(4.8375129699707031e-4f);
  r = r - n * Pack(7.5497899548918821e-8f);
  const Pack r2 = r * r;
  Pack s = 1.0f / 362880.0f;
  s = s * r2 - Pack(1.0f / 5040.0f);
  s = s * r2 + Pack(1.0f / 120.0f);
  s = s * r2 - Pack(1.0f / 6.0f);
  s = r + r * (s * r2);
  Pack c = -1.0f / 3628800.0f;
  c = c * r2 + Pack(1.0f / 40320.0f);
  c = c * r2 - Pack(1.0f / 720.0f);
  c = c * r2 + Pack(1.0f / 24.0f);
  c = c * r2 - Pack(0.5f);
  c = c * r2 + Pack(1.0f);
  const Pack::Integers quadrant = __builtin_convertvector(n.v, Pack::Integers);
  const Pack::Mask swapped{(quadrant & 1) != 0};
  const Pack::Mask negateSine{(quadrant & 2) != 0};
  const Pack::Mask negateCosine{((quadrant + 1) & 2) != 0};
  const Pack sineMagnitude = select(swapped, c, s);
  const Pack cosineMagnitude = select(swapped, s, c);
  sine = select(negateSine, -sineMagnitude, sineMagnitude);
  cosine = select(negateCosine, -cosineMagnitude, cosineMagnitude);
}

// atan2(y, x) for y >= 0 and x >= 0; absolute error below 3e-7. Reduced to atan on [0, tan(pi/8)], then Taylor to degree 15.
inline Pack arcTangentQuadrant(Pack y, Pack x) {
  const Pack::Mask steep = y > x;
  const Pack numerator = minimum(x, y);
  const Pack denominator = maximum(maximum(x, y), Pack(1e-30f));
  Pack t = numerator / denominator;
  const Pack::Mask large = t > Pack(0.41421356f);
  t = select(large, (t - Pack(1.0f)) / (t + Pack(1.0f)), t);
  const Pack t2 = t * t;
  Pack p = -1.0f / 15.0f;
  p = p * t2 + Pack(1.0f / 13.0f);
  p = p * t2 - Pack(1.0f / 11.0f);
  p = p * t2 + Pack(1.0f / 9.0f);
  p = p * t2 - Pack(1.0f / 7.0f);
  p = p * t2 + Pack(1.0f / 5.0f);
  p = p * t2 - Pack(1.0f / 3.0f);
  Pack angle = t + t * (p * t2);
  angle = angle + select(large, Pack(0.785398163f), Pack(0.0f));
  return select(steep, Pack(1.57079633f) - angle, angle);
}

inline bool allOf(Pack::Mask mask) {
#if defined(__AVX512F__)
  return _mm512_movepi32_mask((__m512i)mask.bits) == 0xffff;
#elif defined(__AVX2__)
  return _mm256_movemask_ps((__m256)mask.bits) == 0xff;
#else
  return _mm_movemask_ps((__m128)mask.bits) == 0xf;
#endif
}

inline bool anyOf(Pack::Mask mask) {
#if defined(__AVX512F__)
  return _mm512_movepi32_mask((__m512i)mask.bits) != 0;
#elif defined(__AVX2__)
  return _mm256_movemask_ps((__m256)mask.bits) != 0;
#else
  return _mm_movemask_ps((__m128)mask.bits) != 0;
#endif
}

// The section of a table of curves (muscle/curve.hpp) in which each lane is.
struct Section {
  Pack::Integers index;
};
inline Section firstSection(Pack) { return {Pack::Integers{}}; }
template <int kStep>
Section nextIfAbove(Section section, Pack x, Pack limit) {
  return {section.index + ((x > limit).bits & kStep)};
}

// Each lane's entry of a table of 16 numbers, or 32 if kWide.
template <bool kWide>
Pack lookUp(const float* table, Section section) {
#if defined(__AVX512F__)
  const __m512i index = (__m512i)section.index;
  const __m512 low = _mm512_loadu_ps(table);
  if constexpr (kWide) return Pack::Vector(_mm512_permutex2var_ps(low, index, _mm512_loadu_ps(table + 16)));
  return Pack::Vector(_mm512_permutexvar_ps(index, low));
#elif defined(__AVX2__)
  const __m256i index = (__m256i)section.index;
  const auto eight = [&](const float* from) { return _mm256_permutevar8x32_ps(_mm256_loadu_ps(from), index); };
  const __m256 third = (__m256)(section.index << 28);  // the sign is the index's bit of 8
  __m256 found = _mm256_blendv_ps(eight(table), eight(table + 8), third);
  if constexpr (kWide) {
    const __m256 upper = _mm256_blendv_ps(eight(table + 16), eight(table + 24), third);
    found = _mm256_blendv_ps(found, upper, (__m256)(section.index << 27));
  }
  return Pack::Vector(found);
#else
  Pack found;
  for (int lane = 0; lane < kPackWidth; ++lane) found.v[lane] = table[section.index[lane]];
  return found;
#endif
}

}  // namespace muscle::MUSCLE_ISA

namespace muscle {

template <>
struct ScalarTraits<MUSCLE_ISA::Pack> {
  using Element = float;
  using Mask = MUSCLE_ISA::Pack::Mask;
  static constexpr int kWidth = MUSCLE_ISA::kPackWidth;
  static MUSCLE_ISA::Pack load(const float* from) {
    MUSCLE_ISA::Pack pack;
    __builtin_memcpy(&pack, from, sizeof pack);
    return pack;
  }
  static void store(float* to, MUSCLE_ISA::Pack pack) { __builtin_memcpy(to, &pack, sizeof pack); }
  static void setLane(MUSCLE_ISA::Pack& to, int lane, float value) { to.v[lane] = value; }
};

}  // namespace muscle
