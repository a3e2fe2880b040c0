#include "environment/legs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace muscle::environment {
namespace {

constexpr double kTouching = 0.03;   // m above the lowest contact of a motion: a body whose contacts come this low is on the ground
constexpr double kLoaded = 0.02;     // m: the weight of a leg, as stance or swing, falls by e over this height of its foot
constexpr double kTurnLength = 0.1;  // m of misplacement that one rad of a foot's orientation counts for
constexpr int kIterations = 30;

// Solves the symmetric positive definite system in place by Cholesky's factorisation; `matrix` is (n, n) by rows.
void solve(std::vector<double>& matrix, std::vector<double>& right) {
  const std::size_t n = right.size();
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = matrix[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= matrix[i * n + k] * matrix[j * n + k];
      matrix[i * n + j] = i == j ? std::sqrt(sum) : sum / matrix[j * n + j];
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

double squared(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum;
}

}  // namespace

Legs::Legs(std::shared_ptr<const model::Model> model, const std::vector<std::vector<double>>& poses)
    : model_(std::move(model)), state_(*model_, 1), engine_(dynamics::makeReferenceEngine(model_, {}, state_)) {
  if (model_->numRootDofs() != 6 || model_->numContacts() == 0) return;
  const auto& bodies = model_->constants<double>().bodies;
  const std::size_t count = bodies.size();
  std::vector<double> low(count, std::numeric_limits<double>::infinity());  // of each body's own contacts along the motion
  for (const std::vector<double>& pose : poses) {
    show(pose);
    for (const model::Contact<double>& contact : model_->constants<double>().contacts) {
      const Place at = place(contact.body);
      low[contact.body] = std::min(low[contact.body], pose[5] + (at.position + at.rotation * contact.position).y - contact.radius);
    }
  }
  const double ground = *std::min_element(low.begin(), low.end());
  std::vector<int> users(count, 0);  // feet that a body carries
  std::vector<bool> onFoot(count, false);
  for (std::size_t i = 1; i < count; ++i) {
    const int parent = bodies[i].parent;
    onFoot[i] = parent >= 0 && onFoot[parent];
    if (onFoot[i] || low[i] > ground + kTouching) continue;
    onFoot[i] = true;
    legs_.push_back({static_cast<int>(i), {}});
    for (int body = static_cast<int>(i); body > 0; body = bodies[body].parent) ++users[body];
  }
  for (Leg& leg : legs_) {
    for (int body = leg.foot; body > 0 && users[body] == 1; body = bodies[body].parent)
      if (bodies[body].dofs > 0) leg.joints.insert(leg.joints.begin(), body);
    ground_.push_back(std::numeric_limits<double>::infinity());
  }
  for (const std::vector<double>& pose : poses) {
    show(pose);
    for (std::size_t l = 0; l < legs_.size(); ++l) ground_[l] = std::min(ground_[l], pose[5] + lowest(legs_[l].foot));
  }
}

void Legs::show(const std::vector<double>& pose) {
  std::copy(pose.begin(), pose.end(), state_.position);
  engine_->kinematics();
}

Legs::Place Legs::place(int body) const {
  const double* p = state_.bodyPosition + 3 * body;
  Place out{{p[0], p[1], p[2]}, {}};
  std::copy_n(state_.bodyRotation + 9 * body, 9, out.rotation.m);
  return out;
}

double Legs::lowest(int body) const {
  const auto& bodies = model_->constants<double>().bodies;
  double low = std::numeric_limits<double>::infinity();
  for (const model::Contact<double>& contact : model_->constants<double>().contacts) {
    int carrier = contact.body;
    while (carrier > body) carrier = bodies[carrier].parent;
    if (carrier != body) continue;
    const Place at = place(contact.body);
    low = std::min(low, (at.position + at.rotation * contact.position).y - contact.radius);
  }
  return low;
}

std::vector<double> Legs::meanForward(const std::vector<std::vector<double>>& poses) {
  std::vector<double> mean(legs_.size(), 0);
  for (const std::vector<double>& pose : poses) {
    show(pose);
    for (std::size_t l = 0; l < legs_.size(); ++l) mean[l] += place(legs_[l].foot).position.z / static_cast<double>(poses.size());
  }
  return mean;
}

void Legs::stretch(double factor, const std::vector<double>& behind, std::vector<double>& pose) {
  show(pose);
  std::vector<Place> targets;
  double rise = 0, load = 0;
  for (std::size_t l = 0; l < legs_.size(); ++l) {
    Place target = place(legs_[l].foot);
    const Vec3<double> before = target.position - place(legs_[l].joints.front()).position;
    const double moved = (factor - 1) * (target.position.z - behind[l]);
    target.position.z += moved;
    const double flat = before.x * before.x + (before.z + moved) * (before.z + moved);
    const double height = std::sqrt(std::max(dot(before, before) - flat, 0.0));
    const double weight = std::exp((ground_[l] - pose[5] - lowest(legs_[l].foot)) / kLoaded);
    rise += weight * (height + before.y);
    load += weight;
    targets.push_back(target);
  }
  rise /= load;
  pose[5] += rise;
  for (std::size_t l = 0; l < legs_.size(); ++l) {
    targets[l].position.y -= rise;
    reach(legs_[l], targets[l], pose);
  }
}

int Legs::degrees(const Leg& leg) const {
  int sum = 0;
  for (const int body : leg.joints) sum += model_->constants<double>().bodies[body].dofs;
  return sum;
}

void Legs::turn(const Leg& leg, const std::vector<double>& by, std::vector<double>& pose) const {
  std::size_t k = 0;
  for (const int index : leg.joints) {
    const model::Body<double>& body = model_->constants<double>().bodies[index];
    double* p = pose.data() + body.positionIndex;
    if (body.type == model::JointType::kBall) {
      const Quat<double> q = normalized(Quat<double>{p[0], p[1], p[2], p[3]} * exponentialMap(Vec3<double>{by[k], by[k + 1], by[k + 2]}));
      p[0] = q.w, p[1] = q.x, p[2] = q.y, p[3] = q.z;
    } else {
      const bool within = body.limited || body.ownLimits;
      const double at = p[0] + by[k];
      p[0] = within ? std::clamp(at, std::min(p[0], body.lower[0]), std::max(p[0], body.upper[0])) : at;
    }
    k += body.dofs;
  }
}

std::vector<double> Legs::miss(const Leg& leg, const Place& target, const std::vector<double>& pose) {
  show(pose);
  const Place at = place(leg.foot);
  const Vec3<double> moved = target.position - at.position;
  const Mat3<double>&a = at.rotation, &b = target.rotation;
  // The rotation vector between the two, but for its sine's shape.
  Vec3<double> turned{};
  for (int k = 0; k < 3; ++k) turned += cross(Vec3<double>{a.m[k], a.m[3 + k], a.m[6 + k]}, Vec3<double>{b.m[k], b.m[3 + k], b.m[6 + k]});
  turned = turned * (0.5 * kTurnLength);
  return {moved.x, moved.y, moved.z, turned.x, turned.y, turned.z};
}

// Levenberg's damped least squares, with the derivatives by forward differences.
void Legs::reach(const Leg& leg, const Place& target, std::vector<double>& pose) {
  const int n = degrees(leg);
  double damping = 1e-6;
  std::vector<double> error = miss(leg, target, pose), step(n), columns(static_cast<std::size_t>(6) * n);
  for (int iteration = 0; iteration < kIterations && squared(error) > 1e-14; ++iteration) {
    for (int k = 0; k < n; ++k) {
      constexpr double kDifference = 1e-6;
      std::vector<double> tried = pose;
      step.assign(n, 0);
      step[k] = kDifference;
      turn(leg, step, tried);
      const std::vector<double> changed = miss(leg, target, tried);
      for (int r = 0; r < 6; ++r) columns[6 * k + r] = (error[r] - changed[r]) / kDifference;
    }
    std::vector<double> matrix(static_cast<std::size_t>(n) * n), right(n, 0);
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        for (int r = 0; r < 6; ++r) matrix[i * n + j] += columns[6 * i + r] * columns[6 * j + r];
        if (i == j) matrix[i * n + j] += damping;
      }
      for (int r = 0; r < 6; ++r) right[i] += columns[6 * i + r] * error[r];
    }
    solve(matrix, right);
    std::vector<double> tried = pose;
    turn(leg, right, tried);
    std::vector<double> after = miss(leg, target, tried);
    if (squared(after) < squared(error)) {
      pose = std::move(tried);
      error = std::move(after);
      damping = std::max(damping / 10, 1e-9);
    } else {
      damping *= 10;
    }
  }
}

}  // namespace muscle::environment
