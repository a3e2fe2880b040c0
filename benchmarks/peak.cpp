// What one core of this machine can do: multiply-adds per second in float and, by AVX-512's dot products, in bfloat16, and
// bytes read per second over growing arrays.
// Built and run by benchmarks/machine.py. Prints one JSON object.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
constexpr int kBytes = 64;
#elif defined(__AVX__)
constexpr int kBytes = 32;
#else
constexpr int kBytes = 16;
#endif
using Vector = float __attribute__((vector_size(kBytes)));
constexpr int kWidth = kBytes / 4;

template <class Work>
double best(Work&& work) {
  double least = 1e9;
  for (int repeat = 0; repeat < 9; ++repeat) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return least;
}

volatile float sink;

// Twelve chains of multiply-adds: enough to fill the pipelines, few enough for the registers.
double flops() {
  constexpr long kCount = 1'000'000;
  const double time = best([] {
    // Unlike each other, or the compiler would compute one of them.
    const auto all = [](float value) { return Vector{} + value + sink; };
    Vector a = all(1), b = all(2), c = all(3), d = all(4), e = all(5), f = all(6);
    Vector g = all(7), h = all(8), i = all(9), j = all(10), k = all(11), l = all(12);
    const Vector x = Vector{} + 0.5f, y = Vector{} + 1.0f;
    for (long n = 0; n < kCount; ++n) {
      a = a * x + y, b = b * x + y, c = c * x + y, d = d * x + y, e = e * x + y, f = f * x + y;
      g = g * x + y, h = h * x + y, i = i * x + y, j = j * x + y, k = k * x + y, l = l * x + y;
    }
    sink = (a + b + c + d + e + f + g + h + i + j + k + l)[0];
  });
  return kCount * 12.0 * 2 * kWidth / time;
}

// The same of dot products of pairs in bfloat16, summed in float; 0 where the CPU has no such instruction.
double flopsBf16() {
#if defined(__AVX512BF16__)
  constexpr long kCount = 1'000'000;
  constexpr int kChains = 12;
  const double time = best([] {
    __m512 sum[kChains];
    for (int k = 0; k < kChains; ++k) sum[k] = _mm512_set1_ps(static_cast<float>(k) + sink);
    const __m512 half = _mm512_set1_ps(0.5f);
    const __m512bh x = _mm512_cvtne2ps_pbh(half, half);
    for (long n = 0; n < kCount; ++n)
      for (int k = 0; k < kChains; ++k) sum[k] = _mm512_dpbf16_ps(sum[k], x, x);
    for (int k = 1; k < kChains; ++k) sum[0] = _mm512_add_ps(sum[0], sum[k]);
    sink = _mm512_cvtss_f32(sum[0]);
  });
  return kCount * static_cast<double>(kChains) * 2 * 2 * 16 / time;
#else
  return 0;
#endif
}

double bandwidth(std::size_t bytes) {
  std::vector<float> values(bytes / 4, 1.0f);
  const std::size_t count = values.size() / (8 * kWidth) * 8 * kWidth;
  const long repeats = std::max(1L, static_cast<long>(100'000'000 / bytes));
  const double time = best([&] {
    Vector sum[8]{};
    for (long r = 0; r < repeats; ++r) {
      for (std::size_t i = 0; i < count; i += 8 * kWidth)
        for (int k = 0; k < 8; ++k) {
          Vector v;
          __builtin_memcpy(&v, values.data() + i + k * kWidth, sizeof v);
          sum[k] = sum[k] + v;
        }
      asm volatile("" ::: "memory");
    }
    for (int k = 1; k < 8; ++k) sum[0] = sum[0] + sum[k];
    sink = sum[0][0];
  });
  return static_cast<double>(count) * 4 * repeats / time;
}

int main() {
  std::printf("{\"flops\": %.4g, \"flops_bf16\": %.4g, \"read_256kB\": %.4g, \"read_4MB\": %.4g, \"read_256MB\": %.4g}\n", flops(),
              flopsBf16(), bandwidth(256 << 10), bandwidth(4 << 20), bandwidth(256 << 20));
}
