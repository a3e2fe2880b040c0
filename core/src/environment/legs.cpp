#include "environment/legs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "model/cholesky.hpp"

namespace muscle::environment {
namespace {

constexpr double kTouching = 0.03;  // m above the lowest contact of a motion: a body whose contacts come this low is on the ground
constexpr double kLoaded = 0.02;    // m: the weight of a leg, as stance or swing, falls by e over this height of its foot
constexpr double kSole = 0.005;     // m: the weight of a contact falls by e over this height above a foot's lowest
constexpr double kShort = 0.03;     // m: of two loaded legs the one that reaches less far counts more
constexpr double kTurned = 0.05;    // m of misplacement that one rad of a foot's orientation counts for
constexpr double kBent = 0.02;      // the same of a joint's change
constexpr int kIterations = 30;

double dot(const std::vector<double>& a, const std::vector<double>& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

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
  for (Leg& leg : legs_)
    for (int body = leg.foot; body > 0 && users[body] == 1; body = bodies[body].parent)
      if (bodies[body].dofs > 0) leg.joints.insert(leg.joints.begin(), body);
  std::erase_if(legs_, [](const Leg& leg) { return leg.joints.empty(); });  // a foot that no joint of its own moves
  ground_.assign(legs_.size(), std::numeric_limits<double>::infinity());
  for (const std::vector<double>& pose : poses) {
    show(pose);
    for (std::size_t l = 0; l < legs_.size(); ++l) ground_[l] = std::min(ground_[l], pose[5] + sole(legs_[l].foot).low);
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

Legs::Sole Legs::sole(int foot) const {
  const auto& bodies = model_->constants<double>().bodies;
  std::vector<Vec3<double>> points;
  double low = std::numeric_limits<double>::infinity(), weights = 0;
  for (const model::Contact<double>& contact : model_->constants<double>().contacts) {
    int carrier = contact.body;
    while (carrier > foot) carrier = bodies[carrier].parent;
    if (carrier != foot) continue;
    const Place at = place(contact.body);
    points.push_back(at.position + at.rotation * contact.position - Vec3<double>{0, contact.radius, 0});
    low = std::min(low, points.back().y);
  }
  Sole out{{}, low};
  for (const Vec3<double>& point : points) {
    const double weight = std::exp((low - point.y) / kSole);
    out.point += point * weight;
    weights += weight;
  }
  out.point = out.point * (1 / weights);
  return out;
}

double Legs::load(std::size_t leg, double rootHeight, double low) const { return std::exp((ground_[leg] - rootHeight - low) / kLoaded); }

std::vector<std::vector<double>> Legs::footholds(const std::vector<std::vector<double>>& poses, double travel) {
  const std::size_t count = poses.size();
  std::vector<std::vector<double>> out;
  for (std::size_t l = 0; l < legs_.size(); ++l) {
    std::vector<double> place(count), swing(count);
    for (std::size_t f = 0; f < count; ++f) {
      show(poses[f]);
      place[f] = poses[f][6] + this->place(legs_[l].foot).position.z;
      swing[f] = 1 - load(l, poses[f][5], sole(legs_[l].foot).low);
    }
    std::vector<double> moved(count + 1, 0);
    for (std::size_t f = 0; f < count; ++f) {
      const double after = f + 1 < count ? place[f + 1] : place[0] + travel;
      moved[f + 1] = moved[f] + 0.5 * (swing[f] + swing[(f + 1) % count]) * std::max(after - place[f], 0.0);
    }
    std::vector<double> forward(count);
    for (std::size_t f = 0; f < count; ++f) forward[f] = (moved[count] > 0 ? travel * moved[f] / moved[count] : 0) - poses[f][6];
    const double mean = std::accumulate(forward.begin(), forward.end(), 0.0) / static_cast<double>(count);
    for (double& value : forward) value -= mean;
    out.push_back(std::move(forward));
  }
  return out;
}

void Legs::shift(const std::vector<double>& shifts, std::vector<double>& pose) {
  show(pose);
  std::vector<Vec3<double>> targets;
  std::vector<double> rises, loads;
  for (std::size_t l = 0; l < legs_.size(); ++l) {
    const Sole at = sole(legs_[l].foot);
    const Vec3<double> hip = place(legs_[l].joints.front()).position, before = at.point - hip;
    targets.push_back(at.point + Vec3<double>{0, 0, shifts[l]});
    const Vec3<double> after = targets.back() - hip;
    rises.push_back(before.y + std::sqrt(std::max(dot(before, before) - after.x * after.x - after.z * after.z, 0.0)));
    loads.push_back(load(l, pose[5], at.low));
  }
  double rise = 0, sum = 0;
  for (std::size_t l = 0; l < legs_.size(); ++l) {
    const double weight = loads[l] * std::exp((*std::min_element(rises.begin(), rises.end()) - rises[l]) / kShort);
    rise += weight * rises[l];
    sum += weight;
  }
  rise /= sum;
  for (std::size_t l = 0; l < legs_.size(); ++l) reach(legs_[l], targets[l] - Vec3<double>{0, rise, 0}, pose);
  pose[5] += rise;
}

// Least squares by Levenberg's method, with derivatives by forward differences, over changes of the leg's joints: of the sole's point, of
// the foot's orientation and of the changes themselves.
void Legs::reach(const Leg& leg, const Vec3<double>& target, std::vector<double>& pose) {
  const auto& bodies = model_->constants<double>().bodies;
  const std::vector<double> before = pose;
  show(before);
  const Place foot = place(leg.foot);
  const Vec3<double> onFoot = transposeTimes(foot.rotation, sole(leg.foot).point - foot.position);
  const auto changed = [&](const std::vector<double>& by) {
    std::vector<double> out = before;
    std::size_t k = 0;
    for (const int index : leg.joints) {
      const model::Body<double>& body = bodies[index];
      double* p = out.data() + body.positionIndex;
      if (body.type == model::JointType::kBall) {
        const Quat<double> q = normalized(Quat<double>{p[0], p[1], p[2], p[3]} * exponentialMap(Vec3<double>{by[k], by[k + 1], by[k + 2]}));
        p[0] = q.w, p[1] = q.x, p[2] = q.y, p[3] = q.z;
      } else {
        const bool limited = body.limited || body.ownLimits;
        const double at = p[0] + by[k];
        p[0] = limited ? std::clamp(at, std::min(p[0], body.lower[0]), std::max(p[0], body.upper[0])) : at;
      }
      k += body.dofs;
    }
    return out;
  };
  const auto residual = [&](const std::vector<double>& by) {
    show(changed(by));
    const Place at = place(leg.foot);
    const Vec3<double> moved = target - (at.position + at.rotation * onFoot);
    Vec3<double> turned{};  // the axis of the rotation between the two times its sine
    for (int k = 0; k < 3; ++k) {
      const auto column = [k](const Mat3<double>& m) { return Vec3<double>{m.m[k], m.m[3 + k], m.m[6 + k]}; };
      turned += cross(column(at.rotation), column(foot.rotation)) * (0.5 * kTurned);
    }
    std::vector<double> out{moved.x, moved.y, moved.z, turned.x, turned.y, turned.z};
    for (const double change : by) out.push_back(kBent * change);
    return out;
  };
  std::size_t n = 0;
  for (const int index : leg.joints) n += bodies[index].dofs;
  std::vector<double> by(n, 0), error = residual(by);
  double damping = 1e-6;
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    std::vector<std::vector<double>> slopes;
    for (std::size_t k = 0; k < n; ++k) {
      constexpr double kDifference = 1e-6;
      std::vector<double> tried = by;
      tried[k] += kDifference;
      slopes.push_back(residual(tried));
      for (std::size_t r = 0; r < error.size(); ++r) slopes[k][r] = (slopes[k][r] - error[r]) / kDifference;
    }
    std::vector<double> matrix(n * n, 0), step(n, 0);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) matrix[i * n + j] = dot(slopes[i], slopes[j]) + (i == j ? damping : 0);
      step[i] = -dot(slopes[i], error);
    }
    model::solvePositiveDefinite(matrix, step);
    std::vector<double> tried = by;
    for (std::size_t k = 0; k < n; ++k) tried[k] += step[k];
    std::vector<double> after = residual(tried);
    const double gain = dot(error, error) - dot(after, after);
    damping = gain > 0 ? damping / 10 : damping * 10;
    if (gain <= 0) continue;
    by = std::move(tried);
    error = std::move(after);
    if (gain < 1e-12) break;
  }
  pose = changed(by);
}

}  // namespace muscle::environment
