// Small dense systems of equations.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace muscle::model {

// Solves the symmetric positive definite system in place by Cholesky's factorisation; `matrix` is (n, n) by rows, of which the
// lower triangle is read.
inline void solvePositiveDefinite(std::span<double> matrix, std::span<double> right) {
  const std::size_t n = right.size();
  for (std::size_t k = 0; k < n; ++k) {
    double* const column = &matrix[k * n];  // of the factor, in the unused triangle, where it is contiguous
    const double pivot = std::sqrt(column[k]);
    column[k] = pivot;
    for (std::size_t i = k + 1; i < n; ++i) column[i] = matrix[i * n + k] /= pivot;
    for (std::size_t i = k + 1; i < n; ++i) {
      double* const row = &matrix[i * n];
      const double factor = row[k];
      for (std::size_t j = k + 1; j <= i; ++j) row[j] -= factor * column[j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) right[i] -= matrix[i * n + k] * right[k];
    right[i] /= matrix[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) right[i] -= matrix[k * n + i] * right[k];
    right[i] /= matrix[i * n + i];
  }
}

}  // namespace muscle::model
