#include "muscle/load_sharing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "model/cholesky.hpp"

namespace muscle::sharing {
namespace {

constexpr int kLengths = 40;  // Newton steps for the best length; a few are enough

double clipped(double wish) { return std::clamp(wish, 0.0, 1.0); }
bool isFree(double wish) { return wish > 0 && wish < 1; }

double dot(const std::vector<double>& a, const std::vector<double>& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

}  // namespace

LoadSharing::LoadSharing(std::span<const int> muscleOfEntry, std::span<const int> dofOfEntry, int muscles, int dofs)
    : entries_(static_cast<int>(muscleOfEntry.size())), dofs_(dofs), firstOfMuscle_(muscles + 1, 0) {
  if (dofOfEntry.size() != muscleOfEntry.size()) throw std::invalid_argument("load sharing: one muscle and one dof for each entry");
  for (int r = 0; r < entries_; ++r) {
    const int muscle = muscleOfEntry[r], dof = dofOfEntry[r];
    if (muscle < 0 || muscle >= muscles || dof >= dofs) throw std::invalid_argument("load sharing: an entry of no muscle or dof");
    if (dof < 0) continue;
    entry_.push_back(r);
    ++firstOfMuscle_[muscle + 1];
  }
  std::stable_sort(entry_.begin(), entry_.end(), [&](int a, int b) { return muscleOfEntry[a] < muscleOfEntry[b]; });
  std::partial_sum(firstOfMuscle_.begin(), firstOfMuscle_.end(), firstOfMuscle_.begin());
  for (const int r : entry_) dof_.push_back(dofOfEntry[r]);
}

LoadSharing::Scratch LoadSharing::makeScratch() const {
  const auto of = [](std::size_t size) { return std::vector<double>(size); };
  return {of(static_cast<std::size_t>(dofs_) * dofs_), of(dofs_), of(dofs_), of(numMuscles()), of(numMuscles())};
}

void LoadSharing::torque(const float* jta, const float* activation, float* torque) const {
  std::fill_n(torque, dofs_, 0.0F);
  for (int m = 0; m < numMuscles(); ++m) {
    const float a = activation[m];
    if (a == 0.0F) continue;
    for (int k = firstOfMuscle_[m]; k < firstOfMuscle_[m + 1]; ++k) torque[dof_[k]] += a * jta[entry_[k]];
  }
}

void LoadSharing::pullBack(const float* jta, const float* gradient, float* ofActivation) const {
  for (int m = 0; m < numMuscles(); ++m) {
    float sum = 0;
    for (int k = firstOfMuscle_[m]; k < firstOfMuscle_[m + 1]; ++k) sum += gradient[dof_[k]] * jta[entry_[k]];
    ofActivation[m] = sum;
  }
}

void LoadSharing::wishes(const float* jta, const std::vector<double>& error, std::vector<double>& wish) const {
  for (int m = 0; m < numMuscles(); ++m) {
    double sum = 0;
    for (int k = firstOfMuscle_[m]; k < firstOfMuscle_[m + 1]; ++k) sum += error[dof_[k]] * jta[entry_[k]];
    wish[m] = sum;
  }
}

void LoadSharing::solve(const float* jta, const std::vector<double>& wish, std::vector<double>& hessian, std::vector<double>& right) const {
  std::fill(hessian.begin(), hessian.end(), 0.0);
  for (int i = 0; i < dofs_; ++i) hessian[static_cast<std::size_t>(i) * dofs_ + i] = 1;
  for (int m = 0; m < numMuscles(); ++m) {
    if (!isFree(wish[m])) continue;
    for (int k = firstOfMuscle_[m]; k < firstOfMuscle_[m + 1]; ++k) {
      const double value = jta[entry_[k]];
      double* const row = &hessian[static_cast<std::size_t>(dof_[k]) * dofs_];
      for (int l = firstOfMuscle_[m]; l < firstOfMuscle_[m + 1]; ++l) row[dof_[l]] += value * jta[entry_[l]];
    }
  }
  model::solvePositiveDefinite(hessian, right);
}

double LoadSharing::bestLength(const float* torque, const Scratch& s) const {
  // The slope along the step rises with the length, linearly in pieces: Newton's method within a bracket.
  const double square = dot(s.step, s.step);
  double start = 0;
  for (int i = 0; i < dofs_; ++i) start += s.step[i] * (torque[i] - s.error[i]);
  double low = 0, high = std::numeric_limits<double>::infinity(), length = 1;
  for (int n = 0; n < kLengths; ++n) {
    double slope = start + length * square, rise = square;
    for (int m = 0; m < numMuscles(); ++m) {
      const double wish = s.wish[m] - length * s.change[m];
      slope -= clipped(wish) * s.change[m];
      if (isFree(wish)) rise += s.change[m] * s.change[m];
    }
    (slope < 0 ? low : high) = length;
    double next = length - slope / rise;
    if (!(next > low && next < high)) next = high < std::numeric_limits<double>::infinity() ? 0.5 * (low + high) : 2 * length;
    if (std::abs(next - length) <= 1e-9 * length) return next;
    length = next;
  }
  return length;
}

bool LoadSharing::optimum(const float* jta, const float* torque, int iterations, double tolerance, float* activation, Scratch& s) const {
  std::copy_n(torque, dofs_, s.error.begin());
  std::fill(s.wish.begin(), s.wish.end(), 0.5);
  solve(jta, s.wish, s.hessian, s.error);  // the optimum without bounds
  for (int n = 0; n < iterations; ++n) {
    wishes(jta, s.error, s.wish);
    for (int i = 0; i < dofs_; ++i) s.step[i] = s.error[i] - torque[i];
    for (int m = 0; m < numMuscles(); ++m) {
      const double a = clipped(s.wish[m]);
      activation[m] = static_cast<float>(a);
      for (int k = firstOfMuscle_[m]; k < firstOfMuscle_[m + 1]; ++k) s.step[dof_[k]] += a * jta[entry_[k]];
    }
    // Not a number is not balanced.
    if (std::sqrt(dot(s.step, s.step)) <= tolerance * (1 + std::sqrt(dot(s.error, s.error)))) return true;
    solve(jta, s.wish, s.hessian, s.step);  // the step of the gradient that it was
    wishes(jta, s.step, s.change);
    const double length = bestLength(torque, s);
    for (int i = 0; i < dofs_; ++i) s.error[i] -= length * s.step[i];
  }
  return false;
}

}  // namespace muscle::sharing
